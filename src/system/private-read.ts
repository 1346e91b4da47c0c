import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { PimError } from '../core/errors.ts'

const largestFile = 4 * 1024 * 1024

/**
 * The bytes of a small file only its owner may read, or undefined where there is none. Follows no
 * link. Synchronous, since `pim credentials` and `pim status` read little else, and loading
 * node:fs/promises would cost them 2 ms.
 */
export function readPrivateFile(path: string): Buffer | undefined {
  // A named pipe would make the open wait for a writer; both flags are unknown to Windows.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  let file: number | undefined
  try {
    file = openSync(path, flags)
    assertReadable(path, fstatSync(file))
    return readFileSync(file)
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined
    throw fileProblem('read', path, thrown)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function assertReadable(path: string, stats: Stats): void {
  if (stats.isFile() && stats.size <= largestFile) return
  throw corrupt(path, stats.isFile() ? 'it is too large' : 'it is not a plain file')
}

/** What happened to a file, as an error a person can act on. */
export function fileProblem(
  doing: 'read' | 'write' | 'remove',
  path: string,
  thrown: unknown,
): PimError {
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

/** The system's own code of an error, as in `ENOENT`. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
}
