import { PublicClientApplication } from '@azure/msal-node'
import { expect, test } from 'vitest'

import { tenantAlice, tenantId } from '../../../sandbox/microsoft/seed/seed.ts'
import type { Tenant } from '../../../sandbox/microsoft/tenant.ts'
import { armScope, claimsOf, clientId, openTenant } from './fixture.ts'

const browse = async (url: string) => {
  await fetch(url).then((answer) => answer.text())
}
const c1 = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })

function appOf({ endpoints }: Tenant): PublicClientApplication {
  return new PublicClientApplication({
    auth: {
      clientId,
      authority: `${endpoints.authority}/${tenantId}`,
      knownAuthorities: [new URL(endpoints.authority).host],
      clientCapabilities: ['cp1'],
    },
  })
}

test('the library signs in by browser, steps up, and refreshes in silence', async () => {
  const { tenant } = await openTenant()
  const app = appOf(tenant)
  const first = await app.acquireTokenInteractive({ scopes: [armScope], openBrowser: browse })
  expect(first.account).toMatchObject({
    username: tenantAlice.userPrincipalName,
    localAccountId: tenantAlice.id,
    tenantId,
  })
  const { account } = first
  if (account === null) throw new Error('no account')
  expect(claimsOf(first.accessToken)).toMatchObject({
    aud: 'https://management.core.windows.net/',
    oid: tenantAlice.id,
    upn: tenantAlice.userPrincipalName,
    tid: tenantId,
    scp: 'user_impersonation',
    amr: ['pwd'],
    xms_cc: ['cp1'],
  })
  expect(claimsOf(first.accessToken)).not.toHaveProperty('acrs')

  const silent = { scopes: [armScope], account, claims: c1 }
  await expect(app.acquireTokenSilent(silent)).rejects.toMatchObject({
    name: 'InteractionRequiredAuthError',
    errorCode: 'interaction_required',
    subError: 'basic_action',
  })
  const stepped = await app.acquireTokenInteractive({
    scopes: [armScope],
    openBrowser: browse,
    claims: c1,
    loginHint: account.username,
  })
  expect(claimsOf(stepped.accessToken)).toMatchObject({ acrs: ['c1'], amr: ['pwd', 'mfa'] })
  const graph = await app.acquireTokenSilent({
    scopes: ['https://graph.microsoft.com/User.Read'],
    account,
    forceRefresh: true,
  })
  expect(claimsOf(graph.accessToken)).toMatchObject({ scp: 'User.Read', acrs: ['c1'] })
  expect(await app.acquireTokenSilent(silent)).toMatchObject({ fromCache: false })
  expect(tenant.signIns).toBe(2)
})

test('the library signs in by device code, which meets no authentication context', async () => {
  const { tenant } = await openTenant()
  tenant.deviceCodeInterval = 0
  const answer = await appOf(tenant)
    .acquireTokenByDeviceCode({
      scopes: [armScope],
      claims: c1.replace('"essential":true,', ''),
      deviceCodeCallback: () => undefined,
    })
    .catch((error: unknown) => error)
  expect(answer).toMatchObject({ errorCode: 'post_request_failed' })
})
