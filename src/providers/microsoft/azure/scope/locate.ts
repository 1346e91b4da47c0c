import type { Target } from '../../../../core/target.ts'
import { isMeant, namePlaces } from './scope-names.ts'
import {
  depthOf,
  fold,
  mayLieIn,
  parseScope,
  roleIdOf,
  subscriptionOf,
  tidyScope,
} from './scope.ts'
import { roleDefinitionOf, targetOf } from '../target.ts'
import type { Place } from '../wire.ts'

/**
 * A narrower scope than those listed, with the role of the closest eligibility above it. Undefined
 * where the path means what is listed, where no eligibility lies above it, and where two lie
 * equally close. Never a wider scope.
 */
export function locate(path: string, listed: readonly Target[]): Target | undefined {
  const slash = path.lastIndexOf('/')
  const role = path.slice(slash + 1)
  // A name may hold slashes of its own.
  if (listed.some(({ displayNames }) => displayNames.some((name) => fold(name) === fold(path)))) {
    return undefined
  }
  const ofRole = listed.filter((target) => isEligible(target) && isRole(role, target))
  if (slash < 0 || ofRole.length === 0) return undefined
  const [roleId, ...otherRoles] = new Set(ofRole.map(foldedRole))
  const [scope, ...otherScopes] = scopesMeant(path.slice(0, slash), listed)
  if (scope === undefined || roleId === undefined) return undefined
  if (otherScopes.length > 0 || otherRoles.length > 0) return undefined
  const above = closestEligible(scope, roleId, listed)
  return above === undefined ? undefined : targetBelow(above, scope, listed)
}

function isEligible({ reference }: Target): boolean {
  return reference?.eligibilityScheduleId !== undefined
}

function isRole(text: string, target: Target): boolean {
  return isMeant(text, target.role) || fold(text) === foldedRole(target)
}

function foldedRole(target: Target): string {
  return fold(roleIdOf(roleDefinitionOf(target)))
}

const groupName = /^[\p{L}\p{N}_.()-]{0,89}[\p{L}\p{N}_()-]$/u
const wholeScope =
  /^\/subscriptions\/[\w-]+(?:\/resourceGroups\/[\p{L}\p{N}_.()-]+)?(?:(?:\/providers\/[\w.]+)(?:\/[\w.]+\/[^\s/?#%\\\p{C}]+)+)?$/iu

/** The scopes that a text may stand for: a whole ARM scope, or the names of a subscription and a resource group. */
function scopesMeant(text: string, listed: readonly Target[]): readonly string[] {
  if (text.startsWith('/')) {
    const scope = tidyScope(text).replace(/\/resourcegroups\//i, '/resourceGroups/')
    return wholeScope.test(scope) && !climbs(scope) ? [scope] : []
  }
  const [head = '', group, ...more] = text.split('/')
  const heads = namePlaces(listed.map(placeOf), subscriptionNames(listed)).scopesMeant(head)
  if (group === undefined) return heads
  if (more.length > 0 || !groupName.test(group)) return []
  return heads
    .filter((scope) => parseScope(scope).kind === 'subscription')
    .map((scope) => `${scope}/resourceGroups/${group}`)
}

/** On its way to the server, a part that is all dots would lead to a wider scope. */
function climbs(scope: string): boolean {
  return scope.split('/').some((part) => /^\.+$/.test(part))
}

/**
 * The eligibility for a role whose scope holds this one most closely. Undefined where it is for this
 * scope itself, where there is none, and where there are two.
 */
export function closestEligible(
  scope: string,
  roleDefinitionId: string,
  listed: readonly Target[],
): Target | undefined {
  const roleId = fold(roleIdOf(roleDefinitionId))
  const ofRole = listed.filter((target) => isEligible(target) && foldedRole(target) === roleId)
  if (ofRole.some((target) => fold(target.scope) === fold(scope))) return undefined
  const [closest, next] = ofRole
    .filter((target) => mayLieIn(scope, target.scope))
    .toSorted((one, other) => depthOf(other.scope) - depthOf(one.scope))
  if (closest === undefined) return undefined
  const isTie = next !== undefined && depthOf(next.scope) === depthOf(closest.scope)
  return isTie ? undefined : closest
}

/** The eligibility narrowed to a scope in it, spelt as a list would spell it. */
function targetBelow(above: Target, scope: string, listed: readonly Target[]): Target {
  const names = subscriptionNames(listed)
  const isPrefix = fold(scope).startsWith(`${fold(above.scope)}/`)
  const place: Place = {
    ...placeOf(above),
    scope: isPrefix ? `${above.scope}${scope.slice(above.scope.length)}` : scope,
    scopeName: undefined,
  }
  const subscriptionName = names.get(fold(subscriptionOf(scope) ?? ''))
  return targetOf(
    place,
    namePlaces([...listed.map(placeOf), place], names),
    { ...above.reference, ...(subscriptionName && { subscriptionName }) },
    above.eligibleUntil,
  )
}

/** A listed target, as the place that it was named after. */
function placeOf(target: Target): Place {
  const { scope, scopeName, role } = target
  return { scope, roleDefinitionId: roleDefinitionOf(target), scopeName, roleName: role }
}

function subscriptionNames(listed: readonly Target[]): ReadonlyMap<string, string> {
  return new Map(
    listed.flatMap(({ scope, scopeName, reference }) => {
      const parent = subscriptionOf(scope)
      const isItself = parent !== undefined && fold(parent) === fold(scope)
      const name = isItself ? scopeName : reference?.subscriptionName
      return parent === undefined || name === undefined ? [] : [[fold(parent), name] as const]
    }),
  )
}
