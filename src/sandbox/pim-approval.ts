import { statusOf } from './pim-state.ts'
import type { PimRequest, PimState } from './pim-state.ts'
import { guidOf } from './tenant-model.ts'

/** The one stage of an approval, before a surface puts it into its own form. */
export interface ApprovalStage {
  readonly id: string
  readonly displayName: string | null
  readonly assignedToMe: boolean
  readonly status: 'InProgress' | 'Completed'
  readonly reviewResult: 'NotReviewed' | 'Approve' | 'Deny'
  readonly reviewedDateTime: string | null
  readonly justification: string
  /** Who decided. */
  readonly reviewer: { readonly id: string; readonly displayName: string } | undefined
}

/** How far the approval of a request is, as somebody sees it. */
export function stageOf(request: PimRequest, callerId: string, state: PimState): ApprovalStage {
  const { decision, eligibility } = request
  const isOpen = statusOf(request, state) === 'PendingApproval'
  const reviewer = state.seed().people.find(({ id }) => id === decision?.by)
  return {
    id: guidOf('stage', request.id),
    displayName: null,
    assignedToMe: eligibility.policy.approvers.includes(callerId),
    status: isOpen ? 'InProgress' : 'Completed',
    reviewResult: resultOf(request),
    reviewedDateTime: decision?.at.toISOString() ?? null,
    justification: decision?.reason ?? '',
    reviewer: reviewer && { id: reviewer.id, displayName: reviewer.displayName },
  }
}

function resultOf({ decision }: PimRequest): ApprovalStage['reviewResult'] {
  if (decision === undefined) return 'NotReviewed'
  return decision.isApproved ? 'Approve' : 'Deny'
}
