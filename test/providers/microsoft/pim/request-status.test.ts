import { describe, expect, test } from 'vitest'
import {
  stateOfStatus,
  stateUnderWay,
  unknownStatus,
} from '../../../../src/providers/microsoft/pim/request-status.ts'

/** Every status of the API, and the state that it stands for. */
const states: [status: string, state: string][] = [
  ['Accepted', 'scheduled'],
  ['PendingEvaluation', 'provisioning'],
  ['Granted', 'scheduled'],
  ['Denied', 'denied'],
  ['PendingProvisioning', 'provisioning'],
  ['Provisioned', 'active'],
  ['PendingRevocation', 'released'],
  ['Revoked', 'released'],
  ['Canceled', 'canceled'],
  ['Failed', 'failed'],
  ['PendingApprovalProvisioning', 'pending-approval'],
  ['PendingApproval', 'pending-approval'],
  ['FailedAsResourceIsLocked', 'failed'],
  ['PendingAdminDecision', 'pending-approval'],
  ['AdminApproved', 'provisioning'],
  ['AdminDenied', 'denied'],
  ['TimedOut', 'failed'],
  ['ProvisioningStarted', 'provisioning'],
  ['Invalid', 'failed'],
  ['PendingScheduleCreation', 'provisioning'],
  ['ScheduleCreated', 'scheduled'],
  ['PendingExternalProvisioning', 'provisioning'],
]

describe.each(states)('%s is %s', (status, state) => {
  test.each([status, status.toLowerCase(), status.toUpperCase(), ` ${status} `])(
    'written `%s`',
    (written) => {
      expect(stateOfStatus(written)).toBe(state)
    },
  )
})

/** Every status by which an activation comes to nothing, and how pim says so. */
const refusals: [status: string, kind: string, code: string, hint: RegExp][] = [
  ['Denied', 'refused', 'denied', /approver/],
  ['AdminDenied', 'refused', 'denied', /approver/],
  ['Canceled', 'refused', 'canceled', /request it again/],
  ['Revoked', 'refused', 'revoked', /pim list/],
  ['PendingRevocation', 'refused', 'revoked', /pim list/],
  ['FailedAsResourceIsLocked', 'refused', 'resource-locked', /lock/],
  ['Invalid', 'refused', 'request-invalid', /pim list/],
  ['Failed', 'unavailable', 'activation-failed', /try again/],
  ['TimedOut', 'unavailable', 'activation-timed-out', /24 hours/],
]

test.each(refusals)('an activation that is %s is %s, %s', (status, kind, code, hint) => {
  const expected = { kind, code, hint: expect.stringMatching(hint), provider: { code: status } }
  expect(() => stateUnderWay(status)).toThrow(expect.objectContaining(expected))
})

test('every status either goes on or is refused with a reason of its own', () => {
  const refused = new Set(refusals.map(([status]) => status))
  for (const [status, state] of states) {
    if (refused.has(status)) expect(() => stateUnderWay(status)).toThrow()
    else expect(stateUnderWay(status)).toBe(state)
  }
})

test.each(['PendingMoonPhase', 'constructor', '__proto__', '', 'provisioned!'])(
  'a status that is `%s` is shown as it came, and the request counts as standing',
  (status) => {
    expect(stateOfStatus(status)).toBeUndefined()
    expect(stateUnderWay(status)).toBe('provisioning')
    expect(unknownStatus(status, 'r-1')).toMatchObject({
      kind: 'pending',
      code: 'unknown-status',
      message: expect.stringMatching(/r-1.*`/),
      hint: expect.stringMatching(/is still open/),
      provider: { code: status },
    })
  },
)
