import { statSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { PimError } from '../core/errors.ts'
import type { Folders } from './folders.ts'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user of this process; undefined where files have no such owner (Windows). */
  readonly uid: number | undefined
}

/**
 * Refuses state and configuration that another user could have written: what belongs to somebody else, or
 * what everybody may write to. `PIM_HOME` above it may also be root's, as a mounted volume is. A folder that is not there yet
 * is made for its owner alone later. Call it before a `--config` file takes the configuration's place. Throws `unavailable`, `unsafe-folder`.
 */
export function assertSafeFolders({ env, uid }: Place, { state, configFile }: Folders): void {
  if (uid === undefined) return
  const home = env['PIM_HOME']
  if (home !== undefined && home !== '') assertSafe(home, [uid, 0], uid)
  for (const folder of [state, join(state, 'elevations'), join(state, 'keeping')]) {
    assertSafe(folder, [uid], uid)
  }
  // An alias may lead elsewhere, and a webhook tell somebody else.
  assertSafe(configFile, [uid, 0], uid)
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
