import type { AuditEvent, AuditHead, AuditRecord, AuditVerification, Json } from './audit.ts'
import { noteGaps } from './anchor-gaps.ts'
import { faultAgainstAnchor, faultAt, type FoundFault } from './fault.ts'
import { hashLine, headOf, noHash, splitLines, type AuditLine } from './line.ts'
import { recoveryDetails, step } from './step.ts'
import { printableJson } from '../printable.ts'

export { hashLine }

export interface SealedRecord {
  /** One line of JSON, without its newline. */
  readonly line: string
  readonly head: AuditHead
}

/** What an interrupted append left at the end of the file, for the next append to close. */
export interface UnfinishedLine {
  /** The newest record that counts, once the line is closed. */
  readonly after: AuditHead | undefined
  /** Zero where nothing but the newline is missing and the line counts as a record. */
  readonly tornBytes: number
  /** What the next record names as its predecessor. */
  readonly hash: string
}

/** How far a log holds, and why no further. */
export interface FollowedChain {
  readonly heads: readonly AuditHead[]
  readonly unfinished: UnfinishedLine | undefined
  readonly fault: FoundFault | undefined
}

/** Numbers, times and chains an event. `prev` comes last, so that no detail can stand behind it. */
export function sealRecord(
  event: AuditEvent,
  head: AuditHead | undefined,
  time: Date,
): SealedRecord {
  const { event: name, elevationId, target, ...details } = event
  const { v: _v, seq: _seq, time: _time, prev: _prev, ...rest } = details
  const seq = (head?.seq ?? 0) + 1
  const fields: readonly (readonly [string, Json | undefined])[] = [
    ['v', 1],
    ['seq', seq],
    ['time', time.toISOString()],
    ['event', name],
    ['elevationId', elevationId],
    ['target', target],
    ...Object.entries(rest),
    ['prev', head?.hash ?? noHash],
  ]
  const line = toJsonObject(fields)
  return { line, head: { seq, hash: hashLine(Buffer.from(line)) } }
}

/** The record that closes an unfinished line and says so. */
export function sealRecovery(
  unfinished: UnfinishedLine,
  time: Date,
  more: Partial<AuditEvent> = {},
): SealedRecord {
  const { after, tornBytes, hash } = unfinished
  const details = recoveryDetails(after, tornBytes)
  const event: AuditEvent = { ...more, event: 'audit.recovered', ...details }
  return sealRecord(event, { seq: after?.seq ?? 0, hash }, time)
}

/** Follows the chain through raw bytes, from the record before them; `anchor` helps to tell faults apart. */
export function followChain(
  bytes: Uint8Array,
  from?: AuditHead,
  anchor?: AuditHead,
): FollowedChain {
  return followLines(splitLines(bytes), from, anchor)
}

/**
 * Checks a whole log against itself and against the anchored head. It hashes the raw bytes of each
 * line and never re-serialises, so nothing that parses alike passes for the same.
 */
export function verifyChain(bytes: Uint8Array, anchor: AuditHead | undefined): AuditVerification {
  const lines = splitLines(bytes)
  const chain = followLines(lines, undefined, anchor)
  const hashAt = (seq: number): string | undefined => chain.heads[seq - 1]?.hash
  const fault = chain.fault ?? faultAgainstAnchor(chain.heads.length, hashAt, anchor)
  const sound = fault === undefined ? chain.heads : chain.heads.slice(0, fault.seq - 1)
  const head = sound.at(-1)
  const records = readableRecords(lines)
  const anchorGaps = noteGaps([], records)
  const message = fault?.message ?? (chain.unfinished && unfinishedMessage)
  return {
    ok: fault === undefined,
    records: sound.length,
    ...(fault && { firstBadSeq: fault.seq, reason: fault.reason }),
    ...(message !== undefined && { message }),
    ...(head && { head }),
    ...compareAnchor(lines, anchor),
    ...(anchorGaps.length > 0 && { anchorGaps }),
    unknownOutcome: [...noteOutcomes(new Set(), records)],
  }
}

export const unfinishedMessage =
  'the last line is unfinished, as after a power loss; the next record will close it'

/** Follows the chain through lines that were split already. */
export function followLines(
  lines: readonly AuditLine[],
  from: AuditHead | undefined,
  anchor: AuditHead | undefined,
): FollowedChain {
  const heads: AuditHead[] = []
  const ended = (unfinished?: UnfinishedLine, fault?: FoundFault) => ({ heads, unfinished, fault })
  let last = from
  for (let index = 0; ;) {
    const next = step(lines, index, last)
    switch (next.kind) {
      case 'end':
        return ended()
      case 'torn':
        return ended({ after: last, tornBytes: next.torn.bytes, hash: next.torn.hash })
      case 'break':
        return ended(undefined, faultAt({ lines, index, line: next.line, last, anchor }))
      case 'record': {
        const { hash, closed } = next.line
        last = headOf(next.line)
        if (!closed) return ended({ after: last, tornBytes: 0, hash })
        if (last) heads.push(last)
        index = next.index + 1
      }
    }
  }
}

// By hand, since an object would move keys that look like numbers to the front.
function toJsonObject(fields: readonly (readonly [string, Json | undefined])[]): string {
  const members = fields
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
  return printableJson(`{${members.join(',')}}`)
}

function compareAnchor(
  lines: readonly AuditLine[],
  anchor: AuditHead | undefined,
): Pick<AuditVerification, 'anchor' | 'unanchored'> {
  if (anchor === undefined) return { anchor: 'absent' }
  const records = lines.filter((line) => line.closed && line.record !== undefined)
  const at = records.findIndex(
    (line) => line.record?.seq === anchor.seq && line.hash === anchor.hash,
  )
  const last = records.at(-1)?.record?.seq
  if (at === -1 || last === undefined) return { anchor: 'mismatch' }
  if (at === records.length - 1) return { anchor: 'matched' }
  return { anchor: 'behind', unanchored: { first: anchor.seq + 1, last } }
}

/** Whole lines that are records, whatever the state of the chain. */
export function readableRecords(lines: readonly AuditLine[]): readonly AuditRecord[] {
  return lines.flatMap((line) => (line.closed && line.record ? [line.record] : []))
}

/** Adds the elevations that these records request to those without an outcome, and removes what they end. */
export function noteOutcomes(open: Set<string>, records: readonly AuditRecord[]): Set<string> {
  for (const { event, elevationId } of records) {
    if (elevationId === undefined) continue
    if (event === 'elevation.requested') open.add(elevationId)
    else if (event.startsWith('elevation.')) open.delete(elevationId)
  }
  return open
}
