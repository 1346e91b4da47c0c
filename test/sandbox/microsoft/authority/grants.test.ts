import { ClientSecretCredential } from '@azure/identity'
import { describe, expect, test } from 'vitest'

import { tenantApp, tenantId } from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Tenant } from '../../../../sandbox/microsoft/tenant.ts'
import { armScope, askToken, claimsOf, clientId, openTenant, stepUp, withMfa } from '../fixture.ts'

const active =
  '/providers/Microsoft.Authorization/roleAssignmentScheduleInstances?api-version=2020-10-01&$filter=asTarget()'

describe('a device code', () => {
  const start = async ({ endpoints }: Tenant, more: Record<string, string> = {}) => {
    const url = `${endpoints.authority}/${tenantId}/oauth2/v2.0/devicecode`
    const body = new URLSearchParams({ client_id: clientId, scope: armScope, ...more })
    return (await (await fetch(url, { method: 'POST', body })).json()) as Record<string, string>
  }
  const poll = ({ endpoints }: Tenant, { device_code = '' }: Record<string, string>, more = {}) =>
    askToken(endpoints.authority, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: clientId,
      device_code,
      ...more,
    })

  test('is approved when it is asked after for the second time', async () => {
    const { tenant } = await openTenant()
    const code = await start(tenant)
    expect(await poll(tenant, code)).toMatchObject({ error: 'authorization_pending' })
    expect(claimsOf((await poll(tenant, code))['access_token'])).toMatchObject({ amr: ['pwd'] })
    expect(tenant.signIns).toBe(1)
  })

  test('meets MFA, but no authentication context', async () => {
    const { tenant } = await openTenant()
    const codes = [
      await start(tenant, { claims: withMfa }),
      await start(tenant, { claims: stepUp }),
    ]
    const answers = []
    for (const [index, claims] of [withMfa, stepUp].entries()) {
      const code = codes[index] ?? {}
      await poll(tenant, code)
      answers.push(await poll(tenant, code, { claims }))
    }
    expect(answers).toMatchObject([{ token_type: 'Bearer' }, { error: 'interaction_required' }])
  })

  test.each([
    ['wait', 'authorization_pending'],
    ['decline', 'authorization_declined'],
    ['expire', 'expired_token'],
  ] as const)('where the person is to %s, says %s', async (deviceAnswer, error) => {
    const { tenant } = await openTenant()
    tenant.deviceAnswer = deviceAnswer
    const code = await start(tenant)
    await poll(tenant, code)
    expect(await poll(tenant, code)).toMatchObject({ error })
    expect(tenant.signIns).toBe(0)
  })
})

describe('an application', () => {
  const form = { grant_type: 'client_credentials', client_id: tenantApp.clientId, scope: armScope }

  test('signs in by the library, and is no person', async () => {
    const { tenant, arm } = await openTenant()
    const credential = new ClientSecretCredential(
      tenantId,
      tenantApp.clientId,
      tenantApp.clientSecret,
      {
        authorityHost: tenant.endpoints.authority,
        disableInstanceDiscovery: true,
      },
    )
    const { token } = await credential.getToken(armScope)
    expect(claimsOf(token)).toMatchObject({ oid: tenantApp.id, idtyp: 'app' })
    expect(claimsOf(token)).not.toHaveProperty('scp')
    expect((await arm(active, { token })).body.value).toEqual([])
  })

  test.each([
    [
      'a wrong secret',
      { client_secret: 'wrong' },
      { error: 'invalid_client', error_codes: [7000215] },
    ],
    ['no such application', { client_id: 'other' }, { error_codes: [700016] }],
    ['an assertion', { client_assertion: 'a.b.c' }, { token_type: 'Bearer' }],
  ])('with %s is answered as such', async (_, more, expected) => {
    const { tenant } = await openTenant()
    expect(await askToken(tenant.endpoints.authority, { ...form, ...more })).toMatchObject(expected)
  })
})
