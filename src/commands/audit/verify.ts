import type { AnchorGap, AuditVerification } from '../../core/audit/audit.ts'
import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'

/**
 * `pim audit verify`: checks the whole chain and its anchor. A broken log is exit code 7; one that is
 * whole, but whose end could not be compared with its anchor, is 6.
 */
export async function auditVerifyCommand(deps: Deps): Promise<number> {
  const { io } = deps
  const verification = await deps.audit.verify()
  if (io.wantsJson) io.json({ schema: 'pim.auditVerification/v1', ...verification })
  if (!verification.ok) throw broken(verification, deps.audit.path)
  if (!io.wantsJson) io.out(intact(verification))
  const { message, unanchored, anchorGaps = [], unknownOutcome } = verification
  if (message !== undefined) io.warn(printable(message))
  if (unanchored !== undefined) io.warn(behind(unanchored))
  for (const gap of anchorGaps.slice(0, shown)) {
    // A crash leaves records behind the anchor, and is no sign of anything.
    const tell = gap.anchor === 'behind' ? io.note : io.warn
    tell(withoutAnchor(gap))
  }
  if (anchorGaps.length > shown) io.note('more records say so; `--json` lists them')
  if (unknownOutcome.length > 0) {
    const more = unknownOutcome.length > shown ? ` and ${unknownOutcome.length - shown} more` : ''
    const ids = unknownOutcome.slice(0, shown).map(printable).join(', ') + more
    io.note(`requested without an outcome on record, as after a crash: ${ids}`)
  }
  if (isUncompared(verification)) throw uncompared(verification)
  return 0
}

const shown = 10

const anchors: Readonly<Record<AuditVerification['anchor'], string>> = {
  matched: 'the end matches the anchor in the credential store',
  behind: 'the anchor in the credential store is older than the end, and matches',
  absent: 'there is no anchor, so a cut end would not be noticed',
  missing: 'its end was not compared with the anchor',
  unreadable: 'its end was not compared with the anchor',
  mismatch: 'the anchor does not match',
}

function intact(verification: AuditVerification): string {
  const { records, head, anchor } = verification
  const count = records === 1 ? '1 record' : `${records} records`
  const end = head === undefined ? '' : `, head ${head.seq} ${head.hash}`
  return `${isUncompared(verification) ? 'whole' : 'ok'}: ${count}${end}; ${anchors[anchor]}`
}

function behind({ first, last }: NonNullable<AuditVerification['unanchored']>): string {
  const which = first === last ? `record ${first} is` : `records ${first} to ${last} are`
  return `${which} behind the anchor: pim wrote them before a crash or while the credential store did not open, or another program added them`
}

function withoutAnchor({ seq, first, last, anchor }: AnchorGap): string {
  const which = first === last ? `record ${first}` : `records ${first} to ${last}`
  if (anchor === 'behind') return `${which} had no anchor when record ${seq} was written`
  const state = anchor === 'missing' ? 'the anchor was missing' : 'pim could not read the anchor'
  return `${state} when record ${seq} was written; ${which} may have been cut or replaced before`
}

function isUncompared({ anchor }: AuditVerification): boolean {
  return anchor === 'missing' || anchor === 'unreadable'
}

function uncompared({ anchorProblem }: AuditVerification): PimError {
  const why = anchorProblem ?? 'the anchor is no longer in the credential store'
  return new PimError(
    'unavailable',
    'audit-uncompared',
    `the chain of the audit log is intact, but its end could not be compared with the anchor: ${why}`,
    {
      hint:
        anchorProblem === undefined
          ? 'missing records at the end cannot be ruled out; the next record gets a new anchor'
          : 'missing records at the end cannot be ruled out; open the credential store (see `pim doctor`) and verify again',
    },
  )
}

function broken({ message, reason, firstBadSeq }: AuditVerification, path: string): PimError {
  const where = firstBadSeq === undefined ? '' : ` at record ${firstBadSeq}`
  return new PimError(
    'audit',
    `audit-${reason ?? 'broken'}`,
    message ?? `the audit log is broken${where}`,
    {
      hint: `keep ${path} as evidence; \`pim audit restart -j "…"\` sets it aside and starts a new log`,
    },
  )
}
