import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { PimError } from '../../../../src/core/errors.ts'
import {
  activationError,
  activationOf,
  arrivedBefore,
  progressOf,
  requestIdOf,
} from '../../../../src/providers/microsoft/pim/activation.ts'
import type { RequestAnswer } from '../../../../src/providers/microsoft/pim/request-answer.ts'
import { hours, later, minutes, noon } from '../../../core/sample-elevations.ts'

const answer = (differences: Partial<RequestAnswer> = {}): RequestAnswer => ({
  id: 'r-1',
  status: 'Provisioned',
  startsAt: noon,
  expiresAt: later(hours(1)),
  approvalId: undefined,
  ...differences,
})

const asked = { plan: { duration: hours(1) }, now: noon, clockAheadMs: 0, facts: { scope: '/' } }
const inAnHour = { startsAt: later(hours(1)), expiresAt: later(hours(2)) }

function refused(code: string): PimError {
  return new PimError('refused', 'whatever', 'no', { provider: { code, status: 400 } })
}

describe('an activation', () => {
  test('is in force for as long as the answer says', () => {
    const end = later(minutes(30))
    expect(activationOf(answer({ expiresAt: end }), asked)).toEqual({
      state: 'active',
      startsAt: noon,
      expiresAt: end,
      accessEndsAt: end,
      providerRequestId: 'r-1',
      clockAheadMs: 0,
      notices: [],
      facts: { scope: '/' },
    })
  })

  test('without times in the answer, is as asked for, by the clock of the provider', () => {
    const bare = answer({ startsAt: undefined, expiresAt: undefined })
    const ahead = { ...asked, clockAheadMs: 60_000 }
    expect(activationOf(bare, ahead)).toMatchObject({
      startsAt: later(minutes(1)),
      expiresAt: later(minutes(61)),
    })
  })

  test.each([
    ['Granted', {}, 'provisioning'],
    ['Granted', inAnHour, 'scheduled'],
    ['ScheduleCreated', inAnHour, 'scheduled'],
    ['PendingProvisioning', inAnHour, 'scheduled'],
    ['PendingProvisioning', {}, 'provisioning'],
    ['PendingApproval', {}, 'pending-approval'],
    ['PendingApproval', inAnHour, 'pending-approval'],
  ] as [string, Partial<typeof inAnHour>, string][])(
    'that is %s with %j is %s',
    (status, times, state) => {
      const start = times.startsAt
      const plan = { ...asked.plan, ...(start !== undefined && { start }) }
      expect(activationOf(answer({ status, ...times }), { ...asked, plan }).state).toBe(state)
    },
  )

  test('that came to nothing is thrown', () => {
    expect(() => activationOf(answer({ status: 'denied' }), asked)).toThrow(
      expect.objectContaining({ kind: 'refused', code: 'denied' }),
    )
  })
})

describe('the progress of a request that is not listed as active', () => {
  test.each([
    ['Provisioned', {}, 'provisioning'],
    ['Provisioned', { expiresAt: noon }, 'expired'],
    ['Granted', inAnHour, 'scheduled'],
    ['Granted', { startsAt: undefined }, 'scheduled'],
    ['PendingApproval', {}, 'pending-approval'],
    ['AdminDenied', {}, 'denied'],
    ['TimedOut', {}, 'failed'],
    ['Revoked', {}, 'released'],
    ['Canceled', {}, 'canceled'],
  ])('with %s and %j is %s', (status, differences, state) => {
    expect(progressOf(answer({ status, ...differences }), noon)).toMatchObject({ state, status })
  })

  test('an unknown status is thrown, and the request stands', () => {
    expect(() => progressOf(answer({ status: 'Odd' }), noon)).toThrow(
      expect.objectContaining({ kind: 'pending', code: 'unknown-status' }),
    )
  })
})

describe('what an error means to an activation', () => {
  test.each([
    ['RoleAssignmentDoesNotExist', 'refused', 'not-eligible'],
    ['ActiveDurationTooShort', 'usage', 'duration-too-short'],
  ])('%s is %s, %s', (code, kind, pimCode) => {
    const error = refused(code)
    expect(activationError(error)).toMatchObject({
      kind,
      code: pimCode,
      provider: { code, status: 400 },
      hint: expect.stringMatching(/\S/),
      cause: error,
    })
  })

  test('any other stays itself', () => {
    for (const error of [refused('RoleAssignmentExists'), new Error('else'), undefined]) {
      expect(activationError(error)).toBe(error)
    }
  })

  test('a request that is there already means that an earlier try arrived', () => {
    expect(arrivedBefore(refused('RoleAssignmentRequestExists'))).toBe(true)
    expect(arrivedBefore(refused('roleAssignmentScheduleRequestExists'))).toBe(true)
    expect(arrivedBefore(refused('RoleAssignmentExists'))).toBe(false)
    expect(arrivedBefore(new Error('RoleAssignmentRequestExists'))).toBe(false)
  })
})

test('the name of a request is a GUID, the same for the same elevation and purpose only', () => {
  const guid = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(requestIdOf(one)).toMatch(guid)
      expect(requestIdOf(one)).toBe(requestIdOf(one))
      expect(requestIdOf(one) === requestIdOf(other)).toBe(one === other)
      expect(requestIdOf(one)).not.toBe(requestIdOf(one, 'release'))
    }),
  )
})
