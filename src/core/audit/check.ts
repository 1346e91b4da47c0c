import { noteGaps } from './anchor-gaps.ts'
import type { AnchorGap, AuditHead, AuditVerification } from './audit.ts'
import {
  followLines,
  noteOutcomes,
  readableRecords,
  unfinishedMessage,
  type FollowedChain,
} from './chain.ts'
import { faultAgainstAnchor, type FoundFault } from './fault.ts'
import { splitLines, type AuditLine } from './line.ts'

/** A check of a log part by part, for one that is too long to hold in memory. */
export interface ChainCheck {
  /** The newest record that holds so far. */
  readonly head: () => AuditHead | undefined
  /**
   * Follows the chain through the next lines. Where they do not hold it takes none of them: with more
   * lines behind them they may, as a torn line does with its recovery.
   */
  readonly take: (bytes: Uint8Array) => boolean
  /** What there is to say at the end of the file, of which `rest` was not taken. */
  readonly end: (rest: Uint8Array) => AuditVerification
}

/** Begins behind the record `from`, which was checked before, or at the beginning. */
export function checkChain(anchor: AuditHead | undefined, from?: AuditHead): ChainCheck {
  let head = from
  let hashAtAnchor = from?.seq === anchor?.seq ? from?.hash : undefined
  let beforeAnchor: AuditHead | undefined
  const open = new Set<string>()
  const anchorGaps: AnchorGap[] = []
  const noteRecords = (lines: readonly AuditLine[]): void => {
    const records = readableRecords(lines)
    noteOutcomes(open, records)
    noteGaps(anchorGaps, records)
  }
  const note = (heads: readonly AuditHead[]): void => {
    head = heads.at(-1) ?? head
    hashAtAnchor ??= heads.find(({ seq }) => seq === anchor?.seq)?.hash
    beforeAnchor ??= heads.find(({ seq }) => seq + 1 === anchor?.seq)
  }
  const follow = (bytes: Uint8Array): FollowedChain => {
    const lines = splitLines(bytes)
    const chain = followLines(lines, head, anchor)
    if (chain.unfinished || chain.fault) return chain
    noteRecords(lines)
    note(chain.heads)
    return chain
  }
  return {
    head: () => head,
    take: (bytes) => {
      const { unfinished, fault } = follow(bytes)
      return unfinished === undefined && fault === undefined
    },
    end: (rest) => {
      const { heads, unfinished, fault: broken } = follow(rest)
      if (unfinished || broken) {
        noteRecords(splitLines(rest))
        note(heads)
      }
      const fault = broken ?? faultAgainstAnchor(head?.seq ?? 0, () => hashAtAnchor, anchor)
      const sound =
        fault === undefined ? head : [head, beforeAnchor].find((at) => at?.seq === fault.seq - 1)
      return {
        ...verification(sound, fault, unfinished !== undefined),
        ...comparison(head, hashAtAnchor, anchor),
        ...(anchorGaps.length > 0 && { anchorGaps }),
        unknownOutcome: [...open],
      }
    },
  }
}

function verification(
  head: AuditHead | undefined,
  fault: FoundFault | undefined,
  isUnfinished: boolean,
): Omit<AuditVerification, 'anchor' | 'unanchored' | 'anchorGaps' | 'unknownOutcome'> {
  const message = fault?.message ?? (isUnfinished ? unfinishedMessage : undefined)
  return {
    ok: fault === undefined,
    records: fault === undefined ? (head?.seq ?? 0) : fault.seq - 1,
    ...(fault && { firstBadSeq: fault.seq, reason: fault.reason }),
    ...(message !== undefined && { message }),
    ...(head && { head }),
  }
}

function comparison(
  head: AuditHead | undefined,
  hashAtAnchor: string | undefined,
  anchor: AuditHead | undefined,
): Pick<AuditVerification, 'anchor' | 'unanchored'> {
  if (anchor === undefined) return { anchor: 'absent' }
  if (head === undefined || hashAtAnchor !== anchor.hash) return { anchor: 'mismatch' }
  if (head.seq === anchor.seq) return { anchor: 'matched' }
  return { anchor: 'behind', unanchored: { first: anchor.seq + 1, last: head.seq } }
}
