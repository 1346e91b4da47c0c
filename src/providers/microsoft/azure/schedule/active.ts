import type { Standing } from '../../../../core/provider.ts'
import type { MicrosoftIdentity } from '../../http/client.ts'
import { rightKey } from '../scope/scope.ts'
import type { ActiveRow } from '../wire.ts'

/** An activation without an end outlasts whatever a date can say. */
const noEnd = new Date('9999-12-31T23:59:59Z')

/** What was activated and has not ended: for each right the activation that ends last. */
export function lastToEnd(rows: readonly ActiveRow[], now: Date): readonly ActiveRow[] {
  const last = new Map<string, ActiveRow>()
  for (const row of rows) {
    if (!row.isActivated || endOf(row) <= now) continue
    const key = rightKey(row.scope, row.roleDefinitionId)
    const known = last.get(key)
    if (known === undefined || endOf(row) > endOf(known)) last.set(key, row)
  }
  return [...last.values()]
}

function endOf({ endsAt }: ActiveRow): Date {
  return endsAt ?? noEnd
}

/** An activation as ARM lists it, with what is needed to give it back. */
export function standingOf(
  row: ActiveRow,
  path: string,
  { objectId, tenantId }: MicrosoftIdentity,
): Standing {
  return {
    path,
    startsAt: row.startsAt,
    expiresAt: endOf(row),
    facts: {
      tenantId,
      scope: row.scope,
      roleDefinitionId: row.roleDefinitionId,
      principalId: objectId,
      ...(row.scheduleId && { roleAssignmentScheduleId: row.scheduleId }),
    },
  }
}
