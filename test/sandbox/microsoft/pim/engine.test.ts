import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'

import {
  after,
  hours,
  minutes,
  seconds,
  toIsoDuration,
} from '../../../../src/core/time/duration.ts'
import { activate } from '../../../../sandbox/microsoft/pim/activate.ts'
import type { ActivationWish } from '../../../../sandbox/microsoft/pim/activate.ts'
import { decide } from '../../../../sandbox/microsoft/pim/decide.ts'
import { cancel, deactivate } from '../../../../sandbox/microsoft/pim/end.ts'
import { readSchedule } from '../../../../sandbox/microsoft/pim/schedule.ts'
import { isInForce, isListed, statusOf } from '../../../../sandbox/microsoft/pim/state.ts'
import type { PimRequest, PimSettings, PimState } from '../../../../sandbox/microsoft/pim/state.ts'
import { TenantError } from '../../../../sandbox/microsoft/server/error.ts'
import {
  sandboxPolicy,
  tenantAlice,
  tenantEligibilities,
  tenantSeed,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../../../sandbox/microsoft/seed/model.ts'

const noon = new Date('2026-03-01T12:00:00Z')
const alice = { id: tenantAlice.id, amr: ['pwd'], acrs: [], capabilities: [] }
const kinds = [
  ['azure', tenantEligibilities.prodContributor],
  ['entra', tenantEligibilities.userAdministrator],
  ['group', tenantEligibilities.secOpsMember],
] as const

let now: Date
let count: number
beforeEach(() => {
  now = noon
  count = 0
})

function stateWith(settings: Partial<PimSettings> = {}, eligibilities?: Eligibility[]): PimState {
  const lags = { provisioningLag: 0, listingLag: 0, propagationLag: 0 }
  const none = { ...lags, policyFailures: undefined, approveAfter: undefined }
  const seed = { ...tenantSeed, eligibilities: eligibilities ?? tenantSeed.eligibilities }
  return {
    seed: () => seed,
    now: () => now,
    settings: { ...none, ...settings },
    requests: [],
    forced: [],
  }
}

function wishFor(one: Eligibility, duration = 'PT1H', startsIn?: number): ActivationWish {
  const { kind, roleId, scope } = one
  count += 1
  return {
    kind,
    roleId,
    scope,
    id: `request-${count}`,
    principalId: tenantAlice.id,
    justification: 'why',
    ticketNumber: undefined,
    ticketSystem: undefined,
    linkedSchedule: undefined,
    schedule: readSchedule({
      startDateTime: startsIn === undefined ? null : after(now, seconds(startsIn)).toISOString(),
      expiration: { type: 'AfterDuration', duration },
    }),
  }
}

function codeOf(act: () => PimRequest, state: PimState): string {
  try {
    return statusOf(act(), state)
  } catch (error) {
    if (error instanceof TenantError) return error.code
    throw error
  }
}

const advance = (count: number) => (now = after(now, seconds(count)))

describe.each(kinds)('%s', (_, one) => {
  test.each([
    [0, 'RoleAssignmentDoesNotExist'],
    [59, 'RoleAssignmentDoesNotExist'],
    [60, 'ActiveDurationTooShort'],
    [299, 'ActiveDurationTooShort'],
    [300, 'Revoked'],
    [3599, 'Revoked'],
    [3600, 'RoleAssignmentDoesNotExist'],
  ])('giving back %i seconds after the start answers %s', (age, expected) => {
    const state = stateWith()
    activate(wishFor(one), alice, state)
    advance(age)
    expect(codeOf(() => deactivate(wishFor(one), alice, state), state)).toBe(expected)
  })

  test.each([
    [0, 'RoleAssignmentExists'],
    [119, 'RoleAssignmentExists'],
    [120, 'Provisioned'],
  ])('activating %i seconds after giving back answers %s', (age, expected) => {
    const state = stateWith()
    activate(wishFor(one), alice, state)
    advance(300)
    deactivate(wishFor(one), alice, state)
    advance(age)
    expect(codeOf(() => activate(wishFor(one), alice, state), state)).toBe(expected)
  })

  test.each([
    ['while it is active', undefined, 'RoleAssignmentExists'],
    ['before it ends', 3599, 'RoleAssignmentExists'],
    ['when it ends', 3600, 'Granted'],
  ])('a second activation that begins %s answers %s', (_when, startsIn, expected) => {
    const state = stateWith()
    activate(wishFor(one), alice, state)
    expect(codeOf(() => activate(wishFor(one, 'PT1H', startsIn), alice, state), state)).toBe(
      expected,
    )
  })

  test('one that ends before another begins is let through', () => {
    const state = stateWith()
    activate(wishFor(one, 'PT1H', 7200), alice, state)
    expect(codeOf(() => activate(wishFor(one, 'PT2H'), alice, state), state)).toBe('Provisioned')
  })
})

const { prodContributor } = tenantEligibilities
const approved = (one: Eligibility): Eligibility => ({
  ...one,
  policy: sandboxPolicy({ approvalStages: [['somebody']] }),
})

test.each([
  [0, ['PendingProvisioning', false, false]],
  [29, ['PendingProvisioning', false, false]],
  [30, ['Provisioned', false, false]],
  [60, ['Provisioned', true, false]],
  [90, ['Provisioned', true, true]],
  [3600, ['Provisioned', false, false]],
])('%i seconds after an activation, with every lag', (age, expected) => {
  const state = stateWith({ provisioningLag: 30, listingLag: 60, propagationLag: 90 })
  const request = activate(wishFor(prodContributor), alice, state)
  advance(age)
  expect([statusOf(request, state), isListed(request, state), isInForce(request, state)]).toEqual(
    expected,
  )
})

test('nothing can be given back before it is provisioned', () => {
  const state = stateWith({ provisioningLag: 900 })
  activate(wishFor(prodContributor), alice, state)
  advance(600)
  expect(codeOf(() => deactivate(wishFor(prodContributor), alice, state), state)).toBe(
    'RoleAssignmentDoesNotExist',
  )
})

test.each([
  ['nobody', 86_399, 'PendingApproval'],
  ['nobody', 86_400, 'TimedOut'],
  ['approve', 0, 'Provisioned'],
  ['deny', 0, 'Denied'],
  ['cancel', 0, 'Canceled'],
] as const)('a request that %s decides on says %i seconds later %s', (who, age, expected) => {
  const one = approved(prodContributor)
  const state = stateWith({}, [one])
  const request = activate(wishFor(one), alice, state)
  if (who === 'cancel') cancel(request, alice, state)
  else if (who !== 'nobody') decide(request.id, who, undefined, state)
  advance(age)
  expect(statusOf(request, state)).toBe(expected)
})

test('a day without a decision makes room for another request', () => {
  const one = approved(prodContributor)
  const state = stateWith({}, [one])
  activate(wishFor(one), alice, state)
  expect(codeOf(() => activate(wishFor(one), alice, state), state)).toBe(
    'PendingRoleAssignmentRequest',
  )
  advance(86_400)
  expect(codeOf(() => activate(wishFor(one), alice, state), state)).toBe('PendingApproval')
})

test.each(['Provisioned', 'PendingAdminDecision', 'Failed', 'SomethingNew'])(
  'a status that is wished for is told until it is settled: %s',
  (status) => {
    const state = stateWith()
    state.forced.push({ surface: 'graph', status: 'Invalid' }, { surface: 'arm', status })
    const request = activate(wishFor(prodContributor), alice, state)
    advance(60)
    expect(statusOf(request, state)).toBe(status)
    expect(isInForce(request, state)).toBe(status === 'Provisioned')
    expect(state.forced).toEqual([{ surface: 'graph', status: 'Invalid' }])
  },
)

test.each([
  ['starts', { startsAt: after(noon, minutes(1)) }],
  ['is over', { endsAt: noon }],
])('an eligibility counts for nothing before it %s', (_, differences) => {
  const state = stateWith({}, [{ ...prodContributor, ...differences }])
  expect(codeOf(() => activate(wishFor(prodContributor), alice, state), state)).toBe(
    'RoleAssignmentDoesNotExist',
  )
})

test('no activation outlives what the policy allows', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 300, max: 90_000 }),
      (asked, longest) => {
        const policy = sandboxPolicy({ maxDuration: seconds(longest) })
        const state = stateWith({}, [{ ...prodContributor, policy }])
        const answer = codeOf(
          () => activate(wishFor(prodContributor, toIsoDuration(seconds(asked))), alice, state),
          state,
        )
        const expected =
          asked < 300
            ? 'ActiveDurationTooShort'
            : asked > longest
              ? 'RoleAssignmentRequestPolicyValidationFailed'
              : 'Provisioned'
        expect(answer).toBe(expected)
      },
    ),
  )
})

test('an end that is named is kept to the second', () => {
  const state = stateWith()
  const end = after(noon, hours(2)).toISOString()
  const schedule = readSchedule({ expiration: { type: 'afterDateTime', endDateTime: end } })
  const request = activate({ ...wishFor(prodContributor), schedule }, alice, state)
  advance(7199)
  expect(isListed(request, state)).toBe(true)
  advance(1)
  expect(isListed(request, state)).toBe(false)
})
