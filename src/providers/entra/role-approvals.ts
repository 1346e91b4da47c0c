import type { Approvals } from '../../core/approval.ts'
import { readAllowedActions } from './approval-wire.ts'
import { createGraphApprovals, type ApprovalPlace } from './approvals.ts'
import type { Asker } from './asker.ts'
import { readUnitNames } from './names.ts'
import { roleRules } from './requirements.ts'
import { roleRightOf } from './rights.ts'
import { roleTargets, unitOf } from './role-targets.ts'
import { directoryRoles } from './surface.ts'
import type { RoleInstance } from './wire.ts'

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
