import { minutes } from '../../../src/core/time/duration.ts'
import { checkPrincipal, doesNotExist } from './activate.ts'
import type { Requestor } from './activate.ts'
import { tooShort } from './policy.ts'
import { isWithin } from './schedule.ts'
import { isLive, isPending, requestsOf, startOf, statusOf } from './state.ts'
import type { PimRequest, PimState } from './state.ts'
import { TenantError } from '../server/error.ts'
import { isSameGrantable, type Grantable } from '../seed/model.ts'

/** A deactivation somebody asks for. */
export interface DeactivationWish extends Grantable {
  readonly id: string
  readonly principalId: string
  readonly justification: string | undefined
}

/** For a minute, PIM does not find what it has just activated. */
const unknownFor = minutes(1)
const shortestActive = minutes(5)

/** Gives an activation back. Throws as PIM does where there is none, or where it is too young. */
export function deactivate(
  wish: DeactivationWish,
  requestor: Requestor,
  state: PimState,
): PimRequest {
  checkPrincipal(wish.principalId, requestor)
  // What begins later is not ended: it is cancelled.
  const active = requestsOf(wish.principalId, wish.kind, state).findLast(
    (one) =>
      isSameGrantable(one, wish) && isLive(one, state) && statusOf(one, state) === 'Provisioned',
  )
  const now = state.now()
  const missing = doesNotExist(wish.kind === 'group' ? 404 : 400)
  if (active === undefined) throw missing
  if (isWithin(unknownFor, now, startOf(active))) throw missing
  if (isWithin(shortestActive, now, startOf(active))) throw tooShort()
  active.revokedAt = now
  const request: PimRequest = {
    ...wish,
    action: 'SelfDeactivate',
    eligibility: active.eligibility,
    ticketNumber: undefined,
    ticketSystem: undefined,
    schedule: {
      startsAt: now,
      expiration: 'NoExpiration',
      duration: undefined,
      endsAt: undefined,
    },
    createdAt: now,
    needsApproval: false,
    decisions: [],
  }
  state.requests.push(request)
  return request
}

/** Takes a request back that is undecided or has yet to begin. Throws 400 for every other. */
export function cancel(request: PimRequest, requestor: Requestor, state: PimState): void {
  checkPrincipal(request.principalId, requestor)
  const status = statusOf(request, state)
  const isOpen = isPending(request, state) || status === 'Granted' || status === 'ScheduleCreated'
  if (!isOpen) {
    throw new TenantError(
      400,
      'RoleAssignmentRequestCannotBeCanceled',
      `The role assignment request with Id: ${request.id} is ${status}.`,
    )
  }
  delete request.forcedStatus
  request.canceledAt = state.now()
}
