import type { AuditFault, AuditHead, AuditRecord } from './audit.ts'
import { headOf, noHash, type AuditLine } from './line.ts'
import { namesRegion, recoversFrom, seqAfter, step, tornRegion } from './step.ts'

/** Where a log stops holding: the number the first bad line should have had, and what befell it. */
export interface FoundFault {
  readonly reason: AuditFault
  readonly seq: number
  readonly message: string
}

/** Where the chain breaks: `last` is the newest record that holds, `line` does not continue it. */
export interface Break {
  readonly lines: readonly AuditLine[]
  readonly index: number
  readonly line: AuditLine
  readonly last: AuditHead | undefined
  readonly anchor: AuditHead | undefined
}

/**
 * Tells what happened at a break. The hash that a record's successor (or the anchor) holds of it
 * shows which of two neighbours was touched; of several changes it names the first it can prove.
 */
export function faultAt(at: Break): FoundFault {
  const { lines, index, line, last } = at
  const seq = seqAfter(last)
  if (!line.isObject) return faultAroundTornLine(at)
  const goesOn = step(lines, index + 1, last).kind === 'record'
  if (goesOn) return line.record && wasMoved(line.record, lines) ? reordered(seq) : inserted(seq)
  if (line.record === undefined || line.record.prev === (last?.hash ?? noHash)) return edited(seq)
  if (line.record.seq > seq) return missing(at, line.record)
  if (line.record.seq < seq) return inserted(isTrueTwin(at, line.record) ? seq - 1 : seq)
  return brokenLink(at, line.record)
}

/** The log holds together up to record `end`, but is not the one whose head was anchored. */
export function faultAgainstAnchor(
  end: number,
  hashAt: (seq: number) => string | undefined,
  anchor: AuditHead | undefined,
): FoundFault | undefined {
  if (anchor === undefined) return undefined
  const { seq, hash } = anchor
  if (seq > end) {
    const message = `the log ends ${end === 0 ? 'before its first record' : `with record ${end}`}, but record ${seq} was written: its end was cut off`
    return { reason: 'truncated', seq: end + 1, message }
  }
  if (hashAt(seq) === hash) return undefined
  const message = `record ${seq} is not the one that was written: it was changed, or the log was rewritten`
  return { reason: 'rewritten', seq, message }
}

function faultAroundTornLine({ lines, index, last, anchor }: Break): FoundFault {
  const seq = seqAfter(last)
  const torn = tornRegion(lines, index, seq)
  const recovery = lines[torn.end]?.record
  if (last === undefined || recovery === undefined) return malformed(last, seq)
  // The recovery speaks of the record before the torn line as it was when both were written.
  const isTrue = namesRegion(recovery, torn) && isVouchedFor(lines, torn.end, anchor)
  if (isTrue && recovery.seq === seq) return edited(last.seq)
  const before = { seq: last.seq - 1, hash: lines[index - 1]?.record?.prev ?? noHash }
  return isTrue && recoversFrom(recovery, before) ? inserted(last.seq) : malformed(last, seq)
}

function missing({ lines, index, last }: Break, record: AuditRecord): FoundFault {
  const seq = seqAfter(last)
  if (lines.slice(index + 1).some((line) => line.record?.seq === seq)) return reordered(seq)
  const which =
    record.seq - 1 === seq ? `record ${seq} is` : `records ${seq} to ${record.seq - 1} are`
  return { reason: 'deleted', seq, message: `${which} missing` }
}

// The number is right and the link is not: either the record before was changed or this one.
function brokenLink({ lines, index, last, anchor }: Break, record: AuditRecord): FoundFault {
  const seq = seqAfter(last)
  if (last === undefined || isAnchored(last, anchor)) return edited(seq)
  if (recoversFrom(record, last)) {
    return { reason: 'deleted', seq, message: `the torn line before record ${seq} is missing` }
  }
  if (isVouchedFor(lines, index, anchor)) return edited(last.seq)
  const next = step(lines, index + 1, headOf(lines[index]!))
  const isNewest = next.kind === 'end' || next.kind === 'torn'
  return edited(isNewest && anchor?.seq !== seq ? last.seq : seq)
}

// Two records claim one place; it belongs to the one that the rest of the log builds on.
function isTrueTwin({ lines, index, last, anchor }: Break, record: AuditRecord): boolean {
  const before = lines[index - 1]
  return (
    record.seq === last?.seq &&
    record.prev === before?.record?.prev &&
    lines[index]?.hash !== before.hash &&
    isVouchedFor(lines, index, anchor)
  )
}

function wasMoved(record: AuditRecord, lines: readonly AuditLine[]): boolean {
  const claimants = lines.filter((line) => line.record?.seq === record.seq)
  const follows = (line: AuditLine) =>
    line.hash === record.prev && line.record?.seq === record.seq - 1
  return claimants.length === 1 && lines.some(follows)
}

function isVouchedFor(
  lines: readonly AuditLine[],
  index: number,
  anchor: AuditHead | undefined,
): boolean {
  const line = lines[index]
  const head = line && headOf(line)
  if (head === undefined) return false
  return isAnchored(head, anchor) || step(lines, index + 1, head).kind === 'record'
}

function isAnchored(head: AuditHead, anchor: AuditHead | undefined): boolean {
  return head.seq === anchor?.seq && head.hash === anchor.hash
}

function edited(seq: number): FoundFault {
  return { reason: 'edited', seq, message: `record ${seq} was changed after it was written` }
}

function reordered(seq: number): FoundFault {
  return { reason: 'reordered', seq, message: `record ${seq} is not in its place` }
}

function inserted(seq: number): FoundFault {
  const where = seq === 1 ? 'before the first record' : `after record ${seq - 1}`
  return { reason: 'inserted', seq, message: `a line was inserted ${where}` }
}

function malformed(last: AuditHead | undefined, seq: number): FoundFault {
  const where = last === undefined ? 'the first line' : `the line after record ${last.seq}`
  return { reason: 'malformed', seq, message: `${where} is not a record` }
}
