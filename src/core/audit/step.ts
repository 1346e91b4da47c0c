import type { AuditHead, AuditRecord } from './audit.ts'
import { hashLine, noHash, type AuditLine } from './line.ts'

/**
 * What follows a record: the next one (perhaps over a torn line), a torn line that nothing has closed
 * yet, the end of the file, or something that does not belong there.
 */
export type AuditStep =
  | { readonly kind: 'record'; readonly index: number; readonly line: AuditLine }
  | { readonly kind: 'torn'; readonly torn: TornRegion }
  | { readonly kind: 'end' }
  | { readonly kind: 'break'; readonly line: AuditLine }

/**
 * What power losses and full disks left behind one record: a torn line, and behind it the beginnings
 * of recoveries that were cut off in their turn. It is hashed as a whole, inner newlines included.
 */
export interface TornRegion {
  readonly bytes: number
  readonly hash: string
  /** The index of the line behind the region. */
  readonly end: number
}

/** One step along the chain from the record `last`, whose successor is looked for at `index`. */
export function step(
  lines: readonly AuditLine[],
  index: number,
  last: AuditHead | undefined,
): AuditStep {
  const line = lines[index]
  if (line === undefined) return { kind: 'end' }
  if (line.record !== undefined && follows(line.record, last))
    return { kind: 'record', index, line }
  if (line.isObject) return { kind: 'break', line }
  const torn = tornRegion(lines, index, seqAfter(last))
  const behind = lines[torn.end]
  if (behind === undefined && lines.at(-1)?.closed === false) return { kind: 'torn', torn }
  if (behind === undefined || !closes(behind.record, torn, last)) return { kind: 'break', line }
  return { kind: 'record', index: torn.end, line: behind }
}

/** The details by which `audit.recovered` vouches for the record before the torn line. */
export function recoveryDetails(after: AuditHead | undefined, tornBytes: number) {
  return { tornBytes, afterSeq: after?.seq ?? 0, afterHash: after?.hash ?? noHash }
}

/** Whether this record says that it was written to close a torn line behind `last`. */
export function recoversFrom(
  record: AuditRecord | undefined,
  last: AuditHead | undefined,
): boolean {
  const { afterSeq, afterHash } = recoveryDetails(last, 0)
  return (
    record?.event === 'audit.recovered' &&
    record.seq === seqAfter(last) &&
    record['afterSeq'] === afterSeq &&
    record['afterHash'] === afterHash
  )
}

/** Whether this record was written to close exactly this torn region. */
export function namesRegion(record: AuditRecord | undefined, torn: TornRegion): boolean {
  return record?.prev === torn.hash && record['tornBytes'] === torn.bytes
}

export function seqAfter(last: AuditHead | undefined): number {
  return (last?.seq ?? 0) + 1
}

/** Measures the run of lines at `index` that power losses before record `seq` could have left. */
export function tornRegion(lines: readonly AuditLine[], index: number, seq: number): TornRegion {
  let end = index + 1
  while (isCutOffRecovery(lines[end], seq)) end += 1
  const parts = lines.slice(index, end).map((line) => line.bytes)
  const whole = joinLines(parts)
  return { bytes: whole.length, hash: hashLine(whole), end }
}

function follows(record: AuditRecord, last: AuditHead | undefined): boolean {
  return record.seq === seqAfter(last) && record.prev === (last?.hash ?? noHash)
}

function closes(
  record: AuditRecord | undefined,
  torn: TornRegion,
  last: AuditHead | undefined,
): boolean {
  return recoversFrom(record, last) && namesRegion(record, torn)
}

// A recovery whose write was cut off in turn. Anything else behind a torn line is not a power loss.
function isCutOffRecovery(line: AuditLine | undefined, seq: number): boolean {
  if (line === undefined || line.isObject || line.bytes.length === 0) return false
  const opening = `{"v":1,"seq":${seq},"time":"`
  const text = Buffer.from(line.bytes.subarray(0, opening.length)).toString('latin1')
  return opening.startsWith(text)
}

function joinLines(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from('\n'), part])))
}
