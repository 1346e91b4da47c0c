import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { sealRecord, sealRecovery, type UnfinishedLine } from '../../core/audit/chain.ts'
import type { AuditEvent, AuditHead, AuditLog, AuditRecord } from '../../core/audit/audit.ts'
import { contradiction, readAnchor, readAnchorOfFolder } from './anchor.ts'
import { check } from './check.ts'
import { asAuditError, openForAppending, secureFolder, syncFolders } from './folder.ts'
import { readRecords } from './read.ts'
import { restart } from './restart.ts'
import { readEnd } from './tail.ts'
import { aboutThoseBefore, warningAbout } from './warning.ts'
import {
  broken,
  furthest,
  inTurn,
  newLogId,
  readLogId,
  refuseWithoutRoom,
  writeDurably,
  type AuditLogOptions,
  type Log,
} from './write-lock.ts'

/** The audit log in `<folder>/audit.jsonl`: one writer at a time, append only, on disk when it says so. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const path = join(options.folder, 'audit.jsonl')
  const log: Log = { ...options, path, checked: undefined, wasChecked: false }
  const guarded = async <T>(aim: 'read' | 'written', work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw asAuditError(error, log.path, aim)
    }
  }
  const read: AuditLog['read'] = async function* read(reading) {
    try {
      yield* readRecords(log.path, reading)
    } catch (error) {
      throw asAuditError(error, log.path, 'read')
    }
  }
  return {
    path: log.path,
    append: (event) => guarded('written', () => append(log, event)),
    ensureWritable: () => guarded('written', () => ensureWritable(log)),
    ensureSound: () => guarded('written', () => ensureSound(log)),
    read,
    records: async () => {
      const records: AuditRecord[] = []
      for await (const record of read()) records.push(record)
      return records
    },
    verify: () => guarded('read', async () => (await check(log)).found),
    restart: (reason) => guarded('written', () => restart(log, reason)),
  }
}

/** What ends must be recorded in a log that is broken, too; but nobody shall take that log for a sound one. */
async function append(log: Log, event: AuditEvent): Promise<AuditHead> {
  const warning = await warningAbout(log)
  const head = await appendOnly(log, event)
  if (warning !== undefined) log.warn?.(warning)
  return head
}

async function appendOnly(log: Log, event: AuditEvent): Promise<AuditHead> {
  await secureFolder(log.folder, log.uid)
  return await inTurn(log, async () => {
    const { file, size } = await openForAppending(log.path, log.uid)
    await using _closed = file
    const end = await readEnd(file, size)
    if (end.fault) throw broken(log, end.fault.message)
    const begun = await readLogId(file, size)
    const anchor =
      begun === undefined
        ? await readAnchorOfFolder(log.anchor, log.folder, begun)
        : await readAnchor(log.anchor, log.folder, begun)
    const why = contradiction(end.head, anchor)
    if (why !== undefined) throw broken(log, why)
    const logId = begun ?? newLogId()
    const first = begun === undefined ? { logId } : {}
    const head = end.unfinished ? await recover(log, file, end.unfinished, first) : end.head
    const before = await aboutThoseBefore(log, end.head, anchor)
    if (size === 0) await log.anchor.announce(logId)
    const details = { ...(head === undefined && first), ...before }
    const sealed = sealRecord({ ...event, ...details }, head, log.now())
    await writeDurably(file, `${sealed.line}\n`)
    if (size === 0) await syncFolders(log.folder)
    const checked = furthest(log.checked, anchor.checked)
    // The record is on disk. An anchor that stays behind is caught up with by the next record.
    await log.anchor
      .write(logId, { head: sealed.head, ...(checked && { checked }) })
      .catch(() => {})
    return sealed.head
  })
}

async function ensureWritable(log: Log): Promise<void> {
  await secureFolder(log.folder, log.uid)
  const { file } = await openForAppending(log.path, log.uid)
  await file.close()
  await refuseWithoutRoom(log.folder)
}

async function ensureSound(log: Log): Promise<void> {
  await ensureWritable(log)
  const { found, checked } = await check(log, 'since the last check')
  if (!found.ok) throw broken(log, found.message ?? 'it does not fit together')
  // An anchor that is gone or cannot be read is told of with the next record.
  log.wasChecked = found.anchor !== 'missing' && found.anchor !== 'unreadable'
  log.checked = furthest(checked, log.checked)
}

async function recover(
  log: Log,
  file: FileHandle,
  unfinished: UnfinishedLine,
  first: Partial<AuditEvent>,
): Promise<AuditHead> {
  // On a full disk each attempt would leave one more torn line.
  await refuseWithoutRoom(log.folder)
  const { line, head } = sealRecovery(unfinished, log.now(), first)
  // On disk before the next record is begun, so that a power loss can only ever tear the last line.
  await writeDurably(file, `\n${line}\n`)
  return head
}
