import { randomUUID } from 'node:crypto'

import type { Token } from '../authority/tokens.ts'
import { TenantError } from '../server/error.ts'

/** The scopes one of which a token needs for what is PIM's. */
const pimScopes = {
  eligibleRoles: [
    'RoleEligibilitySchedule.Read.Directory',
    'RoleEligibilitySchedule.ReadWrite.Directory',
    'RoleManagement.Read.All',
    'RoleManagement.Read.Directory',
    'RoleManagement.ReadWrite.Directory',
  ],
  activeRoles: [
    'RoleAssignmentSchedule.Read.Directory',
    'RoleAssignmentSchedule.ReadWrite.Directory',
    'RoleManagement.Read.All',
    'RoleManagement.Read.Directory',
    'RoleManagement.ReadWrite.Directory',
  ],
  // To read requests, the service wants what it takes to write them.
  roleRequests: [
    'RoleAssignmentSchedule.ReadWrite.Directory',
    'RoleManagement.ReadWrite.Directory',
    'RoleAssignmentSchedule.Remove.Directory',
  ],
  // Nothing less lets anybody look at what there is to decide.
  roleDecisions: [
    'RoleAssignmentSchedule.ReadWrite.Directory',
    'RoleManagement.ReadWrite.Directory',
  ],
  rolePolicies: [
    'RoleManagementPolicy.Read.Directory',
    'RoleManagement.Read.Directory',
    'RoleManagement.Read.All',
    'RoleManagement.ReadWrite.Directory',
  ],
  eligibleGroups: [
    'PrivilegedEligibilitySchedule.Read.AzureADGroup',
    'PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
  ],
  activeGroups: [
    'PrivilegedAssignmentSchedule.Read.AzureADGroup',
    'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
  ],
  groupRequests: [
    'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
    'PrivilegedAssignmentSchedule.Remove.AzureADGroup',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
  ],
  groupDecisions: [
    'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
  ],
  groupPolicies: ['RoleManagementPolicy.Read.AzureADGroup'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Likewise for the rest of the directory. */
const directoryScopes = {
  me: ['User.Read', 'User.ReadBasic.All', 'User.ReadWrite.All', 'Directory.Read.All'],
  organization: ['User.Read', 'Organization.Read.All', 'Directory.Read.All'],
  groups: [
    'GroupMember.Read.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'Directory.Read.All',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
  ],
  memberships: ['User.Read', 'GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
  directoryObjects: ['Directory.Read.All', 'Group.Read.All', 'User.ReadBasic.All'],
  administrativeUnits: ['AdministrativeUnit.Read.All', 'Directory.Read.All'],
  roleDefinitions: [
    'RoleManagement.Read.Directory',
    'RoleManagement.Read.All',
    'RoleManagement.ReadWrite.Directory',
    'Directory.Read.All',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type GraphScope = keyof typeof pimScopes | keyof typeof directoryScopes

/** Throws 403 where the token has none of the scopes. PIM says so in JSON inside of JSON. */
export function checkScope({ scopes }: Token, needed: GraphScope): void {
  const isPim = isPimScope(needed)
  const names: readonly string[] = isPim ? pimScopes[needed] : directoryScopes[needed]
  if (scopes.some((name) => names.includes(name))) return
  if (!isPim) {
    throw new TenantError(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    )
  }
  const message = `Authorization failed due to missing permission scope ${names.join(',')}.`
  const inner = { errorCode: 'PermissionScopeNotGranted', message, instanceAnnotations: [] }
  throw new TenantError(403, 'UnknownError', JSON.stringify(inner))
}

function isPimScope(name: GraphScope): name is keyof typeof pimScopes {
  return name in pimScopes
}

/** The error as Graph words it. */
export function wordGraphError(
  { code, message, extra }: TenantError,
  now: Date,
): Record<string, unknown> {
  const id = randomUUID()
  const date = now.toISOString().slice(0, 19)
  const innerError = { date, 'request-id': id, 'client-request-id': id }
  return { error: { code, message, innerError, ...extra } }
}
