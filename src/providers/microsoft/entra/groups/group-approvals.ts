import type { Approvals } from '../../../../core/elevation/approval.ts'
import { createGraphApprovals, type ApprovalPlace } from '../requests/approvals.ts'
import type { Asker } from '../graph-context.ts'
import { groupTargets } from './group-targets.ts'
import { readGroupNames } from '../names.ts'
import { groupRules } from '../requirements.ts'
import { groupRightOf } from '../schedule/rights.ts'
import { groups } from '../schedule/schedule-api.ts'
import type { GroupInstance } from '../wire.ts'

/** Requests for places in groups, and decisions on them. */
export function groupApprovals(asker: Asker): Approvals {
  return createGraphApprovals(place, asker)
}

const place: ApprovalPlace<GroupInstance> = {
  provider: 'group',
  surface: groups,
  targetsOf: async (rows, { client }, signal) => {
    const ids = rows.map(({ right }) => right.groupId)
    const { names } = await readGroupNames(ids, client, signal)
    return groupTargets(rows, [], names)
  },
  rules: async (facts, client, signal) => groupRules(groupRightOf(facts, 'group'), client, signal),
  // What a group may do is written down at whatever trusts it, and nowhere in one place.
  permissions: async () => undefined,
}
