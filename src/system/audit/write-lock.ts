import { statfs, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { PimError } from '../../core/errors.ts'
import { unnamedLog, type AuditAnchor, type CheckedPart } from './anchor.ts'
import { readFirstRecord } from './read.ts'
import { withLock } from '../files/lock.ts'

export interface AuditLogOptions {
  readonly folder: string
  readonly now: () => Date
  readonly anchor: AuditAnchor
  /** Whose the folder and the log must be; undefined where files have no such owner (Windows). */
  readonly uid: number | undefined
  /** What those who wait for the log are told about this process. */
  readonly pid: number
  readonly command: string
  /** Told what is wrong with the log where it is written to all the same; unchecked where absent. */
  readonly warn?: (message: string) => void
  /** How long another process is waited for; half a minute unless told otherwise. */
  readonly patienceSeconds?: number
}

export interface Log extends AuditLogOptions {
  readonly path: string
  /** What this process has checked: the next record's anchor passes it on. */
  checked: CheckedPart | undefined
  /** Whether this process has looked through the whole log. */
  wasChecked: boolean
}

/** Does the work while no other process writes to the log. */
export async function inTurn<T>(log: Log, work: () => Promise<T>): Promise<T> {
  const holder = { pid: log.pid, command: log.command, since: log.now() }
  const path = join(log.folder, 'audit.lock')
  return await withLock(path, { holder, patienceSeconds: log.patienceSeconds ?? 30 }, work)
}

/** The name of a log for good, in its first record: it tells whose an anchor is. */
export function newLogId(): string {
  return crypto.randomUUID()
}

/** Undefined where there is no record yet. */
export async function readLogId(file: FileHandle, size: number): Promise<string | undefined> {
  const first = await readFirstRecord(file, size)
  if (first === undefined) return undefined
  return typeof first['logId'] === 'string' ? first['logId'] : unnamedLog
}

/** The part that reaches further into the log. */
export function furthest(one: CheckedPart | undefined, other: CheckedPart | undefined) {
  return (one?.bytes ?? 0) > (other?.bytes ?? 0) ? one : other
}

const roomToWork = 65_536

/** Throws where the disk has no room for what follows a record. */
export async function refuseWithoutRoom(folder: string): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder)
  // A file system that does not count says that it has no blocks at all.
  if (blocks > 0 && bavail * bsize < roomToWork) throw noSpace()
}

/** A write may be cut short without an error, as when the disk fills up: the rest then fails. */
export async function writeDurably(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written)).bytesWritten
  }
  await file.sync()
}

export function broken(log: Log, what: string): PimError {
  return new PimError('audit', 'audit-broken', `the audit log ${log.path} is broken: ${what}`, {
    hint: 'run `pim audit verify` to see what happened to it; pim elevates nothing until it holds',
  })
}

function noSpace(): Error {
  return Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
}
