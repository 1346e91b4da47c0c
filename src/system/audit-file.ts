import { lstat, rename, statfs, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  hashLine,
  parseRecords,
  sealRecord,
  sealRecovery,
  verifyChain,
  type UnfinishedLine,
} from '../core/audit-chain.ts'
import type {
  AuditEvent,
  AuditHead,
  AuditLog,
  AuditRestart,
  AuditVerification,
} from '../core/audit.ts'
import { PimError } from '../core/errors.ts'
import { contradiction, readAnchor, type AuditAnchor, type ReadAnchor } from './audit-anchor.ts'
import {
  asAuditError,
  openForAppending,
  readLog,
  secureFolder,
  syncFolders,
} from './audit-folder.ts'
import { readEnd } from './audit-tail.ts'
import { withLock } from './lock.ts'

export interface AuditLogOptions {
  readonly folder: string
  readonly now: () => Date
  readonly anchor: AuditAnchor
  /** Whose the folder and the log must be; undefined where files have no such owner (Windows). */
  readonly uid: number | undefined
  /** What those who wait for the log are told about this process. */
  readonly pid: number
  readonly command: string
}

/** The audit log in `<folder>/audit.jsonl`: one writer at a time, append only, on disk when it says so. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const log = { ...options, path: join(options.folder, 'audit.jsonl') }
  const guarded = async <T>(aim: 'read' | 'written', work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw asAuditError(error, log.path, aim)
    }
  }
  return {
    path: log.path,
    append: (event) => guarded('written', () => append(log, event)),
    ensureSound: () => guarded('written', () => ensureSound(log)),
    records: () =>
      guarded('read', async () => parseRecords((await readLog(log.path)) ?? new Uint8Array())),
    verify: () => guarded('read', () => verify(log)),
    restart: (reason) => guarded('written', () => restart(log, reason)),
  }
}

interface Log extends AuditLogOptions {
  readonly path: string
}

async function append(log: Log, event: AuditEvent): Promise<AuditHead> {
  await secureFolder(log.folder, log.uid)
  return await inTurn(log, async () => {
    const { file, size } = await openForAppending(log.path, log.uid)
    await using _closed = file
    const end = await readEnd(file, size)
    if (end.fault) throw broken(log, end.fault.message)
    const anchor = await readAnchor(log.anchor, log.folder)
    const why = contradiction(end.head, anchor)
    if (why !== undefined) throw broken(log, why)
    const head = end.unfinished ? await recover(log, file, end.unfinished) : end.head
    const sealed = sealRecord({ ...event, ...behind(end.head, anchor) }, head, log.now())
    await writeDurably(file, `${sealed.line}\n`)
    if (size === 0) await syncFolders(log.folder)
    // The record is on disk. An anchor that stays behind is caught up with by the next record.
    await log.anchor.write(sealed.head).catch(() => {})
    return sealed.head
  })
}

async function ensureSound(log: Log): Promise<void> {
  await secureFolder(log.folder, log.uid)
  const { file } = await openForAppending(log.path, log.uid)
  await file.close()
  await refuseWithoutRoom(log.folder)
  const { ok, message } = await verify(log)
  if (!ok) throw broken(log, message ?? 'it does not fit together')
}

async function verify(log: Log): Promise<AuditVerification> {
  const check = async () => {
    // The anchor first: of the two, the file may then only be ahead.
    const { head, state, problem } = await readAnchor(log.anchor, log.folder)
    const found = verifyChain((await readLog(log.path)) ?? new Uint8Array(), head)
    if (state === 'read') return found
    return { ...found, anchor: state, ...(problem !== undefined && { anchorProblem: problem }) }
  }
  try {
    return await inTurn(log, check)
  } catch (error) {
    // No folder yet, or one that cannot be written to: then nobody is writing to the log either.
    if (error instanceof PimError && error.code === 'lock-unusable') return await check()
    throw error
  }
}

async function restart(log: Log, reason: string): Promise<AuditRestart> {
  await secureFolder(log.folder, log.uid)
  return await inTurn(log, async () => {
    const { head: anchor } = await readAnchor(log.anchor, log.folder)
    const bytes = await readLog(log.path)
    const found = verifyChain(bytes ?? new Uint8Array(), anchor)
    if (found.ok) throw intact(log)
    const previousPath = bytes && (await setAside(log))
    const event: AuditEvent = {
      event: 'audit.recovered',
      restarted: true,
      justification: reason,
      ...(previousPath !== undefined && { previousFile: basename(previousPath) }),
      ...(bytes && { previousFileHash: hashLine(bytes) }),
      ...(found.head && { previousHead: { ...found.head } }),
      ...(anchor && { anchorHead: { ...anchor } }),
    }
    const { line, head } = sealRecord(event, undefined, log.now())
    const { file } = await openForAppending(log.path, log.uid)
    await using _closed = file
    await writeDurably(file, `${line}\n`)
    await syncFolders(log.folder)
    await resetAnchor(log, anchor, head)
    return { head, ...(previousPath !== undefined && { previousPath }) }
  })
}

async function inTurn<T>(log: Log, work: () => Promise<T>): Promise<T> {
  const holder = { pid: log.pid, command: log.command, since: log.now() }
  const path = join(log.folder, 'audit.lock')
  return await withLock(path, { holder, patienceSeconds: 30 }, work)
}

// Whoever wrote behind the anchor, as a crash lets pim do: the next anchor would cover it up for ever.
function behind(end: AuditHead | undefined, { head: anchor }: ReadAnchor): Partial<AuditEvent> {
  if (anchor === undefined || end === undefined || anchor.seq === end.seq) return {}
  return { unanchoredFrom: anchor.seq + 1 }
}

async function recover(log: Log, file: FileHandle, unfinished: UnfinishedLine): Promise<AuditHead> {
  // On a full disk each attempt would leave one more torn line.
  await refuseWithoutRoom(log.folder)
  const { line, head } = sealRecovery(unfinished, log.now())
  // On disk before the next record is begun, so that a power loss can only ever tear the last line.
  await writeDurably(file, `\n${line}\n`)
  return head
}

const roomToWork = 65_536

async function refuseWithoutRoom(folder: string): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder)
  // A file system that does not count says that it has no blocks at all.
  if (blocks > 0 && bavail * bsize < roomToWork) throw noSpace()
}

// A write may be cut short without an error, as when the disk fills up: the rest then fails.
async function writeDurably(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written)).bytesWritten
  }
  await file.sync()
}

async function setAside(log: Log): Promise<string> {
  const time = log.now().toISOString().replaceAll(':', '-')
  for (let count = 1; ; count += 1) {
    const path = join(log.folder, `audit-${time}-broken${count === 1 ? '' : `-${count}`}.jsonl`)
    if (await exists(path)) continue
    await rename(log.path, path)
    return path
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

// An anchor that is known to be of the old log and stays would call the new one cut off for ever.
async function resetAnchor(log: Log, old: AuditHead | undefined, head: AuditHead) {
  try {
    await log.anchor.write(head)
  } catch (cause) {
    if (old === undefined) return
    const message = `the new audit log ${log.path} is begun, but the credential store still holds the head of the old one`
    throw new PimError('audit', 'audit-anchor-unwritable', message, {
      hint: 'unlock the credential store and restart the log again',
      cause,
    })
  }
}

function broken(log: Log, what: string): PimError {
  return new PimError('audit', 'audit-broken', `the audit log ${log.path} is broken: ${what}`, {
    hint: 'run `pim audit verify` to see what happened to it; pim elevates nothing until it holds',
  })
}

function intact(log: Log): PimError {
  return new PimError('usage', 'audit-intact', `the audit log ${log.path} is not broken`, {
    hint: 'only a broken log can be restarted; `pim audit verify` checks it',
  })
}

function noSpace(): Error {
  return Object.assign(new Error('no space is left on the disk'), { code: 'ENOSPC' })
}
