import { hours, minutes } from '../core/duration.ts'
import { guidOf } from './tenant-model.ts'
import type {
  ArmRole,
  ArmScope,
  Eligibility,
  Grantable,
  Policy,
  StandingAssignment,
  TenantApp,
  TenantGroup,
  TenantPerson,
  TenantSeed,
} from './tenant-model.ts'

/** The tenant everything in the sandbox belongs to. */
export const tenantId = '5a4d0b0c-0000-4000-8000-000000000001'
export const tenantDomain = 'sandbox.example'

/** Who signs in, unless told otherwise. */
export const tenantAlice: TenantPerson = person('alice', 'Alice Example')
/** Who approves. */
export const tenantBob: TenantPerson = person('bob', 'Bob Example')

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
} as const satisfies Record<string, TenantGroup>

export const berlin = {
  id: '5a4d0b0c-0000-4000-8000-00000000b001',
  displayName: 'Berlin',
} as const

const platform = managementGroup('platform')
const paymentsProd = subscription(
  'payments-prod',
  '5a4d0b0c-0000-4000-8000-00000000c001',
  platform.id,
)
const paymentsDev = subscription(
  'payments-dev',
  '5a4d0b0c-0000-4000-8000-00000000c002',
  platform.id,
)

export const armScopes = {
  platform,
  paymentsProd,
  paymentsDev,
  rgWeb: resourceGroup('rg-web', paymentsProd.id),
} as const satisfies Record<string, ArmScope>

/** Microsoft's own ids, but for the custom role's. */
export const armRoles = {
  owner: armRole('Owner', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', { actions: ['*'] }),
  contributor: armRole('Contributor', 'b24988ac-6180-42a0-ab88-20f7382dd24c', {
    actions: ['*'],
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  }),
  userAccessAdministrator: armRole(
    'User Access Administrator',
    '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    { actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'] },
  ),
  reader: armRole('Reader', 'acdd72a7-3385-48ef-bd42-f606fba81ae7', { actions: ['*/read'] }),
  queueOperator: armRole('Queue Operator', '5a4d0b0c-0000-4000-8000-00000000d001', {
    isCustom: true,
    actions: ['Microsoft.Storage/storageAccounts/queueServices/queues/read'],
    dataActions: ['Microsoft.Storage/storageAccounts/queueServices/queues/messages/process/action'],
  }),
} as const satisfies Record<string, ArmRole>

/** Microsoft's own ids. */
export const directoryRoles = {
  userAdministrator: {
    id: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
    displayName: 'User Administrator',
  },
  helpdeskAdministrator: {
    id: '729827e3-9c14-49f7-bb1b-9608f156bbb8',
    displayName: 'Helpdesk Administrator',
  },
  securityReader: { id: '5d6b6bb7-de71-4623-b4af-96380a352509', displayName: 'Security Reader' },
  globalAdministrator: {
    id: '62e90394-69f5-4237-9190-012177145e10',
    displayName: 'Global Administrator',
  },
  privilegedRoleAdministrator: {
    id: 'e8611ab8-c189-46e8-94e1-60213ab1f814',
    displayName: 'Privileged Role Administrator',
  },
  directoryReaders: {
    id: '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',
    displayName: 'Directory Readers',
  },
} as const

/** Eight hours and a justification, but for what `differences` says. */
export function sandboxPolicy(differences: Partial<Policy> = {}): Policy {
  return {
    maxDuration: hours(8),
    justification: true,
    ticket: false,
    mfa: false,
    approvers: [],
    authenticationContext: undefined,
    ...differences,
  }
}

const c1 = sandboxPolicy({ authenticationContext: 'c1' })
const approved = sandboxPolicy({ approvers: [tenantBob.id] })
const withMfa = sandboxPolicy({ mfa: true })
const seededAt = new Date('2026-01-01T00:00:00Z')

/** Something alice is eligible for, with the ordinary policy, but for what `differences` says. */
export function sandboxEligibility(
  { kind, roleId, scope }: Grantable,
  differences: Partial<Eligibility> = {},
): Eligibility {
  const schedule = guidOf('schedule', kind, roleId, scope)
  return {
    kind,
    roleId,
    scope,
    id: guidOf('eligibility', kind, roleId, scope),
    scheduleId: kind === 'group' ? `${scope}_${roleId}_${schedule}` : schedule,
    principalId: tenantAlice.id,
    startsAt: seededAt,
    endsAt: undefined,
    policy: sandboxPolicy(),
    ...differences,
  }
}

const azure = (scope: ArmScope, role: ArmRole, policy = sandboxPolicy()) =>
  sandboxEligibility({ kind: 'azure', roleId: role.id, scope: scope.id }, { policy })
const entra = (role: { readonly id: string }, policy = sandboxPolicy(), scope = '/') =>
  sandboxEligibility({ kind: 'entra', roleId: role.id, scope }, { policy })
const inGroup = (to: TenantGroup, roleId: 'member' | 'owner', policy = sandboxPolicy()) =>
  sandboxEligibility({ kind: 'group', roleId, scope: to.id }, { policy })

/** What alice is eligible for, each there to be met by a script before it meets it in the cloud. */
export const tenantEligibilities = {
  prodContributor: azure(paymentsProd, armRoles.contributor),
  rgWebOwner: azure(armScopes.rgWeb, armRoles.owner, c1),
  prodAccess: azure(paymentsProd, armRoles.userAccessAdministrator, c1),
  platformReader: {
    ...azure(platform, armRoles.reader),
    principalId: tenantGroups.platformTeam.id,
  },
  devContributor: azure(paymentsDev, armRoles.contributor, approved),
  devOwner: azure(
    paymentsDev,
    armRoles.owner,
    sandboxPolicy({ ticket: true, maxDuration: minutes(30) }),
  ),
  devQueueOperator: azure(paymentsDev, armRoles.queueOperator, withMfa),
  userAdministrator: entra(directoryRoles.userAdministrator),
  helpdeskBerlin: entra(
    directoryRoles.helpdeskAdministrator,
    sandboxPolicy(),
    `/administrativeUnits/${berlin.id}`,
  ),
  securityReader: entra(directoryRoles.securityReader, withMfa),
  globalAdministrator: entra(directoryRoles.globalAdministrator, {
    ...c1,
    approvers: [tenantBob.id],
  }),
  privilegedRoleAdministrator: entra(directoryRoles.privilegedRoleAdministrator, c1),
  secOpsMember: inGroup(tenantGroups.secOps, 'member'),
  secOpsOwner: inGroup(tenantGroups.secOps, 'owner', approved),
  dbAdminsMember: inGroup(tenantGroups.dbAdmins, 'member', c1),
} as const satisfies Record<string, Eligibility>

/** What alice has without asking: none of it was activated. */
const assignments: readonly StandingAssignment[] = [
  standing({ kind: 'azure', roleId: armRoles.reader.id, scope: paymentsDev.id }),
  standing({ kind: 'entra', roleId: directoryRoles.directoryReaders.id, scope: '/' }),
]

export const tenantSeed: TenantSeed = {
  people: [tenantAlice, tenantBob],
  apps: [tenantApp],
  groups: Object.values(tenantGroups),
  scopes: Object.values(armScopes),
  armRoles: Object.values(armRoles),
  directoryRoles: Object.values(directoryRoles),
  administrativeUnits: [berlin],
  eligibilities: Object.values(tenantEligibilities),
  assignments,
}

function standing(grantable: Grantable): StandingAssignment {
  const id = guidOf('assignment', grantable.kind, grantable.roleId, grantable.scope)
  return { ...grantable, id, principalId: tenantAlice.id, startsAt: seededAt }
}

function person(name: string, displayName: string): TenantPerson {
  return { id: guidOf('person', name), userPrincipalName: `${name}@${tenantDomain}`, displayName }
}

function group(displayName: string, members: readonly string[] = []): TenantGroup {
  return { id: guidOf('group', displayName), displayName, members }
}

function managementGroup(name: string): ArmScope {
  const id = `/providers/Microsoft.Management/managementGroups/${name}`
  return { id, displayName: name, type: 'managementgroup', parent: undefined }
}

function subscription(displayName: string, guid: string, parent: string): ArmScope {
  return { id: `/subscriptions/${guid}`, displayName, type: 'subscription', parent }
}

/** A resource group in a subscription, given by its scope. */
export function resourceGroup(name: string, parent: string): ArmScope {
  return {
    id: `${parent}/resourceGroups/${name}`,
    displayName: name,
    type: 'resourcegroup',
    parent,
  }
}

function armRole(displayName: string, id: string, differences: Partial<ArmRole>): ArmRole {
  const nothing = { actions: [], notActions: [], dataActions: [] }
  return { id, displayName, isCustom: false, ...nothing, ...differences }
}
