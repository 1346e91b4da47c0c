import { policyFor, rulesOf } from '../pim/rules.ts'
import type { Rule } from '../pim/rules.ts'
import type { PimState } from '../pim/state.ts'
import { badRequest } from '../server/error.ts'
import { guidOf, sameText } from '../seed/model.ts'
import type { Grantable } from '../seed/model.ts'

/** What a filter of policies asks for. */
export interface PolicyFilter {
  readonly scopeId: string
  readonly scopeType: 'DirectoryRole' | 'Group'
  readonly roleDefinitionId: string | undefined
}

/** Reads a filter. Throws 400 without a scope and its type, which Graph insists on. */
export function readPolicyFilter(filter: string | null): PolicyFilter {
  const valueOf = (name: string) =>
    new RegExp(`\\b${name}\\s+eq\\s+'([^']*)'`, 'i').exec(filter ?? '')?.[1]
  const [scopeId, type] = [valueOf('scopeId'), valueOf('scopeType')]
  const types = {
    directory: 'DirectoryRole',
    directoryrole: 'DirectoryRole',
    group: 'Group',
  } as const
  const name = (type ?? '').toLowerCase()
  if (
    scopeId === undefined ||
    !(name === 'directory' || name === 'directoryrole' || name === 'group')
  ) {
    throw badRequest('The filter needs a scopeId and a scopeType.')
  }
  return { scopeId, scopeType: types[name], roleDefinitionId: valueOf('roleDefinitionId') }
}

/** What roles of the directory, or places in a group, demand. Rules only where `expand` asks for them. */
export function listGraphPolicies(
  { scopeId, scopeType, roleDefinitionId }: PolicyFilter,
  expand: string,
  state: PimState,
): unknown[] {
  const { directoryRoles, groups } = state.seed()
  const isGroup = scopeType === 'Group'
  const isKnown = isGroup ? groups.some(({ id }) => sameText(id, scopeId)) : scopeId === '/'
  if (!isKnown) return []
  const roles = isGroup ? ['member', 'owner'] : directoryRoles.map(({ id }) => id)
  return roles
    .filter((id) => roleDefinitionId === undefined || sameText(id, roleDefinitionId))
    .map((roleId) => ({ kind: isGroup ? 'group' : 'entra', roleId, scope: scopeId }) as const)
    .map((grantable) => renderAssignment(grantable, scopeType, expand, state))
}

function renderAssignment(
  grantable: Grantable,
  scopeType: PolicyFilter['scopeType'],
  expand: string,
  state: PimState,
): unknown {
  const { scope, roleId } = grantable
  const policyId = `${scopeType}_${state.seed().organization.id}_${guidOf('policy', scope, roleId)}`
  const assignment = {
    id: `${policyId}_${roleId}`,
    policyId,
    scopeId: scope,
    scopeType,
    roleDefinitionId: roleId,
  }
  if (!/\bpolicy\b/.test(expand)) return assignment
  const rules = rulesOf(policyFor(grantable, state), (id) => writeApprover(id, state)).map(
    renderRule,
  )
  return {
    ...assignment,
    policy: {
      id: policyId,
      displayName: scopeType,
      description: scopeType,
      isOrganizationDefault: false,
      scopeId: scope,
      scopeType,
      lastModifiedDateTime: null,
      lastModifiedBy: { displayName: null, id: null },
      ...(/\brules\b/.test(expand) && { rules }),
      ...(/\beffectiveRules\b/.test(expand) && { effectiveRules: rules }),
    },
  }
}

function writeApprover(id: string, state: PimState) {
  const isGroup = state.seed().groups.some((one) => one.id === id)
  return isGroup
    ? { '@odata.type': '#microsoft.graph.groupMembers', groupId: id }
    : { '@odata.type': '#microsoft.graph.singleUser', userId: id }
}

function renderRule({ id, kind, caller, level, fields }: Rule): unknown {
  return {
    '@odata.type': `#microsoft.graph.unifiedRoleManagementPolicy${kind}Rule`,
    id,
    ...fields,
    target: {
      caller,
      operations: ['all'],
      level,
      inheritableSettings: [],
      enforcedSettings: [],
    },
  }
}
