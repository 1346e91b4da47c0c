import { constants, type Stats } from 'node:fs'
import { chmod, lstat, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../../core/system-error.ts'
import { PimError } from '../../core/errors.ts'
import { makeFolder } from '../files/make-folder.ts'
import { problemWith } from '../files/private-file-read.ts'

/** Makes the folder, or tightens it to its owner; refuses one that is a link or someone else's. */
export async function secureFolder(folder: string, uid: number | undefined): Promise<void> {
  const first = await makeFolder(folder)
  const found = await lstat(folder)
  if (found.isSymbolicLink()) throw linked(folder)
  refuseForeign(folder, found, uid)
  if (uid !== undefined && (found.mode & 0o077) !== 0) await chmod(folder, 0o700)
  if (first !== undefined) await syncFolders(folder, dirname(first))
}

/** Opens the log to append to it, and makes it if it is not there. */
export async function openForAppending(
  path: string,
  uid: number | undefined,
): Promise<{ file: FileHandle; size: number }> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await openRegular(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
  try {
    const found = await file.stat()
    refuseForeign(path, found, uid)
    if (found.nlink > 1) throw manyNames(path)
    if (uid !== undefined && (found.mode & 0o077) !== 0) await file.chmod(0o600)
    return { file, size: found.size }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Opens the log to read it, or resolves undefined where there is none. */
export async function openForReading(path: string): Promise<FileHandle | undefined> {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    return await openRegular(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Puts the folder's own entries on disk, and those of its parents up to `top`. */
export async function syncFolders(folder: string, top = folder): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at)
    if (at === top || at === dirname(at)) return
  }
}

/** Anything thrown while the log was used, as an error of kind `audit`; of `unavailable` where another process kept it. */
export function asAuditError(error: unknown, path: string, aim: 'read' | 'written'): PimError {
  if (error instanceof PimError) return fromPimError(error, path, aim)
  const code = systemCode(error)
  const known = problemWith(path, error)
  const reason =
    code === 'EEXIST' ? 'something that is not a folder is in the place of its folder' : known.why
  const message = `the audit log ${path} cannot be ${aim}: ${reason}`
  const name = aim === 'read' ? 'audit-unreadable' : 'audit-unwritable'
  return new PimError('audit', name, message, {
    hint: hints[code ?? ''] ?? known.hint,
    cause: error,
  })
}

const noRoom = 'make room on the disk and try again; pim elevates nothing that it cannot record'
const elsewhere = '`PIM_HOME` names another place for what pim keeps'
const hints: Record<string, string> = {
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EFBIG: 'raise the limit (`ulimit -f`) and try again',
  EROFS: elsewhere,
  ENOTDIR: elsewhere,
}

/** What keeps a lock from being made, and keeps the log beside it from being written as well. */
const ofTheDisk = ['ENOSPC', 'EDQUOT', 'EROFS']

function fromPimError(error: PimError, path: string, aim: 'read' | 'written'): PimError {
  const { code, message, hint, cause } = error
  if (code !== 'lock-timeout' && code !== 'lock-unusable') return error
  if (ofTheDisk.includes(systemCode(cause) ?? '')) return asAuditError(cause, path, aim)
  const whole = `the audit log ${path} cannot be locked: ${message}`
  // The log is not at fault where somebody else is slow.
  return code === 'lock-timeout'
    ? new PimError('unavailable', 'audit-locked', whole, { hint, cause: error })
    : new PimError('audit', 'audit-unwritable', whole, { hint, cause: error })
}

async function openRegular(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags, 0o600).catch((error: unknown) => {
    throw systemCode(error) === 'ELOOP' ? linked(path) : error
  })
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new Error('it is not a regular file')
}

async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    // Windows cannot open a folder, and some file systems cannot sync one.
    if (!['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error
  }
}

function refuseForeign(path: string, found: Stats, uid: number | undefined): void {
  if (uid === undefined || found.uid === uid) return
  const message = `${path} belongs to user ${found.uid}, not to you (${uid})`
  throw new PimError('audit', 'audit-foreign', message, {
    hint: `run pim as the user it belongs to, or take it over with \`chown ${uid} ${path}\``,
  })
}

function linked(path: string): PimError {
  return new PimError('audit', 'audit-symlink', `${path} is a symbolic link`, {
    hint: `pim does not write its record through a link: remove it, or let \`PIM_HOME\` name the place`,
  })
}

function manyNames(path: string): PimError {
  return new PimError('audit', 'audit-foreign', `${path} has a second name (a hard link)`, {
    hint: `remove the other name: \`find <folder> -samefile ${path}\` shows it`,
  })
}
