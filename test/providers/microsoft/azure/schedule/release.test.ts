import { describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../../../../src/core/time/duration.ts'
import { hours, later } from '../../../../core/sample-elevations.ts'
import { openRoom } from '../fixture.ts'
import { never } from '../scripted.ts'

describe('giving back', () => {
  test('is possible five minutes after the start, and not before', async () => {
    const { provider, tenant, elevate, advance } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    // Not known yet, then too young, then too young still.
    for (const more of [30, 50, 100]) {
      advance(seconds(more))
      expect(await provider.release(made, never)).toMatchObject({
        state: 'not-yet',
        possibleAt: later(seconds(305)),
      })
    }
    advance(seconds(125))
    expect(await provider.release(made, never)).toEqual({ state: 'released' })
    expect(tenant.calls.findLast(({ method }) => method === 'PUT')?.request).toEqual({
      properties: {
        principalId: made.facts.principalId,
        roleDefinitionId: made.facts.roleDefinitionId,
        requestType: 'SelfDeactivate',
      },
    })
    expect(tenant.requests.map(({ action }) => action)).toEqual(['SelfActivate', 'SelfDeactivate'])
  })

  test('what is not active any more counts as given back', async () => {
    const { provider, elevate, advance } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    advance(hours(2))
    expect(await provider.release(made, never)).toEqual({ state: 'released' })
  })

  test('twice is given back, also where the first answer was lost', async () => {
    const { provider, elevate, advance } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    advance(minutes(6))
    expect(await provider.release(made, never)).toEqual({ state: 'released' })
    expect(await provider.release(made, never)).toEqual({ state: 'released' })
  })

  test('what an approver made active only just now is not taken for given back', async () => {
    const { provider, tenant, elevate, advance } = await openRoom()
    const made = await elevate('payments-dev/Contributor')
    advance(minutes(20))
    tenant.decide(made.providerRequestId ?? '', 'approve')
    advance(seconds(30))
    expect(await provider.release(made, never)).toMatchObject({
      state: 'not-yet',
      possibleAt: later(seconds(20 * 60 + 305)),
    })
  })
})
