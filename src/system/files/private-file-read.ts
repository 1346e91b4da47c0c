import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import { PimError } from '../../core/errors.ts'
import { systemCode, systemReason } from '../../core/system-error.ts'

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
    if (systemCode(thrown) === 'ENOENT') return undefined
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
  if (systemCode(thrown) === 'ELOOP') return corrupt(path, 'it is a symbolic link')
  const { why, hint } = problemWith(path, thrown)
  const message = `cannot ${doing} \`${path}\`: ${why}`
  return new PimError('unavailable', 'store-unavailable', message, { cause: thrown, hint })
}

interface Problem {
  readonly why: string
  readonly hint: string
  /** Whether it is another user's. */
  readonly isForeign: boolean
}

/** Why nothing could be done with a file, and what helps: often it was made by another user, as under `sudo`. */
export function problemWith(path: string, thrown: unknown): Problem {
  const code = systemCode(thrown)
  const why = code === 'ENOENT' ? 'no folder can be made there' : systemReason(thrown)
  const isDenied = code === 'EACCES' || code === 'EPERM'
  const owner = isDenied ? foreignOwner(path) : undefined
  if (owner === undefined) return { why, hint: elsewhere, isForeign: false }
  const message = `${owner.path} belongs to ${owner.uid === 0 ? 'root' : `user ${owner.uid}`}`
  const take = `take it over with \`sudo chown -R ${process.getuid?.()} ${owner.path}\``
  const hint = `${take}, or set \`PIM_HOME\` to a folder of yours`
  return { why: message, hint, isForeign: true }
}

const elsewhere = 'check the folder and its permissions, or set `PIM_HOME` to another'

/** The first of a path and the folders above it that can be looked at, where it is somebody else's. */
function foreignOwner(path: string): { path: string; uid: number } | undefined {
  const mine = process.getuid?.()
  if (mine === undefined) return undefined
  for (let at = path; ; at = dirname(at)) {
    const found = lookAt(at)
    if (found !== undefined) return found.uid === mine ? undefined : { path: at, uid: found.uid }
    if (at === dirname(at)) return undefined
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

/** What is stored at `path` cannot be what pim wrote there. */
export function corrupt(path: string, why: string): PimError {
  return new PimError('unavailable', 'store-corrupt', `refusing to use \`${path}\`: ${why}`, {
    hint: 'if only pim writes there, remove it and elevate again',
  })
}
