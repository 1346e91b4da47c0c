import type { Target } from '../../../core/target.ts'
import type { Names } from './scope/scope-names.ts'
import { fold, rightKey, roleIdOf, subscriptionOf } from './scope/scope.ts'
import type { EligibleRow, Place } from './wire.ts'

/**
 * Each right, a role at a scope, once: by the direct eligibility before one through a group, until the last
 * of them ends; without an end where any has none.
 */
export function mergeEligible(rows: readonly EligibleRow[]): readonly EligibleRow[] {
  const rights = new Map<string, EligibleRow>()
  for (const row of rows) {
    const key = rightKey(row.scope, row.roleDefinitionId)
    const known = rights.get(key)
    if (known === undefined) {
      rights.set(key, row)
      continue
    }
    const [first, other] = row.isDirect && !known.isDirect ? [row, known] : [known, row]
    rights.set(key, {
      ...first,
      scopeName: first.scopeName ?? other.scopeName,
      roleName: first.roleName ?? other.roleName,
      endsAt: laterEnd(first.endsAt, other.endsAt),
    })
  }
  return [...rights.values()]
}

function laterEnd(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return undefined
  return one > other ? one : other
}

/** What ARM wants to be told again of an eligibility, and what names are made of. */
export function referenceOf(
  {
    scope,
    roleDefinitionId,
    scheduleId,
    condition,
    conditionVersion,
  }: Pick<EligibleRow, 'scope' | 'roleDefinitionId' | 'scheduleId'> &
    Partial<Pick<EligibleRow, 'condition' | 'conditionVersion'>>,
  subscriptionNames: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const subscriptionName = subscriptionNames.get(fold(subscriptionOf(scope) ?? ''))
  return {
    roleDefinitionId,
    ...(scheduleId && { eligibleAt: scope, eligibilityScheduleId: fullPath(scope, scheduleId) }),
    ...(condition && { condition }),
    ...(condition && conditionVersion && { conditionVersion }),
    ...(subscriptionName && { subscriptionName }),
  }
}

/** The whole path is the one form of a schedule's id that ARM takes at narrower scopes too. */
function fullPath(scope: string, scheduleId: string): string {
  if (scheduleId.includes('/')) return scheduleId
  const base = scope === '/' ? '' : scope
  return `${base}/providers/Microsoft.Authorization/roleEligibilitySchedules/${scheduleId}`
}

export function targetOf(
  place: Place,
  names: Names,
  reference: Readonly<Record<string, string>>,
  eligibleUntil: Date | undefined,
): Target {
  const { scope, scopeName, roleName, roleDefinitionId } = place
  return {
    provider: 'azure',
    path: names.pathOf(place),
    role: roleName || roleIdOf(roleDefinitionId),
    scope,
    ...(scopeName && { scopeName }),
    displayNames: names.spellingsOf(place),
    ...(eligibleUntil !== undefined && { eligibleUntil }),
    reference,
  }
}

/** The role definition that a target stands for; its role where nobody said. */
export function roleDefinitionOf({ reference, scope, role }: Target): string {
  const base = scope === '/' ? '' : scope
  const guessed = `${base}/providers/Microsoft.Authorization/roleDefinitions/${role}`
  return reference?.roleDefinitionId ?? guessed
}
