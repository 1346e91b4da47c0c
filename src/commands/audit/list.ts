import { parseDuration, milliseconds } from '../../core/time/duration.ts'
import { PimError } from '../../core/errors.ts'
import { auditEventNames, type AuditRecord } from '../../core/audit/audit.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import { auditColumns, auditRow } from '../../ui/audit.ts'
import { longJsonList } from '../../ui/output/json-list.ts'
import { longTable } from '../../ui/output/table.ts'

export interface AuditFlags {
  readonly target?: string
  readonly event?: string
  readonly id?: string
  readonly since?: string
  readonly limit?: string
}

/** `pim audit [filters]`: the records as they are stored, oldest first, however many there are. */
export async function auditCommand(flags: AuditFlags, deps: Deps): Promise<number> {
  const { io, host } = deps
  const since = flags.since === undefined ? undefined : readSince(flags.since, deps.now())
  const limit = flags.limit === undefined ? undefined : readLimit(flags.limit)
  const seen: Seen = { any: false, event: flags.event === undefined || isKnown(flags.event) }
  const isShown = (record: AuditRecord): boolean => {
    seen.any = true
    seen.event ||= isOf(record.event, flags.event ?? '')
    return isWanted(record, flags, since)
  }
  const found = deps.audit.read({
    isWanted: isShown,
    // Where every line must be looked at anyway, it does not help.
    ...(flags.id !== undefined && seen.event && { mentioning: [flags.id] }),
    ...(limit !== undefined && { limit }),
  })
  const records = orUnknown(found, seen, flags)
  const blocks = io.wantsJson
    ? longJsonList('pim.audit/v1', 'records', records)
    : longTable(auditColumns, rowsOf(records), io.width())
  let isEmpty = true
  for await (const block of blocks) {
    io.out(block)
    isEmpty = false
    if (host.stdout.isAbandoned) return 0
  }
  if (isEmpty)
    io.note(seen.any || flags.id !== undefined ? 'no record matches' : 'the audit log is empty')
  return 0
}

/** What was come upon while the log was read. */
interface Seen {
  any: boolean
  event: boolean
}

async function* rowsOf(records: AsyncIterable<AuditRecord>): AsyncGenerator<readonly string[]> {
  for await (const record of records) yield auditRow(record)
}

/** A name that nobody writes would find nothing, which could pass for good news. A log may hold later ones. */
async function* orUnknown(
  records: AsyncIterable<AuditRecord>,
  seen: Seen,
  { event = '' }: AuditFlags,
): AsyncGenerator<AuditRecord> {
  yield* records
  if (seen.event) return
  throw new PimError('usage', 'unknown-event', `there is no event \`${printable(event)}\``, {
    hint: `it is one of ${auditEventNames.join(', ')}, or the part before the dot`,
  })
}

function isWanted(record: AuditRecord, flags: AuditFlags, since: Date | undefined): boolean {
  const { target, event, id } = flags
  return (
    (target === undefined || record.target?.toLowerCase() === target.toLowerCase()) &&
    (event === undefined || isOf(record.event, event)) &&
    (id === undefined || record.elevationId === id) &&
    (since === undefined || new Date(record.time) >= since)
  )
}

function isOf(event: string, wanted: string): boolean {
  return event === wanted || event.startsWith(`${wanted}.`)
}

function isKnown(wanted: string): boolean {
  return auditEventNames.some((name) => isOf(name, wanted))
}

/** A moment, or how long ago: `2026-11-22T10:00:00Z`, `2026-11-22`, `24h`. */
function readSince(text: string, now: Date): Date {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const moment = new Date(text)
    // What the language makes of other forms, as of `CST` behind a time, is a guess.
    if (isoTime.test(text) && !Number.isNaN(moment.getTime()) && isDay(text)) return moment
    throw invalidSince(text)
  }
  if (!/^\d+[dhms]/i.test(text)) throw invalidSince(text)
  return new Date(now.getTime() - milliseconds(parseDuration(text, '--since')))
}

const isoTime =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i

/** Whether the date that the text begins with is in the calendar. */
function isDay(text: string): boolean {
  const day = text.slice(0, 10)
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}

function invalidSince(text: string): PimError {
  return new PimError('usage', 'invalid-time', `--since ${printable(text)} is not a time`, {
    hint: 'write `2026-11-22`, `2026-11-22T10:00:00Z` or `24h`',
  })
}

function readLimit(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new PimError(
    'usage',
    'invalid-limit',
    `--limit ${printable(text)} is not a number of records`,
    {
      hint: 'write a whole number above zero',
    },
  )
}
