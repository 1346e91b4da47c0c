import { guidOf } from './model.ts'
import type { TenantApp, TenantGroup, TenantOrganization, TenantPerson } from './model.ts'

/** The tenant everything in the sandbox belongs to, but for what a test adds beside it. */
export const tenantId = '5a4d0b0c-0000-4000-8000-000000000001'
const tenantDomain = 'sandbox.example'
export const sandboxOrganization: TenantOrganization = {
  id: tenantId,
  displayName: 'Sandbox',
  domain: tenantDomain,
}

/** Who signs in, unless told otherwise. */
export const tenantAlice: TenantPerson = person('alice', 'Alice Example')
/** Who approves, and asks for things that alice approves. */
export const tenantBob: TenantPerson = person('bob', 'Bob Example')
/** Who has the last word where one approver is not enough. */
export const tenantCarol: TenantPerson = person('carol', 'Carol Example')

export const tenantApp: TenantApp = {
  clientId: '5a4d0b0c-0000-4000-8000-00000000a001',
  id: '5a4d0b0c-0000-4000-8000-00000000a002',
  displayName: 'automation',
  clientSecret: 'sandbox-only-not-a-secret',
}

export const tenantGroups = {
  secOps: group('sec-ops'),
  dbAdmins: group('db-admins'),
  /** Alice is eligible for `platform/Reader` as a member of this one. */
  platformTeam: group('platform-team', [tenantAlice.id]),
  /** Alice has to be approved twice to be in it. */
  vaultKeepers: group('vault-keepers'),
  /** Its members approve. */
  securityLeads: group('security-leads', [tenantCarol.id]),
} as const satisfies Record<string, TenantGroup>

function person(name: string, displayName: string): TenantPerson {
  return { id: guidOf('person', name), userPrincipalName: `${name}@${tenantDomain}`, displayName }
}

function group(displayName: string, members: readonly string[] = []): TenantGroup {
  return { id: guidOf('group', displayName), displayName, members }
}
