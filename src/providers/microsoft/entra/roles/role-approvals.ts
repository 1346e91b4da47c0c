import type { Approvals } from '../../../../core/elevation/approval.ts'
import { readAllowedActions } from '../requests/approval-wire.ts'
import { createGraphApprovals, type ApprovalPlace } from '../requests/approvals.ts'
import type { Asker } from '../graph-context.ts'
import { readUnitNames } from '../names.ts'
import { roleRules } from '../requirements.ts'
import { roleRightOf } from '../schedule/rights.ts'
import { roleTargets, unitOf } from './role-targets.ts'
import { directoryRoles } from '../schedule/schedule-api.ts'
import type { RoleInstance } from '../wire.ts'

/** Requests for directory roles, and decisions on them. */
export function roleApprovals(asker: Asker): Approvals {
  return createGraphApprovals(place, asker)
}

const place: ApprovalPlace<RoleInstance> = {
  provider: 'entra',
  surface: directoryRoles,
  targetsOf: async (rows, { client }, signal) => {
    const units = rows.flatMap(({ right }) => unitOf(right.directoryScopeId) ?? [])
    const { names } = await readUnitNames(units, client, signal)
    return roleTargets(rows, [], names)
  },
  rules: async (facts, client, signal) => roleRules(roleRightOf(facts, 'entra'), client, signal),
  permissions: async (facts, client, signal) => {
    const { roleDefinitionId } = roleRightOf(facts, 'entra')
    const definition = `roleDefinitions/${encodeURIComponent(roleDefinitionId)}`
    const path = `/v1.0/roleManagement/directory/${definition}?$select=rolePermissions`
    return readAllowedActions((await client.send({ method: 'GET', path, signal })).body)
  },
}
