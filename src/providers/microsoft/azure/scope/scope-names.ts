import { printable } from '../../../../core/printable.ts'
import { slug } from '../../../../core/target.ts'
import { fold, parseScope, roleIdOf, subscriptionOf } from './scope.ts'
import type { Place } from '../wire.ts'

/** How places are written, each unlike every other. */
export interface Names {
  readonly pathOf: (place: Place) => string
  /** Every way to write a place, the path included. Another place may be written so as well. */
  readonly spellingsOf: (place: Place) => readonly string[]
  /** The subscriptions and management groups that a text may mean: a name, a slug or an id. */
  readonly scopesMeant: (text: string) => readonly string[]
}

/** Everything that has a name of its own, by its folded id, with the forms of it that can be typed. */
type Forms = ReadonlyMap<string, readonly [string, ...string[]]>

/**
 * Names places after what their owners call them. What has no name that can be typed, or shares it
 * with another, goes by its id. `subscriptionNames` is by the subscription's folded scope.
 */
export function namePlaces(
  places: readonly Place[],
  subscriptionNames: ReadonlyMap<string, string>,
): Names {
  const heads = formsOfHeads(places, subscriptionNames)
  const roles = formsOfRoles(places)
  const given = givenNames(places, subscriptionNames)
  const headLabels = distinctLabels(heads, given)
  const roleLabels = distinctLabels(roles, given)
  const pathOf = ({ scope, roleDefinitionId }: Place): string => {
    const id = roleIdOf(roleDefinitionId)
    const [label] = below(scope, (head) => [headLabels.get(fold(head)) ?? head])
    return `${label}/${roleLabels.get(fold(id)) ?? id}`
  }
  return {
    pathOf,
    spellingsOf: (place) => {
      const scopeForms = below(place.scope, (head) => [
        ...(heads.get(fold(head)) ?? [head]),
        ...(given.get(fold(head)) ?? []),
      ])
      const id = roleIdOf(place.roleDefinitionId)
      const roleForms = [...(roles.get(fold(id)) ?? [id]), ...(given.get(fold(id)) ?? [])]
      const spellings = [...scopeForms, place.scope].flatMap((scope) =>
        roleForms.map((role) => `${scope === '/' ? '' : scope}/${role}`),
      )
      return [...new Set([pathOf(place), ...spellings])]
    },
    scopesMeant: (text) =>
      [...heads]
        .filter(([key, forms]) =>
          [...forms, ...(given.get(key) ?? [])].some((form) => isMeant(text, form)),
        )
        .map(([, forms]) => forms.at(-1) ?? forms[0]),
  }
}

/** Whether a text means a name: in any case, or as its slug. */
export function isMeant(text: string, name: string): boolean {
  return fold(text) === fold(name) || (slug(text) !== '' && slug(text) === slug(name))
}

/** Subscriptions and management groups: the name, the id, the scope, as far as they can be typed. */
function formsOfHeads(
  places: readonly Place[],
  subscriptionNames: ReadonlyMap<string, string>,
): Forms {
  const heads = new Map<string, readonly [string, ...string[]]>()
  const add = (scope: string, id: string, name: string | undefined): void => {
    const known = heads.get(fold(scope)) ?? (isTypable(id) ? [id, scope] : [scope])
    const isNew = name !== undefined && isTypable(name) && !known.includes(name)
    heads.set(fold(scope), isNew ? [name, ...known] : known)
  }
  for (const { scope, scopeName } of places) {
    const parsed = parseScope(scope)
    if (parsed.kind === 'management-group' || parsed.kind === 'subscription') {
      add(scope, parsed.id, scopeName)
    }
    const parent = subscriptionOf(scope)
    if (parent !== undefined && fold(parent) !== fold(scope)) {
      add(parent, parent.slice(parent.lastIndexOf('/') + 1), subscriptionNames.get(fold(parent)))
    }
  }
  return heads
}

function formsOfRoles(places: readonly Place[]): Forms {
  const roles = new Map<string, readonly [string, ...string[]]>()
  for (const { roleDefinitionId, roleName } of places) {
    const id = roleIdOf(roleDefinitionId)
    const known = roles.get(fold(id)) ?? [id]
    const isNew = roleName !== undefined && isTypable(roleName) && !known.includes(roleName)
    roles.set(fold(id), isNew ? [roleName, ...known] : known)
  }
  return roles
}

/** The forms of a scope, made from those of the subscription or management group that it is or lies in. */
function below(
  scope: string,
  formsOf: (head: string) => readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const parsed = parseScope(scope)
  switch (parsed.kind) {
    case 'root':
      return ['']
    case 'management-group':
    case 'subscription':
      return formsOf(scope)
    case 'resource-group':
      return isTypable(parsed.name)
        ? belowSubscription(scope, parsed.name, formsOf(subscriptionOf(scope) ?? scope))
        : [scope]
    case 'other':
      return [scope]
  }
}

function belowSubscription(
  scope: string,
  name: string,
  [first, ...others]: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  // A subscription that goes by its whole scope has its resource groups do so too.
  const within = (form: string): string => (form.startsWith('/') ? scope : `${form}/${name}`)
  return [within(first), ...others.map(within)]
}

/**
 * Chooses for each thing the first of its forms that nothing else could be meant by, in whatever
 * case it is typed; the last of them, its id, where there is none. A name that cannot stand in a path
 * gives way to its slug, and that to the names of others.
 */
function distinctLabels(
  things: Forms,
  given: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string> {
  const owners = ownersOf(things)
  const slugs = new Map(
    [...things.keys()].flatMap((key) => {
      const form = pathForm(given.get(key)?.[0] ?? '')
      return form === undefined ? [] : [[key, [form]] as const]
    }),
  )
  const slugOwners = ownersOf(slugs)
  const isOwn = (form: string): boolean => owners.get(fold(form))?.size === 1
  const isFree = (form: string): boolean =>
    !owners.has(fold(form)) && slugOwners.get(fold(form))?.size === 1
  const labelOf = (key: string, forms: readonly string[]): string =>
    slugs.get(key)?.find(isFree) ?? forms.find(isOwn) ?? forms.at(-1) ?? key
  return new Map([...things].map(([key, forms]) => [key, labelOf(key, forms)]))
}

function ownersOf(
  things: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>()
  for (const [key, forms] of things) {
    for (const form of forms) {
      owners.set(fold(form), (owners.get(fold(form)) ?? new Set<string>()).add(key))
    }
  }
  return owners
}

/** A name as it can stand in a path: without the blanks around it, or as its slug. */
function pathForm(name: string): string | undefined {
  return [name.trim(), slug(name)].find(isTypable)
}

/** Names by folded ids and scopes as Azure writes them, where they cannot stand in a path as they are. */
function givenNames(
  places: readonly Place[],
  subscriptionNames: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const given = places.flatMap(({ scope, scopeName, roleDefinitionId, roleName }) => {
    const parent = subscriptionOf(scope) ?? scope
    const parentName = subscriptionNames.get(fold(parent))
    return [
      [fold(scope), scopeName],
      [fold(parent), parentName],
      [fold(roleIdOf(roleDefinitionId)), roleName],
    ] as const
  })
  return new Map(
    given.flatMap(([key, name]) =>
      name === undefined || isTypable(name) || printable(name) !== name
        ? []
        : [[key, [name]] as const],
    ),
  )
}

/** A name that can stand between slashes, and be typed as it is shown. */
function isTypable(name: string): boolean {
  return name !== '' && !name.includes('/') && name.trim() === name && printable(name) === name
}
