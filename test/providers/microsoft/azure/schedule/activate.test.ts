import { describe, expect, test } from 'vitest'
import { minutes } from '../../../../../src/core/time/duration.ts'
import { activate } from '../../../../../src/providers/microsoft/azure/schedule/activate.ts'
import { discover } from '../../../../../src/providers/microsoft/azure/discover.ts'
import { requestIdOf } from '../../../../../src/providers/microsoft/pim/activation.ts'
import {
  armScopes,
  tenantAlice,
  tenantEligibilities,
} from '../../../../../sandbox/microsoft/seed/seed.ts'
import { hours, later, noon } from '../../../../core/sample-elevations.ts'
import { openRoom, type Room } from '../fixture.ts'
import { eligible, lists, never, prod, scripted } from '../scripted.ts'

const name = requestIdOf('0123456789ab')

function lastPut({ tenant }: Room): unknown {
  return tenant.calls.findLast(({ method }) => method === 'PUT')?.request
}

describe('an activation', () => {
  test('asks for exactly what the plan says, as the caller, with the schedule of the eligibility', async () => {
    const room = await openRoom()
    const target = await room.target('payments-prod/Contributor')
    const activation = await room.provider.activate(
      room.attempt(target, { duration: minutes(90), justification: 'restart the queue' }),
    )
    expect(lastPut(room)).toEqual({
      properties: {
        principalId: tenantAlice.id,
        roleDefinitionId: target.reference?.roleDefinitionId,
        requestType: 'SelfActivate',
        linkedRoleEligibilityScheduleId: expect.stringMatching(
          new RegExp(
            `^${armScopes.paymentsProd.id}/.*${tenantEligibilities.prodContributor.scheduleId}$`,
          ),
        ),
        justification: 'restart the queue',
        ticketInfo: { ticketNumber: 'OPS-1', ticketSystem: 'JIRA' },
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H30M' } },
      },
    })
    expect(activation).toEqual({
      state: 'active',
      startsAt: noon,
      expiresAt: later(minutes(90)),
      accessEndsAt: later(minutes(90)),
      providerRequestId: name,
      clockAheadMs: 0,
      notices: [],
      facts: {
        tenantId: expect.any(String),
        scope: armScopes.paymentsProd.id,
        roleDefinitionId: target.reference?.roleDefinitionId,
        principalId: tenantAlice.id,
        eligibilityScheduleId: target.reference?.eligibilityScheduleId,
        roleAssignmentScheduleId: expect.any(String),
      },
    })
  })

  test("through a group is the caller's own", async () => {
    const room = await openRoom()
    await room.elevate('platform/Reader')
    expect(lastPut(room)).toMatchObject({ properties: { principalId: tenantAlice.id } })
  })

  test("starts and ends by the clock of the provider, whatever this machine's says", async () => {
    const room = await openRoom()
    room.tenant.skewSeconds = 600
    const made = await room.elevate('payments-prod/Contributor')
    expect(made).toMatchObject({ clockAheadMs: 600_000, startsAt: later(minutes(10)) })
  })

  test('at a narrower scope goes there, with the schedule from above', async () => {
    const room = await openRoom()
    const made = await room.elevate('payments-prod/rg-web/Contributor')
    expect(made).toMatchObject({ state: 'active', scope: armScopes.rgWeb.id })
    expect(room.tenant.requests.map(({ scope }) => scope)).toEqual([armScopes.rgWeb.id])
    expect(lastPut(room)).toMatchObject({
      properties: {
        linkedRoleEligibilityScheduleId: expect.stringContaining(armScopes.paymentsProd.id),
      },
    })
  })

  test('carries over the condition of the eligibility', async () => {
    const { attempt } = await openRoom()
    const more = { condition: '@Resource[x]', conditionVersion: '2.0' }
    const { client, requests } = scripted({
      [lists.eligible]: [eligible({ more })],
      [lists.active]: [],
      [`${prod}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/${name}`]: {
        properties: { status: 'Provisioned' },
      },
    })
    const [target] = (await discover(client, () => noon, never)).targets
    if (target === undefined) throw new Error('nothing is listed')
    await activate(attempt(target), client, { now: () => noon, sleep: async () => undefined })
    expect(requests.at(-1)).toMatchObject({ method: 'PUT', body: { properties: more } })
  })

  test('that is refused at a narrower scope is not tried at a wider one', async () => {
    const room = await openRoom()
    const target = await room.target(`${armScopes.rgWeb.id}/Reader`)
    room.asked()
    await expect(room.provider.activate(room.attempt(target))).rejects.toMatchObject({
      kind: 'refused',
      provider: { code: 'AuthorizationFailed' },
      target: 'azure:payments-prod/rg-web/Reader',
      hint: expect.stringMatching(/able to read.*managementGroups\/platform/),
    })
    expect(room.asked()).toEqual(['activate'])
    expect(room.tenant.requests).toEqual([])
  })

  test('meets the authentication context that the plan names', async () => {
    const room = await openRoom()
    const target = await room.target('payments-prod/User Access Administrator')
    const { authenticationContext } = await room.provider.requirements(target, never)
    expect(authenticationContext).toBe('c1')
    const plain = room.attempt(target)
    await expect(room.provider.activate(plain)).rejects.toMatchObject({ kind: 'sign-in' })
    const met = room.attempt(target, { authenticationContext: 'c1' })
    expect(await room.provider.activate(met)).toMatchObject({ state: 'active' })
  })

  test('whose answer was lost is found again by its name, and not made twice', async () => {
    const room = await openRoom()
    const target = await room.target('payments-dev/Contributor')
    const first = await room.provider.activate(room.attempt(target))
    room.asked()
    expect(await room.provider.activate(room.attempt(target))).toEqual(first)
    expect(room.asked()).toEqual(['activate', 'read-request'])
    expect(room.tenant.requests).toHaveLength(1)
  })

  test('that waits for an approver says so', async () => {
    const room = await openRoom()
    const made = await room.elevate('payments-dev/Contributor')
    expect(made).toMatchObject({ state: 'pending-approval', providerRequestId: name })
  })

  test.each([
    ['Granted', 'provisioning'],
    ['PENDINGPROVISIONING', 'provisioning'],
    ['AdminApproved', 'provisioning'],
    ['PendingMoonPhase', 'provisioning'],
  ])('that is %s is %s', async (status, state) => {
    const room = await openRoom()
    room.tenant.answerNext({ surface: 'arm', status })
    expect(await room.elevate('payments-prod/Contributor')).toMatchObject({ state })
  })

  test.each([
    ['Denied', 'refused', 'denied'],
    ['FailedAsResourceIsLocked', 'refused', 'resource-locked'],
    ['TimedOut', 'unavailable', 'activation-timed-out'],
  ])('that is %s is thrown as %s, %s', async (status, kind, code) => {
    const room = await openRoom()
    room.tenant.answerNext({ surface: 'arm', status })
    const expected = { kind, code, target: 'azure:payments-prod/Contributor' }
    await expect(room.elevate('payments-prod/Contributor')).rejects.toMatchObject(expected)
  })
})

describe('what the cloud refuses', () => {
  test.each([
    ['RoleAssignmentExists', 400, 'unavailable', 'still-settling'],
    ['PendingRoleAssignmentRequest', 400, 'pending', 'request-pending'],
    ['RoleAssignmentDoesNotExist', 400, 'refused', 'not-eligible'],
    ['ActiveDurationTooShort', 400, 'usage', 'duration-too-short'],
    ['AadPremiumLicenseRequired', 400, 'refused', 'license-missing'],
  ])('with %s (%i) is %s, %s', async (wire, status, kind, code) => {
    const room = await openRoom()
    const target = await room.target('payments-prod/Contributor')
    room.tenant.fail({ surface: 'arm', operation: 'activate', code: wire, status })
    await expect(room.provider.activate(room.attempt(target))).rejects.toMatchObject({
      kind,
      code,
      target: 'azure:payments-prod/Contributor',
      hint: expect.stringMatching(/\S/),
      provider: { code: wire },
    })
  })

  test('an answer that cannot be read is no activation', async () => {
    const room = await openRoom()
    const target = await room.target('payments-prod/Contributor')
    for (const body of [
      {},
      { properties: {} },
      { properties: { status: 'Provisioned', scheduleInfo: { startDateTime: 'soon' } } },
    ]) {
      room.tenant.fail({ surface: 'arm', operation: 'activate', status: 201, body })
      await expect(room.provider.activate(room.attempt(target))).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'unreadable-answer',
      })
    }
  })
})

describe('a check at the provider', () => {
  test('makes no request', async () => {
    const room = await openRoom()
    const target = await room.target('payments-dev/Contributor')
    room.asked()
    await room.provider.validate?.(room.attempt(target))
    expect(room.asked()).toEqual(['validate'])
    expect(room.tenant.requests).toEqual([])
  })

  test('throws what the activation would', async () => {
    const room = await openRoom()
    const target = await room.target('payments-dev/Owner')
    const tooLong = room.attempt(target, { duration: hours(2) })
    await expect(room.provider.validate?.(tooLong)).rejects.toMatchObject({
      kind: 'refused',
      code: 'duration-refused',
      target: 'azure:payments-dev/Owner',
    })
  })
})
