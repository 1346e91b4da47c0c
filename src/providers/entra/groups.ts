import { callsOf } from './calls.ts'
import { discoverGroups } from './discover.ts'
import { isGroupEffective } from './effective.ts'
import { groupRequirements } from './requirements.ts'
import { groupRightOf } from './rights.ts'
import { groups } from './surface.ts'

/** What can be asked about places in groups. */
export const groupCalls = callsOf(groups, {
  rightOf: groupRightOf,
  discover: discoverGroups,
  requirements: groupRequirements,
  isEffective: isGroupEffective,
})
