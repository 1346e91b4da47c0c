import * as v from 'valibot'

import { after } from '../../../src/core/time/duration.ts'
import { approversOf, isAmong, stagesOf } from './approval.ts'
import { isUndecided, lapseOf, statusOf } from './state.ts'
import type { Decision, PimRequest, PimState } from './state.ts'
import { TenantError, badRequest } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import { tenantBob } from '../seed/seed.ts'

/** What an approver says, and why. */
export type Verdict = Pick<Decision, 'isApproved' | 'reason'>

const VerdictBody = v.object({
  reviewResult: v.picklist(['Approve', 'Deny']),
  justification: v.nullish(v.string()),
})

/** Reads a verdict. Throws 400 where it says neither yes nor no, or not why, as every policy here demands. */
export function readVerdict(body: unknown): Verdict {
  const read = v.safeParse(VerdictBody, body)
  if (!read.success) {
    const [issue] = read.issues
    throw badRequest(`The review is not valid: ${v.getDotPath(issue) ?? ''} ${issue.message}`)
  }
  const { reviewResult, justification } = read.output
  if ((justification ?? '').trim() === '') throw badRequest('A justification is required.')
  return { isApproved: reviewResult === 'Approve', reason: justification ?? undefined }
}

/**
 * Decides a stage for somebody. Throws 404 where there is no such stage, 403 for who may not decide
 * it, 409 where it is decided or lapsed, 400 where its turn has not come. Of these, 403, 404 and 409
 * are documented for others; that who asked is told 403, and the 400, are not verified.
 */
export function decideStage(
  request: PimRequest,
  stageId: string,
  verdict: Verdict,
  approverId: string,
  state: PimState,
): void {
  const index = stagesOf(request, approverId, state).findIndex(({ id }) => sameText(id, stageId))
  const approvers = approversOf(request)[index]
  if (approvers === undefined) {
    throw new TenantError(404, 'ResourceNotFound', `The resource '${stageId}' does not exist.`)
  }
  if (request.principalId === approverId) {
    throw forbidden('Requestors cannot review requests of their own.')
  }
  if (!isAmong(approverId, approvers, state)) {
    throw forbidden(`The requestor ${approverId} is not an approver of this stage.`)
  }
  const isOver = index < request.decisions.length
  if (isOver || statusOf(request, state) !== 'PendingApproval') {
    throw new TenantError(409, 'Conflict', 'The stage has already been completed.')
  }
  if (index > request.decisions.length) throw badRequest('The stage has not started yet.')
  put({ ...verdict, by: approverId, at: state.now() }, request)
}

/** Decides the running stage of a request as one of its approvers. Throws a plain error where none of that id waits. */
export function decide(
  id: string,
  verdict: 'approve' | 'deny',
  reason: string | undefined,
  state: PimState,
): PimRequest {
  const request = state.requests.find((one) => sameText(one.id, id))
  if (request === undefined || statusOf(request, state) !== 'PendingApproval') {
    throw new Error(`no request ${id} waits for approval`)
  }
  const by = standIn(request, state)
  put({ isApproved: verdict === 'approve', by, at: state.now(), reason }, request)
  return request
}

/** Approves what has waited for as long as the settings say, with the time when that was. */
export function approveDue(state: PimState): void {
  const { approveAfter } = state.settings
  if (approveAfter === undefined) return
  for (const request of state.requests) {
    while (isUndecided(request) && request.forcedStatus === undefined) {
      const at = after(request.decisions.at(-1)?.at ?? request.createdAt, approveAfter)
      if (at > state.now() || at >= lapseOf(request)) break
      put(
        { isApproved: true, by: standIn(request, state), at, reason: 'approved as always' },
        request,
      )
    }
  }
}

function put(decision: Decision, request: PimRequest): void {
  delete request.forcedStatus
  request.decisions.push(decision)
}

/** Somebody who may decide the running stage. */
function standIn(request: PimRequest, state: PimState): string {
  const { people } = state.seed()
  const approvers = approversOf(request)[request.decisions.length] ?? []
  const isFit = (id: string) => id !== request.principalId && isAmong(id, approvers, state)
  const person = approvers.find((id) => people.some((one) => one.id === id) && isFit(id))
  return person ?? people.find(({ id }) => isFit(id))?.id ?? tenantBob.id
}

function forbidden(message: string): TenantError {
  return new TenantError(403, 'InsufficientPermissions', message)
}
