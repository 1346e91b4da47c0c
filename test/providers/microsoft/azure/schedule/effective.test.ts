import { describe, expect, test } from 'vitest'
import { minutes } from '../../../../../src/core/time/duration.ts'
import { openRoom } from '../fixture.ts'
import { never } from '../scripted.ts'

describe('whether it works', () => {
  test.each(['payments-prod/Contributor', 'payments-dev/Queue Operator', 'platform/Reader'])(
    '%s: by what ARM lets the caller do there',
    async (path) => {
      const { provider, tenant, elevate, advance } = await openRoom()
      tenant.propagationLag = 120
      const made = await elevate(path, { authenticationContext: 'c1' })
      expect(await provider.isEffective(made, undefined, never)).toBe(false)
      advance(minutes(3))
      expect(await provider.isEffective(made, undefined, never)).toBe(true)
    },
  )

  const except = ['Microsoft.Authorization/*/Write']
  const role = {
    actions: ['*'],
    notActions: except,
    dataActions: ['Q/read'],
    notDataActions: ['Q/x'],
  }

  test.each([
    ['the same', role, true],
    ['the same in other case', { ...role, dataActions: ['q/READ'] }, true],
    ['more', { ...role, actions: ['*', 'X/read'], notActions: [] }, true],
    ['fewer actions', { ...role, actions: ['*/read'] }, false],
    ['more exceptions', { ...role, notActions: [...except, 'X/*'] }, false],
    ['no action on data', { ...role, dataActions: [] }, false],
    ['more exceptions on data', { ...role, notDataActions: ['Q/x', 'Q/y'] }, false],
  ])('%s as the role allows: %j is %j', async (_, held, works) => {
    const { provider, tenant, elevate } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    const answer = (operation: string, body: unknown): void =>
      tenant.fail({ surface: 'arm', operation, status: 200, body })
    answer('role-definition', { properties: { permissions: [role] } })
    answer('permissions', { value: [{ actions: ['*/read'] }, held] })
    expect(await provider.isEffective(made, undefined, never)).toBe(works)
  })

  test.each([
    [{ value: [{ actions: ['X/read'] }] }, true],
    [{ value: [{ dataActions: ['X/read'] }] }, true],
    [{ value: [{ actions: [], junk: 1 }, 5, null] }, false],
    [{ value: [] }, false],
  ])('where the role cannot be read, any right does: %j is %j', async (body, works) => {
    const { provider, tenant, elevate } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    tenant.fail({
      surface: 'arm',
      operation: 'role-definition',
      code: 'AuthorizationFailed',
      status: 403,
    })
    tenant.fail({ surface: 'arm', operation: 'permissions', status: 200, body })
    expect(await provider.isEffective(made, undefined, never)).toBe(works)
  })

  test('who may not ask has no right yet; an ARM that is out of reach is an error', async () => {
    const { provider, tenant, elevate } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    tenant.fail({
      surface: 'arm',
      operation: 'permissions',
      code: 'AuthorizationFailed',
      status: 403,
    })
    expect(await provider.isEffective(made, undefined, never)).toBe(false)
    tenant.fail({ surface: 'arm', operation: 'permissions', code: 'Throttled', status: 429 })
    await expect(provider.isEffective(made, undefined, never)).rejects.toMatchObject({
      kind: 'unavailable',
      target: made.target,
    })
  })
})
