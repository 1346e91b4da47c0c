import type { AuditVerification } from '../../core/audit.ts'
import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps.ts'

/** `pim audit verify`: checks the whole chain and its anchor. A broken log is exit code 7. */
export async function auditVerifyCommand(deps: Deps): Promise<number> {
  const { io } = deps
  const verification = await deps.audit.verify()
  if (io.wantsJson) io.json({ schema: 'pim.auditVerification/v1', ...verification })
  if (!verification.ok) throw broken(verification, deps.audit.path)
  if (!io.wantsJson) io.out(intact(verification))
  const { message, unknownOutcome } = verification
  if (message !== undefined) io.warn(printable(message))
  if (unknownOutcome.length > 0) {
    const more = unknownOutcome.length > shown ? ` and ${unknownOutcome.length - shown} more` : ''
    const ids = unknownOutcome.slice(0, shown).map(printable).join(', ') + more
    io.note(`requested without an outcome on record, as after a crash: ${ids}`)
  }
  return 0
}

const shown = 10

const anchors: Readonly<Record<AuditVerification['anchor'], string>> = {
  matched: 'the end matches the anchor in the credential store',
  behind: 'the anchor in the credential store is older than the end, and matches',
  absent: 'there is no anchor, so a cut end would not be noticed',
  unreadable: 'the anchor cannot be read now, so a cut end would not be noticed',
  mismatch: 'the anchor does not match',
}

function intact({ records, head, anchor }: AuditVerification): string {
  const count = records === 1 ? '1 record' : `${records} records`
  const end = head === undefined ? '' : `, head ${head.seq} ${head.hash}`
  return `ok: ${count}${end}; ${anchors[anchor]}`
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
