import { callsOf } from './calls.ts'
import { discoverRoles } from './discover.ts'
import { isRoleEffective } from './effective.ts'
import { roleRequirements } from './requirements.ts'
import { roleRightOf } from './rights.ts'
import { directoryRoles } from './surface.ts'

/** What can be asked about directory roles. */
export const roleCalls = callsOf(directoryRoles, {
  rightOf: roleRightOf,
  discover: discoverRoles,
  requirements: roleRequirements,
  isEffective: isRoleEffective,
})
