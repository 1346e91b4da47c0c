import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { PimError } from '../../core/errors.ts'
import type { Folders } from './folders.ts'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user of this process; undefined where files have no such owner (Windows). */
  readonly uid: number | undefined
}

/**
 * Refuses folders that another user could fill: `PIM_HOME`, those of the configuration, the state and the
 * cache, and all that lie directly in the latter two. A folder that is not there yet is made for its owner
 * alone later. A configuration that was named by itself lies where it lies. Throws `unavailable`, `unsafe-folder`.
 */
export function assertSafeFolders(
  { env, uid }: Place,
  { configFile, state, cache }: Folders,
  namedConfig: string | undefined,
): void {
  if (uid === undefined) return
  const home = env['PIM_HOME']
  const user = { env, uid }
  if (home !== undefined && home !== '') assertSafe(home, shared, user)
  if (namedConfig === undefined) {
    assertSafe(dirname(configFile), shared, user)
    // Such a link may lead to where pim is to write the first configuration.
    if (lookAt(configFile, statSync) !== undefined) assertSafe(configFile, shared, user)
  }
  for (const folder of [state, cache]) {
    assertSafe(folder, own, user)
    for (const inner of foldersIn(folder)) assertSafe(inner, own, user)
  }
}

interface User {
  readonly env: Place['env']
  readonly uid: number
}

interface Demands {
  readonly mayBeRoots: boolean
  readonly maySticky: boolean
}

/** As a mounted volume, or /tmp: others cannot remove or rename what is somebody's own there. */
const shared: Demands = { mayBeRoots: true, maySticky: true }
const own: Demands = { mayBeRoots: false, maySticky: false }

const groupMayWrite = 0o020
const othersMayWrite = 0o002
const sticky = 0o1000

function assertSafe(path: string, { mayBeRoots, maySticky }: Demands, user: User): void {
  const link = lookAt(path, lstatSync)
  if (link === undefined) return assertNotCallers(path, user)
  const found = link.isSymbolicLink() ? lookAt(path, statSync) : link
  if (found === undefined) throw dangling(path)
  // Root may have made the link.
  if (found !== link && link.uid !== 0 && link.uid !== user.uid) throw foreign(path, link.uid, user)
  if (found.uid !== user.uid && !(mayBeRoots && found.uid === 0)) {
    throw foreign(path, found.uid, user)
  }
  if (!maySticky || (found.mode & sticky) === 0) assertClosed(path, found, user)
}

/** What root makes under `sudo -E` would be closed to the one whose home it is in. */
function assertNotCallers(missing: string, user: User): void {
  if (user.uid !== 0) return
  const above = dirname(missing)
  const found = lookAt(above, statSync)
  if (found === undefined && above !== missing) return assertNotCallers(above, user)
  if (found !== undefined && isCaller(user, found.uid)) throw foreign(above, found.uid, user)
}

/** Whether this is root, called through sudo by the user of that number. */
function isCaller({ env, uid }: User, owner: number): boolean {
  return uid === 0 && owner !== 0 && env['SUDO_UID'] === String(owner)
}

function assertClosed(path: string, { mode, uid, gid }: Stats, user: User): void {
  // A group that bears its user's number holds nobody else: `umask 002` relies on it.
  const isOwnGroup = gid === user.uid
  const who =
    (mode & othersMayWrite) !== 0
      ? 'every user'
      : (mode & groupMayWrite) !== 0 && !isOwnGroup && `every member of group ${gid}`
  if (who === false) return
  const close =
    uid === user.uid
      ? `look through it, and close it with \`chmod go-w ${path}\``
      : '`PIM_HOME` can name a folder of yours, also one inside it'
  throw unsafe(`${who} may write to ${path}, so its content cannot be believed`, close)
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => join(folder, name))
  } catch {
    return []
  }
}

/** A folder that may not be looked at is an error of the first who reads or writes there. */
function lookAt(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path)
  } catch {
    return undefined
  }
}

function foreign(path: string, owner: number, user: User): PimError {
  const name = owner === 0 ? 'root' : `user ${owner}`
  const message = `${path} belongs to ${name}, not to you`
  const instead = 'or set `PIM_HOME` to a folder of yours'
  if (isCaller(user, owner)) {
    return unsafe(message, `run pim without \`sudo\`, ${instead}`)
  }
  return unsafe(message, `take it over with \`sudo chown -R ${user.uid} ${path}\`, ${instead}`)
}

function dangling(path: string): PimError {
  return unsafe(
    `${path} is a symbolic link that leads nowhere`,
    'restore its target, or remove the link',
  )
}

function unsafe(message: string, hint: string): PimError {
  return new PimError('unavailable', 'unsafe-folder', message, { hint })
}
