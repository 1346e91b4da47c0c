import * as v from 'valibot'
import type { ApprovalStage } from '../../../core/elevation/approval.ts'
import { Moment } from '../pim/request-answer.ts'

/** A stage of an approval as ARM and Graph show it. */
export interface SeenStage {
  /** Who may decide it is in the policy only. */
  readonly stage: Omit<ApprovalStage, 'approvers'>
  readonly reviewerId: string | undefined
}

const word = v.fallback(v.nullish(v.string()), undefined)

const Fields = v.object({
  status: word,
  displayName: word,
  assignedToMe: v.fallback(v.nullish(v.boolean()), undefined),
  reviewResult: word,
  reviewedDateTime: v.fallback(v.nullish(Moment), undefined),
  justification: word,
  reviewedBy: v.fallback(
    v.nullish(
      // ARM's names for it, and Graph's.
      v.object({
        principalId: word,
        principalName: word,
        id: word,
        displayName: word,
        userPrincipalName: word,
      }),
    ),
    undefined,
  ),
})

/** Reads a stage: the `properties` of ARM's, or the whole of Graph's. One without an id can be shown, and not decided. */
export function readStage(id: string, fields: unknown): SeenStage {
  const read = v.parse(v.fallback(Fields, {}), fields)
  const { reviewedBy: by, displayName, reviewedDateTime, justification } = read
  const result = resultOf(read.reviewResult)
  const reviewerId = by?.principalId || by?.id || undefined
  const decidedBy =
    by?.userPrincipalName || by?.principalName || by?.displayName || reviewerId || undefined
  return {
    stage: {
      id,
      status: read.status ?? '',
      ...(displayName && { name: displayName }),
      assignedToMe: read.assignedToMe ?? false,
      ...(result !== undefined && {
        result,
        ...(decidedBy !== undefined && { decidedBy }),
        ...(reviewedDateTime && { decidedAt: reviewedDateTime }),
        ...(justification && { reason: justification }),
      }),
    },
    reviewerId,
  }
}

function resultOf(reviewResult: string | null | undefined): ApprovalStage['result'] {
  const folded = reviewResult?.toLowerCase()
  return folded === 'approve' || folded === 'deny' ? folded : undefined
}

/** Whether a stage waits for a decision. That one which was escalated does is not verified. */
export function isOpen({ status, result }: Pick<ApprovalStage, 'status' | 'result'>): boolean {
  return result === undefined && ['inprogress', 'escalated'].includes(status.toLowerCase())
}

export function hasLapsed({ status }: Pick<ApprovalStage, 'status'>): boolean {
  return status.toLowerCase() === 'expired'
}

/** What an approver wrote who said no. */
export function denialIn(stages: readonly SeenStage[]): string | undefined {
  return stages.find(({ stage }) => stage.result === 'deny' && stage.reason)?.stage.reason
}

/** What to send for a decision, in Microsoft's words. */
export function reviewOf({
  decision,
  justification,
}: {
  readonly decision: 'approve' | 'deny'
  readonly justification: string
}): { readonly reviewResult: 'Approve' | 'Deny'; readonly justification: string } {
  return { reviewResult: decision === 'approve' ? 'Approve' : 'Deny', justification }
}
