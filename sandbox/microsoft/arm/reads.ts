import { forbidden } from './requests.ts'
import {
  armId,
  expandPlace,
  renderActivated,
  renderAssigned,
  renderEligible,
  roleDefinitionPath,
} from './wire.ts'
import { chainOf } from '../pim/activate.ts'
import { policyFor, rulesOf } from '../pim/rules.ts'
import type { Rule } from '../pim/rules.ts'
import { eligibilitiesOf, groupsOf, heldBy, isListed, requestsOf } from '../pim/state.ts'
import type { PimState } from '../pim/state.ts'
import { TenantError } from '../server/error.ts'
import { guidOf, sameText } from '../seed/model.ts'
import type { ArmRole, ArmScope, Eligibility } from '../seed/model.ts'
import type { Listing } from '../server/paging.ts'
import type { TenantAnswer } from '../server/request.ts'

/** A question about a scope, from somebody. */
export interface Question {
  readonly scope: string
  readonly callerId: string
  readonly query: URLSearchParams
}

/** What the caller may activate: everywhere at the tenant's own scope, else only what is defined there. */
export function listEligible(question: Question, state: PimState): Listing<Eligibility> {
  checkTarget(question)
  const own = eligibilitiesOf(question.callerId, 'azure', state)
  return {
    all: own.filter((one) => isAt(one, question)),
    write: (one) => renderEligible(one, state),
  }
}

/** What the caller has, activated or not, likewise. */
export function listActive(question: Question, state: PimState): unknown[] {
  checkTarget(question)
  const { callerId } = question
  const principals = [callerId, ...groupsOf(callerId, state)]
  const assigned = state
    .seed()
    .assignments.filter((one) => one.kind === 'azure' && principals.includes(one.principalId))
  const activated = requestsOf(callerId, 'azure', state).filter((one) => isListed(one, state))
  return [
    ...activated.filter((one) => isAt(one, question)).map((one) => renderActivated(one, state)),
    ...assigned.filter((one) => isAt(one, question)).map((one) => renderAssigned(one, state)),
  ]
}

/** What roles at a scope demand: one role where the filter names it, else every role there is. */
export function listPolicies({ scope, query }: Question, state: PimState): unknown[] {
  const filter = query.get('$filter') ?? ''
  const [, wanted] = /roleDefinitionId\s+eq\s+'([^']*)'/i.exec(filter) ?? []
  const roleId = wanted?.split('/').at(-1)
  return state
    .seed()
    .armRoles.filter(({ id }) => roleId === undefined || sameText(id, roleId))
    .map((role) => renderPolicy(scope, role, state))
}

/** The resources below a scope that the caller is eligible for something at. */
export function listChildren({ scope, callerId, query }: Question, state: PimState): unknown[] {
  const [, type] = /resourceType\s+eq\s+'([^']*)'/i.exec(query.get('$filter') ?? '') ?? []
  const deep = query.get('$getAllChildren') === 'true'
  const eligible = eligibilitiesOf(callerId, 'azure', state).map((one) => one.scope)
  const isBelow = (one: ArmScope, above: string) =>
    above === '/' || chainOf(one.id, state).some((id) => sameText(id, above))
  return state
    .seed()
    .scopes.filter((one) => {
      const isChild = deep ? isBelow(one, scope) : sameText(one.parent ?? '/', scope)
      const isOfType = type === undefined || sameText(one.type, type)
      const isEligible = eligible.some(
        (at) => isBelow(one, at) || chainOf(at, state).some((id) => sameText(id, one.id)),
      )
      return !sameText(one.id, scope) && isChild && isOfType && isEligible
    })
    .map(({ id, displayName, type: kind }) => ({ id, name: displayName, type: kind }))
}

/** What the caller may do at a scope now, by all the roles that work there. */
export function listPermissions({ scope, callerId }: Question, state: PimState): unknown[] {
  const chain = chainOf(scope, state)
  const held = heldBy(callerId, 'azure', state).filter((one) =>
    chain.some((id) => sameText(id, one.scope)),
  )
  const roles = state.seed().armRoles
  return held.flatMap(({ roleId }) => {
    const role = roles.find(({ id }) => sameText(id, roleId))
    return role === undefined ? [] : [permissionsOf(role)]
  })
}

export function getRoleDefinition(scope: string, roleId: string, state: PimState): TenantAnswer {
  const role = state.seed().armRoles.find(({ id }) => sameText(id, roleId))
  if (role === undefined) {
    throw new TenantError(
      404,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${roleId}' does not exist.`,
    )
  }
  const properties = {
    roleName: role.displayName,
    type: role.isCustom ? 'CustomRole' : 'BuiltInRole',
    description: `What ${role.displayName} may do.`,
    assignableScopes: ['/'],
    permissions: [permissionsOf(role)],
  }
  const id = roleDefinitionPath(scope, role.id)
  const type = 'Microsoft.Authorization/roleDefinitions'
  return { status: 200, body: { properties, id, type, name: role.id } }
}

/** Throws where the scope is not known. At a scope that is, nothing is said of what may be read. */
export function findScope(id: string, state: PimState): string {
  if (id === '/') return id
  const found = state.seed().scopes.find((one) => sameText(one.id, id))
  if (found !== undefined) return found.id
  const [, subscription, , group] =
    /^\/subscriptions\/([^/]+)(\/resourceGroups\/([^/]+))?/i.exec(id) ?? []
  const isSubscriptionKnown = state
    .seed()
    .scopes.some((one) => sameText(one.id, `/subscriptions/${subscription}`))
  if (subscription !== undefined && !isSubscriptionKnown) {
    throw new TenantError(
      404,
      'SubscriptionNotFound',
      `The subscription '${subscription}' could not be found.`,
    )
  }
  throw new TenantError(
    404,
    'ResourceGroupNotFound',
    `Resource group '${group}' could not be found.`,
  )
}

function checkTarget({ query, callerId }: Question): void {
  if (!/^\s*asTarget\(\)/i.test(query.get('$filter') ?? '')) throw forbidden(callerId)
}

function isAt(one: { readonly scope: string }, { scope }: Question): boolean {
  return scope === '/' || sameText(one.scope, scope)
}

function permissionsOf({ actions, notActions, dataActions }: ArmRole) {
  return { actions, notActions, dataActions, notDataActions: [] }
}

function renderPolicy(scope: string, role: ArmRole, state: PimState): unknown {
  const policy = policyFor({ kind: 'azure', roleId: role.id, scope }, state)
  const policyName = guidOf('policy', scope, role.id)
  const name = `${policyName}_${role.id}`
  const policyId = armId(scope, 'roleManagementPolicies', policyName)
  const { people, groups } = state.seed()
  const rules = rulesOf(policy, (id) => {
    const group = groups.find((one) => one.id === id)
    const { displayName } = group ?? people.find((one) => one.id === id) ?? { displayName: id }
    const userType = group === undefined ? 'User' : 'Group'
    return { id, description: displayName, isBackup: false, userType }
  })
  return {
    properties: {
      scope,
      roleDefinitionId: roleDefinitionPath(scope, role.id),
      policyId,
      effectiveRules: rules.map(renderRule),
      policyAssignmentProperties: {
        ...expandPlace({ scope, roleId: role.id }, state.seed()),
        policy: { id: policyId, lastModifiedBy: {}, lastModifiedDateTime: null },
      },
    },
    name,
    id: armId(scope, 'roleManagementPolicyAssignments', name),
    type: 'Microsoft.Authorization/roleManagementPolicyAssignments',
  }
}

function renderRule({ id, kind, caller, level, fields }: Rule): unknown {
  const nothing = { targetObjects: null, inheritableSettings: null, enforcedSettings: null }
  return {
    ...fields,
    id,
    ruleType: `RoleManagementPolicy${kind}Rule`,
    target: { caller, operations: ['All'], level, ...nothing },
  }
}
