import type { AnchorGap, AuditRecord } from './audit.ts'

/** A log may hold any number of them; the first ones tell when it began. */
const most = 100

/** Adds what these records say about records before them that had no anchor. */
export function noteGaps(gaps: AnchorGap[], records: readonly AuditRecord[]): AnchorGap[] {
  for (const record of records) {
    const gap = gapOf(record)
    if (gap !== undefined && gaps.length < most) gaps.push(gap)
  }
  return gaps
}

function gapOf({ seq, unanchoredFrom, ...details }: AuditRecord): AnchorGap | undefined {
  const first = unanchoredFrom
  if (typeof first !== 'number' || !Number.isInteger(first) || first < 1 || first >= seq) {
    return undefined
  }
  const anchor = details['anchorMissing'] ? 'missing' : unreadableOrBehind(details)
  return { seq, first, last: seq - 1, anchor }
}

function unreadableOrBehind(details: Record<string, unknown>): AnchorGap['anchor'] {
  return details['anchorUnreadable'] === true ? 'unreadable' : 'behind'
}
