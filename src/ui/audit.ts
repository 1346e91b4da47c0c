import type { AuditRecord, Json } from '../core/audit.ts'
import { printable } from '../core/printable.ts'
import { formatLocalMoment } from '../core/local-time.ts'

export const auditHeading = ['seq', 'time', 'event', 'id', 'target', 'details'] as const

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
    justification,
    message,
    typeof expiresAt === 'string' ? `until ${formatLocalMoment(new Date(expiresAt))}` : undefined,
    accessKeyId,
    command,
    exitCode === undefined ? undefined : `exit ${text(exitCode)}`,
    channel,
    reason,
  ]
  return parts.flatMap((part) => (part === undefined ? [] : [text(part)])).join('; ')
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
