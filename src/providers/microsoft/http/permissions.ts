/** A permission on Graph, as a person delegates it to the application that pim signs in with. */
export interface Scope {
  readonly name: string
  readonly why: string
  /** Wider ones that allow the same. */
  readonly wider?: readonly string[]
}

const allRoles = 'RoleManagement.ReadWrite.Directory'
const readsRoles = ['RoleManagement.Read.All', 'RoleManagement.Read.Directory', allRoles]
const allGroups = 'PrivilegedAccess.ReadWrite.AzureADGroup'

/** The least with which directory roles and groups can be listed, activated and given back. */
export const graphScopes: readonly Scope[] = [
  { name: 'User.Read', why: 'who you are, and whether a membership has come into effect' },
  {
    name: 'RoleEligibilitySchedule.Read.Directory',
    why: 'which directory roles you are eligible for',
    wider: ['RoleEligibilitySchedule.ReadWrite.Directory', ...readsRoles],
  },
  {
    name: 'RoleAssignmentSchedule.ReadWrite.Directory',
    why: 'activating directory roles, giving them back, and which are active',
    wider: [allRoles],
  },
  {
    name: 'RoleManagementPolicy.Read.Directory',
    why: 'what a directory role demands',
    wider: readsRoles,
  },
  {
    name: 'PrivilegedEligibilitySchedule.Read.AzureADGroup',
    why: 'which groups you are eligible for',
    wider: ['PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup', allGroups],
  },
  {
    name: 'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
    why: 'activating memberships, giving them back, and which are active',
    wider: [allGroups],
  },
  { name: 'RoleManagementPolicy.Read.AzureADGroup', why: 'what a group demands' },
  {
    name: 'GroupMember.Read.All',
    why: 'the names of groups',
    wider: ['Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All', allGroups],
  },
  {
    name: 'AdministrativeUnit.Read.All',
    why: 'the names of administrative units',
    wider: ['Directory.Read.All'],
  },
]

/** The scopes of ours that none of these allows; they may be spelt with their API before them. */
export function missingScopes(granted: readonly string[]): readonly Scope[] {
  const names = new Set(granted.map((name) => name.slice(name.lastIndexOf('/') + 1).toLowerCase()))
  return graphScopes.filter(
    ({ name, wider = [] }) => ![name, ...wider].some((one) => names.has(one.toLowerCase())),
  )
}

/** The scopes of ours that a text names. */
export function scopesNamedIn(text: string): readonly Scope[] {
  const words = new Set(text.split(/[^\w.]+/).map((word) => word.replace(/\.$/, '').toLowerCase()))
  return graphScopes.filter(({ name }) => words.has(name.toLowerCase()))
}

/** Where an administrator consents to everything pim asks Graph for, for a whole tenant. */
export function adminConsentUrl({ authority, tenant, clientId, graph }: ConsentPlace): string {
  const scope = graphScopes.map(({ name }) => `${graph}/${name}`).join(' ')
  const query = new URLSearchParams({
    client_id: clientId,
    scope,
    redirect_uri: 'http://localhost',
  })
  return `${authority}/${encodeURIComponent(tenant)}/v2.0/adminconsent?${query.toString()}`
}

/** Whose consent is missing, and where it is given. */
export interface ConsentPlace {
  readonly authority: string
  readonly graph: string
  readonly tenant: string
  readonly clientId: string
}
