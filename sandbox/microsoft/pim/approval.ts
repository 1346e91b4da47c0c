import { groupsOf, statusOf } from './state.ts'
import type { Decision, PimRequest, PimState } from './state.ts'
import { guidOf } from '../seed/model.ts'
import type { PimKind } from '../seed/model.ts'

/** One stage of an approval, before a surface puts it into its own form. */
export interface ApprovalStage {
  readonly id: string
  readonly assignedToMe: boolean
  readonly status: 'NotStarted' | 'InProgress' | 'Completed' | 'Expired'
  readonly reviewResult: 'NotReviewed' | 'Approve' | 'Deny'
  readonly reviewedDateTime: string | null
  readonly justification: string
  /** Who decided. */
  readonly reviewer:
    | { readonly id: string; readonly displayName: string; readonly userPrincipalName: string }
    | undefined
}

/** The stages of the approval of a request, first to last, as somebody sees them. */
export function stagesOf(
  request: PimRequest,
  callerId: string,
  state: PimState,
): readonly ApprovalStage[] {
  return approversOf(request).map((approvers, index) => {
    const decision = request.decisions[index]
    return {
      id: stageId(request, index),
      // Nobody decides about what they asked for themselves, so it is not assigned to them either.
      assignedToMe: callerId !== request.principalId && isAmong(callerId, approvers, state),
      status: statusOfStage(request, index, state),
      reviewResult:
        decision === undefined ? 'NotReviewed' : decision.isApproved ? 'Approve' : 'Deny',
      reviewedDateTime: decision?.at.toISOString() ?? null,
      justification: decision?.reason ?? '',
      reviewer: reviewerOf(decision, state),
    }
  })
}

/** Who may approve a request, stage by stage. */
export function approversOf({
  needsApproval,
  eligibility,
}: PimRequest): readonly (readonly string[])[] {
  return needsApproval ? eligibility.policy.approvalStages : []
}

/** Whether somebody is named by an id, or is in a group that is. */
export function isAmong(personId: string, ids: readonly string[], state: PimState): boolean {
  return [personId, ...groupsOf(personId, state)].some((id) => ids.includes(id))
}

/** Whether somebody may look at a request: who asked, and the approvers of every stage. */
export function mayRead(personId: string, request: PimRequest, state: PimState): boolean {
  const isApprover = approversOf(request).some((ids) => isAmong(personId, ids, state))
  return isApprover || request.principalId === personId
}

/**
 * What somebody is asked to approve, or was, oldest first: what waits, where its running stage is
 * theirs, and what does not wait any more, where any of its stages was. Whether the service lists
 * what approvers asked for themselves is not verified; here it does.
 */
export function requestsForApprover(
  personId: string,
  kind: PimKind,
  state: PimState,
): readonly PimRequest[] {
  return state.requests.filter((request) => {
    if (request.kind !== kind) return false
    const stages = approversOf(request)
    const isOpen = statusOf(request, state) === 'PendingApproval'
    const asked = isOpen ? stages.slice(request.decisions.length).slice(0, 1) : stages
    return asked.some((ids) => isAmong(personId, ids, state))
  })
}

/** The only stage of an approval has the id of the approval, which is that of the request. */
function stageId({ id, eligibility }: PimRequest, index: number): string {
  const isOnlyOne = eligibility.policy.approvalStages.length < 2
  return isOnlyOne ? id : guidOf('stage', id, String(index))
}

function statusOfStage(
  request: PimRequest,
  index: number,
  state: PimState,
): ApprovalStage['status'] {
  const { decisions } = request
  if (index < decisions.length) return 'Completed'
  if (index > decisions.length || decisions.at(-1)?.isApproved === false) return 'NotStarted'
  const status = statusOf(request, state)
  if (status === 'PendingApproval') return 'InProgress'
  return status === 'TimedOut' ? 'Expired' : 'Completed'
}

function reviewerOf(decision: Decision | undefined, state: PimState): ApprovalStage['reviewer'] {
  const person = state.seed().people.find(({ id }) => id === decision?.by)
  if (person === undefined) return undefined
  const { id, displayName, userPrincipalName } = person
  return { id, displayName, userPrincipalName }
}
