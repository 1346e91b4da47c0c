import { minutes } from '../../../src/core/time/duration.ts'
import { checkPolicy } from './policy.ts'
import { endOf, isWithin } from './schedule.ts'
import type { Schedule } from './schedule.ts'
import {
  eligibilitiesOf,
  expiryOf,
  findRequest,
  heldBy,
  isLive,
  isPending,
  requestsOf,
  startOf,
} from './state.ts'
import type { PimRequest, PimState } from './state.ts'
import { TenantError } from '../server/error.ts'
import { isSameGrantable, sameText } from '../seed/model.ts'
import type { Eligibility, Grantable, PimKind } from '../seed/model.ts'

/** Who asks, as far as the token tells. */
export interface Requestor {
  readonly id: string
  readonly amr: readonly string[]
  readonly acrs: readonly string[]
  readonly capabilities: readonly string[]
}

/** An activation somebody asks for. */
export interface ActivationWish extends Grantable {
  /** The id of the request. */
  readonly id: string
  readonly principalId: string
  readonly justification: string | undefined
  readonly ticketNumber: string | undefined
  readonly ticketSystem: string | undefined
  readonly schedule: Schedule
  /** The schedule of the eligibility, by its id or its whole path, where the request names one. */
  readonly linkedSchedule: string | undefined
}

/** For two minutes after it was given back, the role still counts as assigned. */
const settling = minutes(2)

/** Accepts an activation. Throws as PIM does where it is not eligible, not due or not allowed. */
export function activate(wish: ActivationWish, requestor: Requestor, state: PimState): PimRequest {
  const request = consider(wish, requestor, state)
  const surface = wish.kind === 'azure' ? 'arm' : 'graph'
  const index = state.forced.findIndex((one) => one.surface === surface)
  const [forced] = index < 0 ? [] : state.forced.splice(index, 1)
  if (forced !== undefined) request.forcedStatus = forced.status
  state.requests.push(request)
  return request
}

/** What `activate` would give, without doing it. */
export function consider(wish: ActivationWish, requestor: Requestor, state: PimState): PimRequest {
  if (findRequest(wish.id, wish.kind, state) !== undefined) {
    throw new TenantError(
      409,
      'RoleAssignmentRequestExists',
      `A role assignment request with Id: ${wish.id} already exists.`,
    )
  }
  checkPrincipal(wish.principalId, requestor)
  const eligibility = findEligibility(wish, state)
  checkOthers(wish, state)
  const start = startFor(wish.schedule, state.now())
  const { amr, acrs, capabilities } = requestor
  checkPolicy(eligibility.policy, { ...wish, start, amr, acrs, capabilities }, wish.kind, state)
  const { linkedSchedule: _, ...asked } = wish
  return {
    ...asked,
    action: 'SelfActivate',
    eligibility,
    createdAt: state.now(),
    needsApproval: eligibility.policy.approvalStages.length > 0,
    decisions: [],
  }
}

/** Nobody activates for somebody else, a group they are in included. */
export function checkPrincipal(principalId: string, requestor: Requestor): void {
  if (sameText(principalId, requestor.id)) return
  throw new TenantError(
    403,
    'InsufficientPermissions',
    `The requestor ${requestor.id} does not have permissions for this request.`,
  )
}

function findEligibility(wish: ActivationWish, state: PimState): Eligibility {
  const all = eligibilitiesOf(wish.principalId, wish.kind, state)
  const exact = all.find((one) => isSameGrantable(one, wish))
  if (exact !== undefined) {
    const { linkedSchedule } = wish
    const isItsOwn = linkedSchedule === undefined || namesSchedule(linkedSchedule, exact)
    if (isItsOwn) return exact
    throw doesNotExist(400)
  }
  const wider = all.find(
    (one) =>
      wish.kind === 'azure' &&
      sameText(one.roleId, wish.roleId) &&
      chainOf(wish.scope, state)
        .slice(1)
        .some((scope) => sameText(scope, one.scope)),
  )
  if (wider === undefined) throw doesNotExist(400)
  checkNarrowed(wish, wider, state)
  return wider
}

/** Below the scope of an eligibility, its schedule has to be named by its whole path. */
function checkNarrowed(wish: ActivationWish, wider: Eligibility, state: PimState): void {
  const mayRead = heldBy(wish.principalId, 'azure', state).some(({ scope }) =>
    chainOf(wish.scope, state).some((one) => sameText(one, scope)),
  )
  if (wider.scope.includes('/managementGroups/') && /\/resourceGroups\//i.test(wish.scope)) {
    if (!mayRead) {
      throw new TenantError(
        403,
        'AuthorizationFailed',
        `The client with object id '${wish.principalId}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/read' over scope '${wish.scope}' or the scope is invalid.`,
      )
    }
  }
  const { linkedSchedule = '' } = wish
  if (linkedSchedule.includes('/') && namesSchedule(linkedSchedule, wider)) return
  throw doesNotExist(400)
}

/** A scope of ARM and everything above it. */
export function chainOf(scope: string, state: Pick<PimState, 'seed'>): readonly string[] {
  const known = state.seed().scopes.find(({ id }) => sameText(id, scope))
  if (known?.parent === undefined) return [scope]
  return [scope, ...chainOf(known.parent, state)]
}

function namesSchedule(text: string, { scheduleId }: Eligibility): boolean {
  return sameText(text.split('/').at(-1) ?? '', scheduleId)
}

/** What was asked for before stands in the way while it is undecided, in force or only just released; so does an assignment. */
function checkOthers(wish: ActivationWish, state: PimState): void {
  const others = requestsOf(wish.principalId, wish.kind, state).filter(
    (one) => one.action === 'SelfActivate' && isSameGrantable(one, wish),
  )
  if (others.some((one) => isPending(one, state))) {
    throw new TenantError(
      400,
      'PendingRoleAssignmentRequest',
      'There is already an existing pending Role assignment request.',
    )
  }
  const isAssigned = state
    .seed()
    .assignments.some((one) => one.principalId === wish.principalId && isSameGrantable(one, wish))
  if (isAssigned || others.some((one) => stillCounts(one, wish, state))) throw exists(wish.kind)
}

function stillCounts(other: PimRequest, wish: ActivationWish, state: PimState): boolean {
  const now = state.now()
  const { revokedAt } = other
  if (revokedAt !== undefined) return isWithin(settling, now, revokedAt)
  if (!isLive(other, state)) return false
  const start = startFor(wish.schedule, now)
  const [end, otherEnd] = [endOf(wish.schedule, start), expiryOf(other)]
  const endsBefore = end !== undefined && end <= startOf(other)
  return !endsBefore && (otherEnd === undefined || start < otherEnd)
}

function startFor({ startsAt }: Schedule, now: Date): Date {
  return startsAt === undefined || startsAt < now ? now : startsAt
}

function exists(kind: PimKind): TenantError {
  const message =
    kind === 'group'
      ? "Request_BadRequest: One or more added object references already exist for the following modified properties: 'members'."
      : 'The Role assignment already exists.'
  return new TenantError(400, 'RoleAssignmentExists', message)
}

export function doesNotExist(status: 400 | 404): TenantError {
  return new TenantError(
    status,
    'RoleAssignmentDoesNotExist',
    'The Role assignment does not exist.',
  )
}
