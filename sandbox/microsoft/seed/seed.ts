import { hours, minutes } from '../../../src/core/time/duration.ts'
import { guidOf } from './model.ts'
import type {
  ArmRole,
  ArmScope,
  Eligibility,
  Grantable,
  Policy,
  StandingAssignment,
  TenantGroup,
  TenantSeed,
} from './model.ts'
import {
  sandboxOrganization,
  tenantAlice,
  tenantApp,
  tenantBob,
  tenantCarol,
  tenantGroups,
} from './people.ts'
import { armRoles, armScopes, berlin, directoryRoles } from './roles.ts'

export { tenantAlice, tenantApp, tenantBob, tenantCarol, tenantGroups, tenantId } from './people.ts'
export { armRoles, armScopes, berlin, directoryRoles, resourceGroup } from './roles.ts'

/** Eight hours and a justification, but for what `differences` says. */
export function sandboxPolicy(differences: Partial<Policy> = {}): Policy {
  return {
    maxDuration: hours(8),
    justification: true,
    ticket: false,
    mfa: false,
    approvalStages: [],
    authenticationContext: undefined,
    ...differences,
  }
}

const c1 = sandboxPolicy({ authenticationContext: 'c1' })
const approved = sandboxPolicy({ approvalStages: [[tenantBob.id]] })
/** Bob first; whoever is named then decides. */
const approvedTwice = (last: string) => sandboxPolicy({ approvalStages: [[tenantBob.id], [last]] })
/** Bob is among those who may approve what he asks for, and must not: alice decides. */
const byAlice = sandboxPolicy({ approvalStages: [[tenantAlice.id, tenantBob.id]] })
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

const { platform, paymentsProd, paymentsDev } = armScopes
const azure = (scope: ArmScope, role: ArmRole, policy = sandboxPolicy()) =>
  sandboxEligibility({ kind: 'azure', roleId: role.id, scope: scope.id }, { policy })
const entra = (role: { readonly id: string }, policy = sandboxPolicy(), scope = '/') =>
  sandboxEligibility({ kind: 'entra', roleId: role.id, scope }, { policy })
const inGroup = (to: TenantGroup, roleId: 'member' | 'owner', policy = sandboxPolicy()) =>
  sandboxEligibility({ kind: 'group', roleId, scope: to.id }, { policy })

const ofBob = (one: Eligibility): Eligibility => ({ ...one, principalId: tenantBob.id })

/**
 * What alice is eligible for, each there to be met by a script before it meets it in the cloud; and,
 * by names that say so, bob.
 */
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
    ...approved,
    authenticationContext: 'c1',
  }),
  privilegedRoleAdministrator: entra(directoryRoles.privilegedRoleAdministrator, c1),
  secOpsMember: inGroup(tenantGroups.secOps, 'member'),
  secOpsOwner: inGroup(tenantGroups.secOps, 'owner', approved),
  dbAdminsMember: inGroup(tenantGroups.dbAdmins, 'member', c1),
  prodQueueOperator: azure(paymentsProd, armRoles.queueOperator, approvedTwice(tenantCarol.id)),
  conditionalAccessAdministrator: entra(
    directoryRoles.conditionalAccessAdministrator,
    approvedTwice(tenantGroups.securityLeads.id),
  ),
  vaultKeepersMember: inGroup(
    tenantGroups.vaultKeepers,
    'member',
    approvedTwice(tenantGroups.securityLeads.id),
  ),
  bobProdOwner: ofBob(azure(paymentsProd, armRoles.owner, byAlice)),
  bobApplicationAdministrator: ofBob(entra(directoryRoles.applicationAdministrator, byAlice)),
  bobDbAdminsOwner: ofBob(inGroup(tenantGroups.dbAdmins, 'owner', byAlice)),
} as const satisfies Record<string, Eligibility>

/** What alice has without asking: none of it was activated. */
const assignments: readonly StandingAssignment[] = [
  standing({ kind: 'azure', roleId: armRoles.reader.id, scope: paymentsDev.id }),
  standing({ kind: 'entra', roleId: directoryRoles.directoryReaders.id, scope: '/' }),
]

export const tenantSeed: TenantSeed = {
  organization: sandboxOrganization,
  people: [tenantAlice, tenantBob, tenantCarol],
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
