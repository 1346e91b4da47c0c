import { statSync, type Stats } from 'node:fs'
import { PimError } from '../core/errors.ts'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user of this process; undefined where files have no such owner (Windows). */
  readonly uid: number | undefined
}

/**
 * Refuses a state folder that another user could fill: one that belongs to somebody else, or that everybody
 * may write to. `PIM_HOME` above it may also be root's, as a mounted volume is. A folder that is not there yet
 * is made for its owner alone later. Throws `unavailable`, `unsafe-folder`.
 */
export function assertSafeFolders({ env, uid }: Place, state: string): void {
  if (uid === undefined) return
  const home = env['PIM_HOME']
  if (home !== undefined && home !== '') assertSafe(home, [uid, 0], uid)
  assertSafe(state, [uid], uid)
}

const othersMayWrite = 0o002
/** In a folder with this bit, as /tmp, others can neither remove nor rename what is somebody's own. */
const sticky = 0o1000

function assertSafe(folder: string, owners: readonly number[], uid: number): void {
  const found = lookAt(folder)
  if (found === undefined) return
  if (!owners.includes(found.uid)) {
    const owner = found.uid === 0 ? 'root' : `user ${found.uid}`
    throw unsafe(
      `${folder} belongs to ${owner}, not to you`,
      `take it over with \`sudo chown -R ${uid} ${folder}\`, or set \`PIM_HOME\` to a folder of yours`,
    )
  }
  if ((found.mode & othersMayWrite) !== 0 && (found.mode & sticky) === 0) {
    throw unsafe(
      `every user may write to ${folder}, so its content cannot be believed`,
      `look through it, and close it with \`chmod go-w ${folder}\``,
    )
  }
}

/** A folder that may not be looked at is an error of the first who reads or writes there. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function unsafe(message: string, hint: string): PimError {
  return new PimError('unavailable', 'unsafe-folder', message, { hint })
}
