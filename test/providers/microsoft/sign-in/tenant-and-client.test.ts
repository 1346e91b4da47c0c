import { describe, expect, test } from 'vitest'
import type { SignedInAccount } from '../../../../src/providers/microsoft/sign-in/accounts.ts'
import {
  addressOf,
  everything,
  scopesFor,
} from '../../../../src/providers/microsoft/http/endpoints.ts'
import {
  inTenant,
  knownTenant,
  placeOf,
  signInPlace,
} from '../../../../src/providers/microsoft/sign-in/tenant-and-client.ts'
import { graphScopes } from '../../../../src/providers/microsoft/http/permissions.ts'

const guid = '5a4d0b0c-0000-4000-8000-0000000000c1'

describe('where Microsoft is', () => {
  test.each([
    ['public', 'login.microsoftonline.com', 'management.azure.com', 'graph.microsoft.com'],
    ['usgov', 'login.microsoftonline.us', 'management.usgovcloudapi.net', 'graph.microsoft.us'],
    [
      'china',
      'login.partner.microsoftonline.cn',
      'management.chinacloudapi.cn',
      'microsoftgraph.chinacloudapi.cn',
    ],
  ] as const)('in the cloud %s', (cloud, authority, arm, graph) => {
    expect(placeOf({}, { cloud }).endpoints).toEqual({
      authority: `https://${authority}`,
      arm: `https://${arm}`,
      graph: `https://${graph}`,
    })
  })

  test('is what the environment says before what is configured', () => {
    const env = {
      AZURE_AUTHORITY_HOST: 'https://login.example/',
      PIM_AZURE_RESOURCE_MANAGER_ENDPOINT: 'http://127.0.0.1:8080',
      PIM_GRAPH_ENDPOINT: 'https://gateway.example/graph/',
    }
    expect(placeOf(env, { cloud: 'china' }).endpoints).toEqual({
      authority: 'https://login.example',
      arm: 'http://127.0.0.1:8080',
      graph: 'https://gateway.example/graph',
    })
  })

  test.each([
    ['https://login.windows.net', 'https://login.microsoftonline.com'],
    ['https://login.chinacloudapi.cn/', 'https://login.partner.microsoftonline.cn'],
  ])('%s is an older name', (AZURE_AUTHORITY_HOST, authority) => {
    expect(placeOf({ AZURE_AUTHORITY_HOST }, undefined).endpoints.authority).toBe(authority)
  })

  test.each([
    ['PIM_GRAPH_ENDPOINT', 'http://graph.example', 'insecure-endpoint'],
    ['PIM_GRAPH_ENDPOINT', 'http://127.0.0.1.example', 'insecure-endpoint'],
    ['PIM_AZURE_RESOURCE_MANAGER_ENDPOINT', 'http://10.0.0.1', 'insecure-endpoint'],
    ['AZURE_AUTHORITY_HOST', 'http://127.0.0.1:1', 'insecure-endpoint'],
    ['AZURE_AUTHORITY_HOST', 'login.microsoftonline.com', 'invalid-endpoint'],
    ['PIM_GRAPH_ENDPOINT', 'file:///etc/passwd', 'invalid-endpoint'],
    ['PIM_GRAPH_ENDPOINT', 'https://user:secret@graph.example', 'invalid-endpoint'],
    ['PIM_GRAPH_ENDPOINT', 'https://graph.example/?x=1', 'invalid-endpoint'],
  ])('%s=%s is refused as %s', (name, value, code) => {
    expect(() => placeOf({ [name]: value }, undefined)).toThrow(
      expect.objectContaining({ kind: 'usage', code }),
    )
  })
})

describe('a tenant that was signed in to in another cloud', () => {
  const inCloud = (cloud: 'public' | 'usgov', tenantId: string): SignedInAccount => ({
    authority: placeOf({}, { cloud }).endpoints.authority,
    tenantId,
    tenantDisplayName: 'Contoso',
    tenantDomains: ['contoso.example'],
    username: 'alice@contoso.example',
    objectId: guid,
    homeAccountId: guid,
    clientId: guid,
    signedInBy: 'browser',
    store: 'file',
  })
  const accounts = [inCloud('public', 'id-public'), inCloud('usgov', 'id-usgov')]

  test.each(['contoso.example', 'Contoso'])('is not meant by %s', (name) => {
    const tenantIn = (cloud: 'public' | 'usgov') =>
      inTenant(placeOf({}, { cloud }), name, accounts).tenant
    expect([tenantIn('public'), tenantIn('usgov')]).toEqual(['id-public', 'id-usgov'])
  })

  test('nor is the id of one taken for a tenant of the other', () => {
    const { authority } = placeOf({}, { cloud: 'usgov' }).endpoints
    expect(knownTenant('id-public', accounts, authority)).toBeUndefined()
    expect(() => inTenant(placeOf({}, { cloud: 'china' }), 'Contoso Ltd', accounts)).toThrow(
      expect.objectContaining({ code: 'invalid-tenant' }),
    )
  })
})

describe('who signs people in', () => {
  test.each([
    [{}, {}, '14d82eec-204b-4c2f-b7e8-296a70dab67e', 'organizations'],
    [{}, { clientId: guid, tenant: 'a.example' }, guid, 'a.example'],
    [{ AZURE_CLIENT_ID: guid, AZURE_TENANT_ID: 't.example' }, { tenant: 'a' }, guid, 't.example'],
    [
      { AZURE_CLIENT_ID: guid, AZURE_CLIENT_SECRET: 's' },
      {},
      '14d82eec-204b-4c2f-b7e8-296a70dab67e',
      'organizations',
    ],
    [
      { AZURE_CLIENT_ID: guid, AZURE_FEDERATED_TOKEN_FILE: '/f' },
      {},
      '14d82eec-204b-4c2f-b7e8-296a70dab67e',
      'organizations',
    ],
  ])('%j and %j: %s in %s', (env, azure, clientId, tenant) => {
    expect(signInPlace(placeOf(env, azure))).toMatchObject({ clientId, tenant })
  })

  test('is what was asked for, before all else', () => {
    const place = placeOf({ AZURE_CLIENT_ID: guid, AZURE_TENANT_ID: 'a' }, undefined)
    const clientId = guid.replace('c1', 'c2')
    expect(signInPlace(place, { clientId, tenant: 'b' })).toMatchObject({ clientId, tenant: 'b' })
  })

  test.each([
    [{ AZURE_TENANT_ID: '../evil' }, 'invalid-tenant'],
    [{ AZURE_TENANT_ID: 'a?b' }, 'invalid-tenant'],
    [{ AZURE_CLIENT_ID: 'no-guid' }, 'invalid-client-id'],
  ])('%j is refused as %s', (env, code) => {
    expect(() => placeOf(env, undefined)).toThrow(expect.objectContaining({ kind: 'usage', code }))
  })
})

describe('what tokens are asked for', () => {
  const { endpoints } = placeOf({}, undefined)

  test('on ARM, whatever has been granted', () => {
    expect(scopesFor('arm', endpoints)).toEqual(['https://management.azure.com/.default'])
  })

  test('on Graph, what is needed and no more, each with a reason', () => {
    expect(scopesFor('graph', endpoints)).toEqual([
      'https://graph.microsoft.com/User.Read',
      'https://graph.microsoft.com/RoleEligibilitySchedule.Read.Directory',
      'https://graph.microsoft.com/RoleAssignmentSchedule.ReadWrite.Directory',
      'https://graph.microsoft.com/RoleManagementPolicy.Read.Directory',
      'https://graph.microsoft.com/PrivilegedEligibilitySchedule.Read.AzureADGroup',
      'https://graph.microsoft.com/PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
      'https://graph.microsoft.com/RoleManagementPolicy.Read.AzureADGroup',
      'https://graph.microsoft.com/GroupMember.Read.All',
      'https://graph.microsoft.com/AdministrativeUnit.Read.All',
    ])
    expect(graphScopes.every(({ why }) => why !== '')).toBe(true)
    expect(everything('graph', endpoints)).toEqual(['https://graph.microsoft.com/.default'])
  })
})

describe('an address', () => {
  const base = 'https://gateway.example/graph'

  test.each([
    ['/v1.0/me', `${base}/v1.0/me`],
    [`${base}/v1.0/me?$skiptoken=x`, `${base}/v1.0/me?$skiptoken=x`],
  ])('%s is below the endpoint', (path, url) => {
    expect(addressOf(path, base)).toBe(url)
  })

  test.each([
    'https://gateway.example/other/me',
    'https://gateway.example/graph-other/me',
    'https://gateway.example/graph/../other',
    'http://gateway.example/graph/me',
    'https://gateway.example@evil.example/graph/me',
    '//evil.example/graph',
    'javascript:alert(1)',
    '',
  ])('%s is not', (path) => {
    expect(() => addressOf(path, base)).toThrow(expect.objectContaining({ code: 'foreign-link' }))
  })
})
