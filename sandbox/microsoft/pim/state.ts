import { after, hours, seconds } from '../../../src/core/time/duration.ts'
import type { Duration } from '../../../src/core/time/duration.ts'
import type { Eligibility, Grantable, PimKind, TenantSeed } from '../seed/model.ts'
import { endOf } from './schedule.ts'
import type { Schedule } from './schedule.ts'

/** A status in Microsoft's words; the list is open. */
export type PimStatus =
  | 'Accepted'
  | 'PendingEvaluation'
  | 'Granted'
  | 'Denied'
  | 'PendingProvisioning'
  | 'Provisioned'
  | 'PendingRevocation'
  | 'Revoked'
  | 'Canceled'
  | 'Failed'
  | 'PendingApprovalProvisioning'
  | 'PendingApproval'
  | 'FailedAsResourceIsLocked'
  | 'PendingAdminDecision'
  | 'AdminApproved'
  | 'AdminDenied'
  | 'TimedOut'
  | 'ProvisioningStarted'
  | 'Invalid'
  | 'PendingScheduleCreation'
  | 'ScheduleCreated'
  | 'PendingExternalProvisioning'
  // Any other text, without losing the names above to whoever types.
  | (string & Record<never, never>)

/** A request that was accepted. */
export interface PimRequest extends Grantable {
  readonly id: string
  readonly action: 'SelfActivate' | 'SelfDeactivate'
  /** The person who asked, for themselves. */
  readonly principalId: string
  readonly eligibility: Eligibility
  readonly justification: string | undefined
  readonly ticketNumber: string | undefined
  readonly ticketSystem: string | undefined
  readonly schedule: Schedule
  readonly createdAt: Date
  readonly needsApproval: boolean
  /** One for each stage that is over; the last of them may be a no. */
  readonly decisions: Decision[]
  canceledAt?: Date
  revokedAt?: Date
  /** What it says whatever it is, because a test wants it so. */
  forcedStatus?: PimStatus
}

/** What somebody said to a stage of an approval. */
export interface Decision {
  readonly isApproved: boolean
  readonly by: string
  readonly at: Date
  readonly reason: string | undefined
}

/** What tests may turn; read anew for each request. */
export interface PimSettings {
  /** Seconds for which an activation says PendingProvisioning, and nothing is active. */
  readonly provisioningLag: number
  /** Seconds for which it says Provisioned, but no list shows it yet. */
  readonly listingLag: number
  /** Seconds from its start until it works; the lists may show it before. */
  readonly propagationLag: number
  /** Whether rows of what is active come without their type, as they have been seen to. */
  readonly omitsAssignmentType?: boolean
  /** Whether ARM gives no display names, as it has been seen not to. */
  readonly omitsDisplayNames?: boolean
  /** How failed policy rules are worded; each surface's usual way unless told. */
  readonly policyFailures: 'text' | 'list' | undefined
  /** How long each stage of an approval waits until the sandbox itself approves; undefined: for people. */
  readonly approveAfter: Duration | undefined
}

/** What the next activation is to say of itself, whatever it is. */
export interface ForcedStatus {
  /** `arm` for Azure resource roles; `graph` for directory roles and groups. */
  readonly surface: 'arm' | 'graph'
  readonly status: PimStatus
}

/** Everything PIM knows. */
export interface PimState {
  readonly seed: () => TenantSeed
  readonly now: () => Date
  readonly settings: PimSettings
  readonly requests: PimRequest[]
  readonly forced: ForcedStatus[]
}

/** All stages have a day together; that each had one of its own is thinkable, and not verified. */
const approvalWindow = hours(24)

export function statusOf(request: PimRequest, state: PimState): PimStatus {
  if (request.forcedStatus !== undefined) return request.forcedStatus
  if (request.action === 'SelfDeactivate') return 'Revoked'
  const now = state.now()
  if (request.canceledAt !== undefined) return 'Canceled'
  if (request.decisions.some(({ isApproved }) => !isApproved)) return 'Denied'
  if (isUndecided(request)) {
    // Of Microsoft's words the only one for what nobody decided: `Denied` and `AdminDenied` need
    // somebody who did, `Canceled` is the requester's, and `Failed` that of the provisioning.
    return now >= lapseOf(request) ? 'TimedOut' : 'PendingApproval'
  }
  const start = startOf(request)
  const end = expiryOf(request)
  // Approved after it was to end. What the service says then is not verified.
  if (end !== undefined && end <= start) return 'Failed'
  if (now < start) return 'Granted'
  return now < after(start, seconds(state.settings.provisioningLag))
    ? 'PendingProvisioning'
    : 'Provisioned'
}

/** Whether it lacks a decision that would still count. */
export function isUndecided(request: PimRequest): boolean {
  const { decisions, needsApproval, canceledAt, eligibility } = request
  const isDenied = decisions.some(({ isApproved }) => !isApproved)
  const isOpen = needsApproval && decisions.length < eligibility.policy.approvalStages.length
  return isOpen && !isDenied && canceledAt === undefined
}

/** From when on nobody can approve any more. */
export function lapseOf({ createdAt }: PimRequest): Date {
  return after(createdAt, approvalWindow)
}

/** When an activation begins, or began: not before it was asked for, nor before it was approved. */
export function startOf({ schedule, createdAt, decisions }: PimRequest): Date {
  const approvedAt = decisions.at(-1)?.at ?? createdAt
  const candidates = [schedule.startsAt ?? createdAt, createdAt, approvedAt]
  return new Date(Math.max(...candidates.map((date) => date.getTime())))
}

/** The start as a request tells it: one that waits for its approver, and names none, has none yet. */
export function toldStartOf(request: PimRequest, state: PimState): Date | undefined {
  const { schedule, createdAt } = request
  if (schedule.startsAt !== undefined) return schedule.startsAt
  return statusOf(request, state) === 'PendingApproval' ? undefined : createdAt
}

export function expiryOf(request: PimRequest): Date | undefined {
  return endOf(request.schedule, startOf(request))
}

/** Whether it is in force, or will be without anybody doing anything more. */
export function isLive(request: PimRequest, state: PimState): boolean {
  if (request.action !== 'SelfActivate' || request.revokedAt !== undefined) return false
  const status = statusOf(request, state)
  if (!['Granted', 'PendingProvisioning', 'Provisioned'].includes(status)) return false
  const end = expiryOf(request)
  return end === undefined || state.now() < end
}

/** Whether the lists of what is active show it. */
export function isListed(request: PimRequest, state: PimState): boolean {
  if (!isLive(request, state) || statusOf(request, state) !== 'Provisioned') return false
  return state.now() >= after(startOf(request), seconds(state.settings.listingLag))
}

/** Whether it works. */
export function isInForce(request: PimRequest, state: PimState): boolean {
  if (!isLive(request, state) || statusOf(request, state) !== 'Provisioned') return false
  return state.now() >= after(startOf(request), seconds(state.settings.propagationLag))
}

/** Whether somebody or something has still to decide. */
export function isPending(request: PimRequest, state: PimState): boolean {
  const status = statusOf(request, state)
  return status.startsWith('Pending') && status !== 'PendingProvisioning'
}

/** What a person asked for, of one kind, oldest first. */
export function requestsOf(principalId: string, kind: PimKind, state: PimState): PimRequest[] {
  return state.requests.filter((one) => one.principalId === principalId && one.kind === kind)
}

export function findRequest(id: string, kind: PimKind, state: PimState): PimRequest | undefined {
  return state.requests.find(
    (one) => one.kind === kind && one.id.toLowerCase() === id.toLowerCase(),
  )
}

/** The groups somebody is in: by birth, and by what they activated. */
export function groupsOf(principalId: string, state: PimState): readonly string[] {
  const born = state.seed().groups.filter(({ members }) => members.includes(principalId))
  const activated = requestsOf(principalId, 'group', state).filter(
    (one) => one.roleId === 'member' && isInForce(one, state),
  )
  return [...new Set([...born.map(({ id }) => id), ...activated.map(({ scope }) => scope)])]
}

/** What a person may activate, themselves or as a member of a group. */
export function eligibilitiesOf(
  principalId: string,
  kind: PimKind,
  state: PimState,
): readonly Eligibility[] {
  const principals = [principalId, ...groupsOf(principalId, state)]
  const now = state.now()
  return state
    .seed()
    .eligibilities.filter(
      (one) =>
        one.kind === kind &&
        principals.includes(one.principalId) &&
        one.startsAt <= now &&
        (one.endsAt === undefined || now < one.endsAt),
    )
}

/** What a person holds that works now, activated or not. */
export function heldBy(principalId: string, kind: PimKind, state: PimState): readonly Grantable[] {
  const principals = [principalId, ...groupsOf(principalId, state)]
  return [
    ...state
      .seed()
      .assignments.filter((one) => one.kind === kind && principals.includes(one.principalId)),
    ...requestsOf(principalId, kind, state).filter((one) => isInForce(one, state)),
  ]
}

/** The directory roles that are in force over the whole tenant. */
export function directoryRolesOf(personId: string, state: PimState): readonly string[] {
  const held = heldBy(personId, 'entra', state).filter(({ scope }) => scope === '/')
  return [...new Set(held.map(({ roleId }) => roleId))]
}
