import { callsOf } from '../operations.ts'
import { discoverGroups } from '../discover.ts'
import { isGroupEffective } from '../schedule/effective.ts'
import { groupRequirements } from '../requirements.ts'
import { groupRightOf } from '../schedule/rights.ts'
import { groups } from '../schedule/schedule-api.ts'

/** What can be asked about places in groups. */
export const groupCalls = callsOf(groups, {
  rightOf: groupRightOf,
  discover: discoverGroups,
  requirements: groupRequirements,
  isEffective: isGroupEffective,
})
