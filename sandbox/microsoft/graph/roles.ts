import { renderCommon } from './requests.ts'
import type { RequestSurface } from './requests.ts'
import { eligibilitiesOf, expiryOf, groupsOf, isListed, requestsOf, startOf } from '../pim/state.ts'
import type { PimState } from '../pim/state.ts'
import { TenantError, badRequest } from '../server/error.ts'
import { guidOf, sameText } from '../seed/model.ts'
import type { Eligibility, TenantSeed } from '../seed/model.ts'
import type { Listing } from '../server/paging.ts'

/** Which related entities an answer is to hold. */
export type Expand = readonly string[]

/** Requests for directory roles. */
export const roleRequests: RequestSurface = {
  kind: 'entra',
  read({ roleDefinitionId, directoryScopeId }, state) {
    if (typeof roleDefinitionId !== 'string' || typeof directoryScopeId !== 'string') {
      throw badRequest('The request needs a roleDefinitionId and a directoryScopeId.')
    }
    const role = state.seed().directoryRoles.find(({ id }) => sameText(id, roleDefinitionId))
    if (role === undefined) {
      throw new TenantError(400, 'RoleNotFound', 'The role is not found.')
    }
    return { kind: 'entra', roleId: role.id, scope: directoryScopeId }
  },
  render: (request, state, answer) => ({
    ...renderCommon(request, answer, state),
    roleDefinitionId: request.roleId,
    directoryScopeId: request.scope,
    appScopeId: null,
    targetScheduleId: guidOf('schedule', request.id),
  }),
}

/** The directory roles somebody may activate, themselves or as a member of a group. */
export function listEligibleRoles(
  callerId: string,
  expand: Expand,
  state: PimState,
): Listing<Eligibility> {
  return {
    all: eligibilitiesOf(callerId, 'entra', state),
    write: (one) => renderEligible(one, expand, state.seed()),
  }
}

/** The directory roles somebody has, activated or not. */
export function listActiveRoles(
  callerId: string,
  expand: Expand,
  state: PimState,
): readonly { readonly assignmentType: string }[] {
  const seed = state.seed()
  const principals = [callerId, ...groupsOf(callerId, state)]
  const assigned = seed.assignments.filter(
    (one) => one.kind === 'entra' && principals.includes(one.principalId),
  )
  const activated = requestsOf(callerId, 'entra', state).filter((one) => isListed(one, state))
  return [
    ...activated.map((one) => ({
      ...renderActive({ ...one, id: guidOf('instance', one.id) }, expand, seed),
      startDateTime: startOf(one).toISOString(),
      endDateTime: expiryOf(one)?.toISOString() ?? null,
      assignmentType: 'Activated',
      roleAssignmentScheduleId: guidOf('schedule', one.id),
      ...(expand.includes('activatedUsing') && {
        activatedUsing: renderEligible(one.eligibility, [], seed),
      }),
    })),
    ...assigned.map((one) => ({
      ...renderActive(one, expand, seed),
      startDateTime: one.startsAt.toISOString(),
      endDateTime: null,
      assignmentType: 'Assigned',
      roleAssignmentScheduleId: guidOf('schedule', one.id),
    })),
  ]
}

interface Placed {
  readonly id: string
  readonly principalId: string
  readonly roleId: string
  readonly scope: string
}

function renderEligible(one: Eligibility, expand: Expand, seed: TenantSeed) {
  return {
    ...renderPlaced(one, expand, seed),
    startDateTime: one.startsAt.toISOString(),
    endDateTime: one.endsAt?.toISOString() ?? null,
    memberType: seed.groups.some(({ id }) => id === one.principalId) ? 'Group' : 'Direct',
    roleEligibilityScheduleId: one.scheduleId,
  }
}

function renderActive(one: Placed, expand: Expand, seed: TenantSeed) {
  return {
    ...renderPlaced(one, expand, seed),
    memberType: seed.groups.some(({ id }) => id === one.principalId) ? 'Group' : 'Direct',
    roleAssignmentOriginId: guidOf('origin', one.id),
  }
}

function renderPlaced(
  { id, principalId, roleId, scope }: Placed,
  expand: Expand,
  seed: TenantSeed,
) {
  const base = { id, principalId, roleDefinitionId: roleId, directoryScopeId: scope }
  return {
    ...base,
    appScopeId: null,
    ...(expand.includes('roleDefinition') && { roleDefinition: renderRole(roleId, seed) }),
  }
}

/** A role definition, where there is one. */
export function renderRole(roleId: string, { directoryRoles }: TenantSeed): unknown {
  const role = directoryRoles.find(({ id }) => sameText(id, roleId))
  if (role === undefined) return null
  return {
    id: role.id,
    displayName: role.displayName,
    description: `What ${role.displayName} may do.`,
    isBuiltIn: role.isCustom !== true,
    isEnabled: true,
    resourceScopes: ['/'],
    // What Graph writes for a custom role is its own id, which no token ever names.
    templateId: role.id,
    version: '1',
    rolePermissions: [{ allowedResourceActions: [], condition: null }],
  }
}
