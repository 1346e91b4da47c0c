import {
  chmod,
  type FileHandle,
  link,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { systemCode } from '../../core/system-error.ts'
import { fileProblem } from './private-file-read.ts'

/** Writes the file whole or not at all, readable by its owner only; on disk when it resolves. */
export async function replacePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await viaTemporary(path, bytes, (temporary) => rename(temporary, path))
  } catch (thrown) {
    throw fileProblem('write', path, thrown)
  }
  await removeTemporaries(path)
}

/** Like `replacePrivateFile`, in a folder that is left as it is, and behind a link where there is one. */
export async function replaceLinkedFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await behindLink(path)
    await viaTemporary(file, bytes, (temporary) => rename(temporary, file), makeMissing)
  } catch (thrown) {
    throw fileProblem('write', path, thrown)
  }
}

async function behindLink(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown
    // Either there is nothing yet, or a link to where there is nothing yet.
    const to = await readlink(path).catch(() => undefined)
    return to === undefined ? path : resolve(dirname(path), to)
  }
}

/** Like `replacePrivateFile`, but resolves false and changes nothing where the file exists. */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await viaTemporary(path, bytes, (temporary) => linkOrRename(temporary, path))
    return true
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false
    throw fileProblem('write', path, thrown)
  }
}

/** Resolves false where there was no file. */
export async function removePrivateFile(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return false
    throw fileProblem('remove', path, thrown)
  }
}

/** So long no write takes: what is older was left by a process that was killed. */
const abandonedMs = 60_000

/** Removes what killed writers of this file left beside it, and with `all` also what is being written. */
export async function removeTemporaries(path: string, all?: 'all'): Promise<void> {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  const start = `${basename(path)}.`
  for (const name of names.filter((each) => each.startsWith(start) && each.endsWith('.tmp'))) {
    const temporary = join(folder, name)
    const { mtimeMs } = await stat(temporary).catch(() => ({ mtimeMs: 0 }))
    if (all === undefined && Date.now() - mtimeMs < abandonedMs) continue
    await unlink(temporary).catch(() => {})
  }
}

async function viaTemporary(
  path: string,
  bytes: Uint8Array,
  publish: (temporary: string) => Promise<void>,
  prepare: (folder: string) => Promise<string | undefined> = ensurePrivateFolder,
): Promise<void> {
  const folder = dirname(path)
  const topmost = await prepare(folder)
  // The global object loads node:crypto when it is used, which reading never does.
  const temporary = `${path}.${crypto.randomUUID()}.tmp`
  try {
    await writeNew(temporary, bytes)
    await publish(temporary)
  } finally {
    await unlink(temporary).catch(() => {})
  }
  await syncFolders(folder, topmost)
}

/** A file in a folder whose own name is not on disk is lost with it. */
async function syncFolders(folder: string, topmost: string | undefined): Promise<void> {
  const end = topmost === undefined ? folder : dirname(topmost)
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at)
    if (at === end || at === dirname(at)) return
  }
}

/** Makes the folder where it is not there, and closes it to everybody else; resolves with the topmost one made. */
export async function ensurePrivateFolder(folder: string): Promise<string | undefined> {
  try {
    const topmost = await makeMissing(folder)
    const { mode } = await stat(folder)
    if ((mode & 0o077) !== 0) await chmod(folder, 0o700)
    return topmost
  } catch (thrown) {
    throw fileProblem('write', folder, thrown)
  }
}

/** Loaded for a write only: a reader of secrets is in a hurry. */
async function makeMissing(folder: string): Promise<string | undefined> {
  const { makeFolder } = await import('./make-folder.ts')
  return makeFolder(folder)
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
    if (systemCode(thrown) === 'EEXIST') throw thrown
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
