import { oauthError } from './error.ts'
import type { TenantError } from '../server/error.ts'
import type { TenantEndpoints } from '../seed/files.ts'

/** Which API a token is for. */
export type Audience = 'arm' | 'graph'

/** What a token request's `scope` comes to. */
export interface ScopesGranted {
  readonly audience: Audience
  /** The scopes in the token, without the API they belong to. */
  readonly names: readonly string[]
  /** As the answer to the client spells them. */
  readonly spelt: string
}

interface Consents {
  readonly endpoints: TenantEndpoints
  /** Scopes that nobody consented to. */
  readonly withheld: readonly string[]
  /** All that somebody consented to; undefined where that is everything. */
  readonly consented: readonly string[] | undefined
}

/** What an administrator has consented to, for every client but Azure's own. */
const consentedScopes: Readonly<Record<Audience, readonly string[]>> = {
  arm: ['user_impersonation'],
  graph: [
    'AdministrativeUnit.Read.All',
    'Directory.Read.All',
    'Group.Read.All',
    'GroupMember.Read.All',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
    'PrivilegedAssignmentSchedule.Read.AzureADGroup',
    'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
    'PrivilegedAssignmentSchedule.Remove.AzureADGroup',
    'PrivilegedEligibilitySchedule.Read.AzureADGroup',
    'PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup',
    'RoleAssignmentSchedule.Read.Directory',
    'RoleAssignmentSchedule.ReadWrite.Directory',
    'RoleAssignmentSchedule.Remove.Directory',
    'RoleEligibilitySchedule.Read.Directory',
    'RoleEligibilitySchedule.ReadWrite.Directory',
    'RoleManagement.Read.All',
    'RoleManagement.Read.Directory',
    'RoleManagement.ReadWrite.Directory',
    'RoleManagementPolicy.Read.AzureADGroup',
    'RoleManagementPolicy.Read.Directory',
    'User.Read',
    'User.ReadBasic.All',
  ],
}

/** Azure CLI and Azure PowerShell: Microsoft gave them no scope of PIM on Graph, and nobody else can. */
const clientsWithoutPim: readonly string[] = [
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
  '1950a258-227b-4e31-a9cf-717495945fc2',
]
const scopesWithoutPim: readonly string[] = [
  'AuditLog.Read.All',
  'Directory.AccessAsUser.All',
  'Group.ReadWrite.All',
  'User.ReadWrite.All',
]
const signInScopes: readonly string[] = ['openid', 'profile', 'offline_access', 'email']

/**
 * Finds out which API the scopes belong to and grants them. Throws `invalid_scope` for unknown ones
 * and for two APIs at once, `invalid_grant` where consent is missing.
 */
export function grantScopes(
  scope: string | undefined,
  clientId: string,
  { endpoints, withheld, consented }: Consents,
): ScopesGranted {
  const asked = (scope ?? '').split(/\s+/).filter((name) => name !== '')
  const read = asked
    .filter((name) => !signInScopes.includes(name))
    .map((name) => readScope(name, endpoints))
  const [first = { audience: 'graph', prefix: '', name: 'User.Read' } as const] = read
  if (read.some(({ audience }) => audience !== first.audience)) {
    throw oauthError('invalid_scope', 70011, 'The scopes belong to more than one resource.')
  }
  const known = scopesOf(first.audience, clientId)
  const named = read.length === 0 ? [first.name] : read.map(({ name }) => name)
  const isMissing = (name: string): boolean =>
    withheld.includes(name) || consented?.includes(name) === false
  const names = named.flatMap((name) =>
    name === '.default' ? known.filter((other) => !isMissing(other)) : [name],
  )
  if (names.length === 0) throw noConsent(clientId)
  for (const name of names) checkConsent(name, known, { clientId, isMissing })
  const unique = [...new Set(names)]
  const isDefault = named.includes('.default')
  const spelt = [...unique, ...(isDefault ? ['.default'] : [])].map((name) => first.prefix + name)
  return {
    audience: first.audience,
    names: unique,
    spelt: [...spelt, ...asked.filter((name) => signInScopes.includes(name))].join(' '),
  }
}

function readScope(text: string, { arm, graph }: TenantEndpoints) {
  const prefixes: readonly (readonly [string, Audience])[] = [
    ['https://management.azure.com//', 'arm'],
    ['https://management.azure.com/', 'arm'],
    ['https://management.core.windows.net//', 'arm'],
    ['https://management.core.windows.net/', 'arm'],
    [`${arm}//`, 'arm'],
    [`${arm}/`, 'arm'],
    ['https://graph.microsoft.com//', 'graph'],
    ['https://graph.microsoft.com/', 'graph'],
    [`${graph}/`, 'graph'],
  ]
  const [prefix, audience] = prefixes.find(([start]) => text.startsWith(start)) ?? ['', 'graph']
  return { prefix, audience, name: text.slice(prefix.length) }
}

function scopesOf(audience: Audience, clientId: string): readonly string[] {
  const isWithoutPim = audience === 'graph' && clientsWithoutPim.includes(clientId.toLowerCase())
  return isWithoutPim ? scopesWithoutPim : consentedScopes[audience]
}

function checkConsent(
  name: string,
  known: readonly string[],
  {
    clientId,
    isMissing,
  }: { readonly clientId: string; readonly isMissing: (name: string) => boolean },
): void {
  if (isMissing(name)) throw noConsent(clientId)
  if (known.includes(name)) return
  if (clientsWithoutPim.includes(clientId.toLowerCase())) {
    throw oauthError(
      'invalid_grant',
      65002,
      `Consent between first party application '${clientId}' and first party resource must be configured via preauthorization.`,
    )
  }
  throw oauthError(
    'invalid_scope',
    70011,
    `The provided value for the input parameter 'scope' is not valid. The scope '${name}' does not exist.`,
  )
}

function noConsent(clientId: string): TenantError {
  return oauthError(
    'invalid_grant',
    65001,
    `The user or administrator has not consented to use the application with ID '${clientId}' named 'pim'. Send an interactive authorization request for this user and resource.`,
    { suberror: 'consent_required' },
  )
}
