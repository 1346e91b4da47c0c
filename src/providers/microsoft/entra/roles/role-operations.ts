import { callsOf } from '../operations.ts'
import { discoverRoles } from '../discover.ts'
import { isRoleEffective } from '../schedule/effective.ts'
import { roleRequirements } from '../requirements.ts'
import { roleRightOf } from '../schedule/rights.ts'
import { directoryRoles } from '../schedule/schedule-api.ts'

/** What can be asked about directory roles. */
export const roleCalls = callsOf(directoryRoles, {
  rightOf: roleRightOf,
  discover: discoverRoles,
  requirements: roleRequirements,
  isEffective: isRoleEffective,
})
