import type { ElevationState } from '../../../core/elevation/elevation.ts'
import { PimError, type ErrorKind } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import type { Activation } from '../../../core/provider.ts'

/**
 * The state that a request's status stands for, in whatever case it is written; undefined for one
 * that pim does not know. ARM and Graph use the same words.
 */
export function stateOfStatus(status: string): ElevationState | undefined {
  return states.get(folded(status))
}

/**
 * The state of a request for an activation that goes on. Throws where it came to nothing. What pim
 * does not know is on its way: the request stands all the same.
 */
export function stateUnderWay(status: string): Activation['state'] {
  const state = stateOfStatus(status) ?? 'provisioning'
  switch (state) {
    case 'active':
    case 'scheduled':
    case 'provisioning':
    case 'pending-approval':
      return state
    case 'released':
    case 'expired':
    case 'denied':
    case 'canceled':
    case 'failed':
      throw refusalOf(status)
  }
}

/** What pim can say of a status that it has never heard of: the status. */
export function unknownStatus(status: string, requestId: string): PimError {
  const shown = printable(status.slice(0, 80))
  const message = `the status of request ${printable(requestId)} is \`${shown}\``
  return new PimError('pending', 'unknown-status', message, {
    hint: 'pim does not know this status; the request is still open, and the Azure portal shows it under Privileged Identity Management',
    provider: { code: status },
  })
}

/** Why a request with this status came to nothing, and what to do. */
export function refusalOf(status: string): PimError {
  const { kind, code, says, hint } = refusals.get(folded(status)) ?? failed
  return new PimError(kind, code, says, { hint, provider: { code: status } })
}

function folded(status: string): string {
  return status.trim().toLowerCase()
}

const statesByName: Readonly<Record<string, ElevationState>> = {
  Provisioned: 'active',
  Accepted: 'scheduled',
  Granted: 'scheduled',
  ScheduleCreated: 'scheduled',
  AdminApproved: 'provisioning',
  PendingEvaluation: 'provisioning',
  PendingExternalProvisioning: 'provisioning',
  PendingProvisioning: 'provisioning',
  PendingScheduleCreation: 'provisioning',
  ProvisioningStarted: 'provisioning',
  PendingAdminDecision: 'pending-approval',
  PendingApproval: 'pending-approval',
  PendingApprovalProvisioning: 'pending-approval',
  PendingRevocation: 'released',
  Revoked: 'released',
  Canceled: 'canceled',
  AdminDenied: 'denied',
  Denied: 'denied',
  Failed: 'failed',
  FailedAsResourceIsLocked: 'failed',
  Invalid: 'failed',
  TimedOut: 'failed',
}

// Maps, since a status may be `constructor`.
const states: ReadonlyMap<string, ElevationState> = new Map(
  Object.entries(statesByName).map(([status, state]) => [folded(status), state]),
)

/** Why an activation came to nothing, and what to do about it. */
interface Refusal {
  readonly kind: ErrorKind
  readonly code: string
  readonly says: string
  readonly hint: string
}

const denied: Refusal = {
  kind: 'refused',
  code: 'denied',
  says: 'the request was denied',
  hint: 'ask an approver why; the portal shows their reason under My requests',
}

const revoked: Refusal = {
  kind: 'refused',
  code: 'revoked',
  says: 'the activation was revoked at once',
  hint: 'an administrator may have ended the eligibility; check with `pim list --refresh`',
}

const failed: Refusal = {
  kind: 'unavailable',
  code: 'activation-failed',
  says: 'the activation failed at the provider',
  hint: 'try again in a minute; if it fails again, the portal shows why under My requests',
}

const refusalsByName: Readonly<Record<string, Refusal>> = {
  Denied: denied,
  AdminDenied: denied,
  PendingRevocation: revoked,
  Revoked: revoked,
  Canceled: {
    kind: 'refused',
    code: 'canceled',
    says: 'the request was canceled',
    hint: 'request it again if you still need it',
  },
  FailedAsResourceIsLocked: {
    kind: 'refused',
    code: 'resource-locked',
    says: 'a lock on the resource stops the activation',
    hint: 'an administrator must remove the lock; `az lock list` shows it',
  },
  Invalid: {
    kind: 'refused',
    code: 'request-invalid',
    says: 'the request counts as invalid',
    hint: 'the role or the eligibility may have changed meanwhile; `pim list --refresh` shows what there is',
  },
  Failed: failed,
  TimedOut: {
    kind: 'unavailable',
    code: 'activation-timed-out',
    says: 'the request ran out of time at the provider',
    hint: 'request it again; a request expires after 24 hours without a decision',
  },
}

const refusals: ReadonlyMap<string, Refusal> = new Map(
  Object.entries(refusalsByName).map(([status, refusal]) => [folded(status), refusal]),
)
