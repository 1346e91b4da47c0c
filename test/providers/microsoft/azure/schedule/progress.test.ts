import { describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../../../../src/core/time/duration.ts'
import { hours, later, noon } from '../../../../core/sample-elevations.ts'
import { discover } from '../../../../../src/providers/microsoft/azure/discover.ts'
import { current } from '../../../../../src/providers/microsoft/azure/schedule/progress.ts'
import { openRoom } from '../fixture.ts'
import { active, eligible, lists, never, prod, refusal, scripted } from '../scripted.ts'

describe('what is active now', () => {
  test('is nothing before, and what was activated after, whoever asks', async () => {
    const { provider, elevate, target } = await openRoom()
    const wanted = await target('payments-prod/Contributor')
    expect(await provider.current(wanted, never)).toBeUndefined()
    const made = await elevate('payments-prod/Contributor')
    expect(await provider.current(wanted, never)).toEqual({
      path: 'payments-prod/Contributor',
      startsAt: noon,
      expiresAt: made.expiresAt,
      facts: expect.objectContaining({ scope: wanted.scope, principalId: made.facts.principalId }),
    })
    expect(await provider.current(await target('payments-dev/Owner'), never)).toBeUndefined()
  })

  test('at a narrower scope is not active at the wider one, nor the other way round', async () => {
    const { provider, elevate, target } = await openRoom()
    await elevate('payments-prod/rg-web/Contributor')
    const wide = await target('payments-prod/Contributor')
    const narrow = await target('payments-prod/rg-web/Contributor')
    expect(await provider.current(wide, never)).toBeUndefined()
    expect(await provider.current(narrow, never)).toMatchObject({
      path: 'payments-prod/rg-web/Contributor',
    })
  })

  test('is looked for at its scope where the whole list is empty, whatever else that scope says', async () => {
    const arm = (at: unknown) =>
      scripted({
        [lists.eligible]: [eligible()],
        [lists.active]: [],
        [`${prod}${lists.active}`]: at,
      }).client
    const [listed] = (await discover(arm([]), () => noon, never)).targets
    if (listed === undefined) throw new Error('nothing is listed')
    const ask = (at: unknown) => current(listed, arm(at), () => noon, never)
    expect(await ask([active()])).toMatchObject({ path: listed.path, startsAt: noon })
    for (const at of [[], refusal('AuthorizationFailed', 403), refusal('ServerError', 500)]) {
      expect(await ask(at)).toBeUndefined()
    }
  })

  test('is not what was assigned for good', async () => {
    const { provider } = await openRoom()
    expect((await provider.discover(never)).active).toEqual([])
  })
})

describe('the progress of an elevation', () => {
  test('is active once it is listed, and before that on its way', async () => {
    const { provider, tenant, elevate, advance } = await openRoom()
    tenant.listingLag = 60
    const made = await elevate('payments-prod/Contributor')
    expect(await provider.progress(made, never)).toMatchObject({
      state: 'provisioning',
      status: 'Provisioned',
    })
    advance(seconds(61))
    expect(await provider.progress(made, never)).toEqual({
      state: 'active',
      status: 'Provisioned',
      clockAheadMs: 0,
      startsAt: noon,
      expiresAt: later(hours(1)),
    })
  })

  test('starts anew with the approval', async () => {
    const { provider, tenant, elevate, advance } = await openRoom()
    const made = await elevate('payments-dev/Contributor')
    expect(await provider.progress(made, never)).toMatchObject({ state: 'pending-approval' })
    advance(minutes(10))
    tenant.decide(made.providerRequestId ?? '', 'approve', 'fine')
    expect(await provider.progress(made, never)).toMatchObject({
      state: 'active',
      startsAt: later(minutes(10)),
    })
  })

  test('is denied, with the reason where it can be read', async () => {
    const { provider, tenant, elevate } = await openRoom()
    const made = await elevate('payments-dev/Contributor')
    tenant.decide(made.providerRequestId ?? '', 'deny', 'not today')
    expect(await provider.progress(made, never)).toMatchObject({
      state: 'denied',
      status: 'Denied',
    })
    tenant.fail({
      surface: 'arm',
      path: '/stages',
      status: 200,
      body: { value: [{ properties: { reviewResult: 'Deny', justification: 'not today' } }] },
    })
    expect(await provider.progress(made, never)).toMatchObject({ reason: 'not today' })
  })

  test.each([
    ['TimedOut', 'failed'],
    ['Canceled', 'canceled'],
    ['revoked', 'released'],
    ['ProvisioningStarted', 'provisioning'],
  ])('with %s is %s', async (status, state) => {
    const { provider, tenant, elevate } = await openRoom()
    const made = await elevate('payments-dev/Contributor')
    tenant.settle(made.providerRequestId ?? '', status)
    expect(await provider.progress(made, never)).toMatchObject({ state, status })
  })

  test('is found in the list of own requests where the request may not be read by its name', async () => {
    const { provider, tenant, elevate, asked } = await openRoom()
    const made = await elevate('payments-dev/Contributor')
    asked()
    tenant.fail({
      surface: 'arm',
      operation: 'read-request',
      code: 'InsufficientPermissions',
      status: 400,
    })
    expect(await provider.progress(made, never)).toMatchObject({ state: 'pending-approval' })
    expect(asked().toSorted()).toEqual(['list-requests', 'read-request'])
  })

  test('that can be looked at nowhere is what it was, but not active', async () => {
    const { provider, tenant, elevate, advance } = await openRoom()
    tenant.listingLag = 7200
    const made = await elevate('payments-prod/Contributor')
    const hide = (): void => {
      for (const operation of ['read-request', 'list-requests']) {
        tenant.fail({ surface: 'arm', operation, code: 'AuthorizationFailed', status: 403 })
      }
    }
    hide()
    expect(await provider.progress(made, never)).toMatchObject({ state: 'provisioning' })
    advance(hours(1))
    hide()
    expect(await provider.progress(made, never)).toMatchObject({ state: 'expired' })
  })

  test('is an error that names the target where ARM is out of reach', async () => {
    const { provider, tenant, elevate } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    tenant.fail({ surface: 'arm', operation: 'list-active', code: 'ServerTimeout', status: 503 })
    await expect(provider.progress(made, never)).rejects.toMatchObject({
      kind: 'unavailable',
      target: made.target,
    })
  })
})
