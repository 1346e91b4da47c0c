import type { AuditRecord, Json } from '../core/audit/audit.ts'
import { inQuotes, printable } from '../core/printable.ts'
import type { Column } from './output/column-widths.ts'
import { formatLocalMoment } from '../core/time/local-time.ts'

export const auditColumns: readonly Column[] = [
  { name: 'seq', rank: 0, stays: true },
  { name: 'time', rank: 1, stays: true },
  { name: 'event', rank: 2, stays: true },
  { name: 'id', rank: 5 },
  { name: 'target', rank: 3, least: 15, whole: true },
  { name: 'details', rank: 4, least: 11 },
]

export function auditRow(record: AuditRecord): readonly string[] {
  return [
    String(record.seq),
    formatLocalMoment(new Date(record.time)),
    printable(record.event),
    printable(record.elevationId ?? ''),
    printable(record.target ?? ''),
    printable(details(record)),
  ]
}

/** The one or two things worth a glance; `--json` has them all. */
function details(record: AuditRecord): string {
  const { justification, error, expiresAt, accessKeyId, exitCode, command, channel, reason } =
    record
  const message = isObject(error) ? error.message : undefined
  const parts = [
    quotedWords(justification),
    message,
    typeof expiresAt === 'string' ? `until ${formatLocalMoment(new Date(expiresAt))}` : undefined,
    accessKeyId,
    command,
    exitCode === undefined ? undefined : `exit ${text(exitCode)}`,
    channel,
    quotedWords(reason),
  ]
  return parts.flatMap((part) => (part === undefined ? [] : [text(part)])).join('; ')
}

/** What a person wrote must not pass for the details beside it. */
function quotedWords(words: Json | undefined): string | undefined {
  return typeof words === 'string' ? inQuotes(words) : undefined
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
