import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { chmod, type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

import { PimError } from '../core/errors.ts'

const largestFile = 4 * 1024 * 1024

/** The bytes of a file only its owner may read, or undefined where there is none. Follows no link. */
export async function readPrivateFile(path: string): Promise<Buffer | undefined> {
  try {
    // A named pipe would make the open wait for a writer; both flags are unknown to Windows.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    return await withFile(await open(path, flags), async (file) => {
      assertReadable(path, await file.stat())
      return file.readFile()
    })
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined
    throw fileProblem('read', path, thrown)
  }
}

/** Writes the file whole or not at all, readable by its owner only; on disk when it resolves. */
export async function replacePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await viaTemporary(path, bytes, (temporary) => rename(temporary, path))
  } catch (thrown) {
    throw fileProblem('write', path, thrown)
  }
}

/** Like `replacePrivateFile`, but resolves false and changes nothing where the file exists. */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await viaTemporary(path, bytes, (temporary) => linkOrRename(temporary, path))
    return true
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') return false
    throw fileProblem('write', path, thrown)
  }
}

/** Resolves false where there was no file. */
export async function removePrivateFile(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return false
    throw fileProblem('remove', path, thrown)
  }
}

async function viaTemporary(
  path: string,
  bytes: Uint8Array,
  publish: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path)
  await ensurePrivateFolder(folder)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeNew(temporary, bytes)
    await publish(temporary)
  } finally {
    await unlink(temporary).catch(() => {})
  }
  await syncFolder(folder)
}

async function ensurePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { mode } = await stat(folder)
  if ((mode & 0o077) !== 0) await chmod(folder, 0o700)
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  await withFile(await open(path, 'wx', 0o600), async (file) => {
    await file.writeFile(bytes)
    await file.sync()
  })
}

async function linkOrRename(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') throw thrown
    // FAT and some network file systems know no hard links.
    await (await open(path, 'wx', 0o600)).close()
    await rename(temporary, path)
  }
}

async function syncFolder(folder: string): Promise<void> {
  try {
    await withFile(await open(folder, 'r'), (handle) => handle.sync())
  } catch {
    // Windows opens no folders and some file systems sync none; the file itself is synced.
  }
}

async function withFile<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

function assertReadable(path: string, stats: Stats): void {
  if (stats.isFile() && stats.size <= largestFile) return
  throw corrupt(path, stats.isFile() ? 'it is too large' : 'it is not a plain file')
}

function fileProblem(doing: 'read' | 'write' | 'remove', path: string, thrown: unknown): PimError {
  if (thrown instanceof PimError) return thrown
  if (errorCode(thrown) === 'ELOOP') return corrupt(path, 'it is a symbolic link')
  const reason = errorCode(thrown) ?? 'unknown error'
  return new PimError(
    'unavailable',
    'store-unavailable',
    `cannot ${doing} \`${path}\`: ${reasons[reason] ?? reason}`,
    { cause: thrown, hint: 'check the folder and its permissions, or set `PIM_HOME` to another' },
  )
}

const reasons: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'part of its path is not a folder',
  EISDIR: 'it is a folder',
}

/** What is stored at `path` cannot be what pim wrote there. */
export function corrupt(path: string, why: string): PimError {
  return new PimError('unavailable', 'store-corrupt', `refusing to use \`${path}\`: ${why}`, {
    hint: 'if nobody but pim writes there, remove it and elevate again',
  })
}

function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
}
