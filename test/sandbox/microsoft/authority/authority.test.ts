import { createHash } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { minutes } from '../../../../src/core/time/duration.ts'
import { tenantBob, tenantId } from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Tenant } from '../../../../sandbox/microsoft/tenant.ts'
import {
  armScope,
  askToken,
  claimsOf,
  clientId,
  cp1,
  graphScope,
  openTenant,
  stepUp,
  withMfa,
} from '../fixture.ts'

const active =
  '/providers/Microsoft.Authorization/roleAssignmentScheduleInstances?api-version=2020-10-01&$filter=asTarget()'
const challenge = createHash('sha256').update('verifier').digest('base64url')
const wanted: Record<string, string> = {
  client_id: clientId,
  response_type: 'code',
  redirect_uri: 'http://localhost:1/',
  scope: armScope,
  state: 'state of mine',
  code_challenge: challenge,
  code_challenge_method: 'S256',
}

async function authorize(tenant: Tenant, differences: Record<string, string> = {}) {
  const url = `${tenant.endpoints.authority}/${tenantId}/oauth2/v2.0/authorize`
  const query = new URLSearchParams({ ...wanted, ...differences })
  const answer = await fetch(`${url}?${query.toString()}`, { redirect: 'manual' })
  const location = answer.headers.get('location')
  const back = location === null ? {} : Object.fromEntries(new URL(location).searchParams)
  return { status: answer.status, back: back as Record<string, string> }
}

const redeem = (tenant: Tenant, code: string, verifier = 'verifier') =>
  askToken(tenant.endpoints.authority, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: 'http://localhost:1/',
    code,
    code_verifier: verifier,
  })

const refresh = (tenant: Tenant, refresh_token: string, more: Record<string, string> = {}) =>
  askToken(tenant.endpoints.authority, {
    grant_type: 'refresh_token',
    client_id: clientId,
    scope: armScope,
    refresh_token,
    ...more,
  })

describe('the browser', () => {
  test('comes back with a code for one use, and with the state', async () => {
    const { tenant } = await openTenant()
    const { status, back } = await authorize(tenant)
    expect([status, back['state']]).toEqual([302, 'state of mine'])
    const code = back['code'] ?? ''
    const tokens = await redeem(tenant, code)
    expect(claimsOf(tokens['id_token'])).toMatchObject({
      aud: clientId,
      preferred_username: 'alice@sandbox.example',
    })
    expect(await redeem(tenant, code)).toMatchObject({
      error: 'invalid_grant',
      error_codes: [70008],
    })
  })

  test.each([
    ['no challenge', { code_challenge: '' }, 'invalid_request', 'AADSTS9002325'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request', 'AADSTS9002325'],
    ['an unknown scope', { scope: 'Nothing.Read' }, 'invalid_scope', 'AADSTS70011'],
    ['two resources', { scope: `${armScope} User.Read` }, 'invalid_scope', 'AADSTS70011'],
    ['broken claims', { claims: '{' }, 'invalid_request', 'AADSTS50148'],
    ['nobody to ask', { prompt: 'none', claims: stepUp }, 'interaction_required', 'AADSTS50076'],
    ['no consent', { scope: 'Group.Read.All' }, 'consent_required', 'AADSTS65001'],
  ])('comes back with an error for %s', async (_, differences, error, number) => {
    const { tenant } = await openTenant()
    tenant.withheldScopes = ['Group.Read.All']
    const { back } = await authorize(tenant, differences)
    expect(back).toMatchObject({
      error,
      error_description: expect.stringMatching(`^${number}: `),
      state: 'state of mine',
    })
    expect(tenant.signIns).toBe(0)
  })

  test('is sent nowhere but to this machine', async () => {
    const { tenant } = await openTenant()
    const { status, back } = await authorize(tenant, { redirect_uri: 'https://example.com/' })
    expect([status, back]).toEqual([400, {}])
  })

  test('is somebody else where that is hinted at, or wished', async () => {
    const { tenant, signIn } = await openTenant()
    const bob = await signIn({ hint: tenantBob.userPrincipalName })
    tenant.signsIn = tenantBob
    const wished = await redeem(tenant, (await authorize(tenant)).back['code'] ?? '')
    expect([bob, wished].map((one) => claimsOf(one['access_token'])['oid'])).toEqual([
      tenantBob.id,
      tenantBob.id,
    ])
  })
})

test.each([
  ['another verifier', 'other', [50148]],
  ['an old code', 'verifier', [70008]],
])('gives no token for %s', async (_, verifier, error_codes) => {
  const { tenant, advance } = await openTenant()
  const { back } = await authorize(tenant)
  if (verifier === 'verifier') advance(minutes(10).seconds)
  expect(await redeem(tenant, back['code'] ?? '', verifier)).toMatchObject({ error_codes })
})

describe('a refresh', () => {
  test('keeps what the sign-in met, and cannot meet more', async () => {
    const { tenant, signIn } = await openTenant()
    const plain = (await signIn())['refresh_token'] ?? ''
    for (const claims of [stepUp, withMfa]) {
      expect(await refresh(tenant, plain, { claims })).toMatchObject({
        error: 'interaction_required',
        suberror: 'basic_action',
        error_codes: [50076],
        claims,
      })
    }
    const stepped = (await signIn({ claims: stepUp }))['refresh_token'] ?? ''
    const { access_token: token } = await refresh(tenant, stepped, { scope: graphScope })
    expect(claimsOf(token)).toMatchObject({ acrs: ['c1'], amr: ['pwd', 'mfa'] })
    expect(claimsOf(token)).not.toHaveProperty('xms_cc')
  })

  test.each([
    ['another client', { client_id: 'other' }, { error_codes: [9002313] }],
    [
      'a scope nobody consented to',
      { scope: 'Group.Read.All' },
      { error: 'invalid_grant', suberror: 'consent_required' },
    ],
  ])('is refused for %s', async (_, more, expected) => {
    const { tenant, signIn } = await openTenant()
    tenant.withheldScopes = ['Group.Read.All']
    const token = (await signIn())['refresh_token'] ?? ''
    expect(await refresh(tenant, token, more)).toMatchObject(expected)
  })

  test('ends with the sign-ins', async () => {
    const { tenant, signIn } = await openTenant()
    const { refresh_token: old = '' } = await signIn()
    tenant.revokeSignIns()
    expect(await refresh(tenant, old)).toMatchObject({
      error: 'invalid_grant',
      error_codes: [50173],
    })
    const { refresh_token: fresh = '' } = await signIn()
    expect(await refresh(tenant, fresh)).toHaveProperty('access_token')
  })
})

test.each([
  ['.default', 'https://graph.microsoft.com/.default', 'Directory.AccessAsUser.All'],
  ['one of PIM', 'RoleAssignmentSchedule.ReadWrite.Directory', undefined],
])(
  'gives the client of Azure CLI no scope of PIM when it asks for %s',
  async (_, scope, expected) => {
    const { tenant } = await openTenant()
    const azureCli = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
    const { back } = await authorize(tenant, { client_id: azureCli, scope })
    const tokens = await askToken(tenant.endpoints.authority, {
      grant_type: 'authorization_code',
      client_id: azureCli,
      redirect_uri: 'http://localhost:1/',
      code: back['code'] ?? '',
      code_verifier: 'verifier',
    })
    if (expected === undefined) expect(back['error_description']).toContain('AADSTS65002')
    else expect(claimsOf(tokens['access_token'])['scp']).toContain(expected)
    expect(JSON.stringify(tokens)).not.toContain('RoleAssignmentSchedule')
  },
)

describe('a token', () => {
  test('ends by the clock of the tenant', async () => {
    const { tenant, signIn, arm, advance } = await openTenant()
    tenant.tokenLifetime = minutes(60)
    const { access_token: token = '' } = await signIn()
    advance(3599)
    expect((await arm(active, { token })).status).toBe(200)
    advance(1)
    expect((await arm(active, { token })).status).toBe(401)
  })

  test('that is revoked is answered with what a new one has to claim', async () => {
    const { tenant, signIn, arm } = await openTenant()
    const { access_token: old = '', refresh_token: refreshToken = '' } = await signIn()
    tenant.revokeTokens()
    const { status, headers } = await arm(active, { token: old })
    const [, encoded = ''] =
      /error="insufficient_claims", claims="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ??
      []
    const claims = Buffer.from(encoded, 'base64').toString()
    expect([status, JSON.parse(claims)]).toEqual([
      401,
      { access_token: { nbf: { essential: true, value: '1772366400' } } },
    ])
    const merged = JSON.stringify({
      access_token: { ...JSON.parse(claims).access_token, ...JSON.parse(cp1).access_token },
    })
    const { access_token: token = '' } = await refresh(tenant, refreshToken, { claims: merged })
    expect((await arm(active, { token })).status).toBe(200)
  })
})

test('says where everything is, for any name of the tenant and no other', async () => {
  const { tenant } = await openTenant()
  const { authority } = tenant.endpoints
  const read = async (name: string) =>
    (await (
      await fetch(`${authority}/${name}/v2.0/.well-known/openid-configuration`)
    ).json()) as Record<string, string>
  for (const name of [tenantId, 'sandbox.example', 'organizations']) {
    expect(await read(name)).toMatchObject({ issuer: `${authority}/${tenantId}/v2.0` })
  }
  expect(await read('other')).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] })
})
