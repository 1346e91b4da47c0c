import pLimit from 'p-limit'
import * as v from 'valibot'
import { asPimError, PimError } from '../../../../core/errors.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { encodePath, rolesVersion } from '../arm.ts'
import { fold, parseScope, roleIdOf, subscriptionOf } from './scope.ts'
import { subscriptionNames } from './subscription-names.ts'
import type { Place } from '../wire.ts'

/** Names that the lists do not tell, by folded ids and scopes, and what is wrong where Azure tells none. */
export interface FoundNames {
  readonly subscriptions: ReadonlyMap<string, string>
  /** The same place, with the name of its role where another place or its definition tells it. */
  readonly named: <Its extends Place>(place: Its) => Its
  readonly troubles: readonly PimError[]
}

/**
 * The names of subscriptions and roles that rows come without: as a rule those of the subscriptions
 * that resource groups lie in, and for some tenants every name. What Azure does not name is a
 * trouble, since a target goes by its id then.
 */
export async function findNames(
  places: readonly Place[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<FoundNames> {
  const [subscriptions, roles] = await Promise.all([
    subscriptionNames(places, client, signal),
    roleNames(places, client, signal),
  ])
  const named: FoundNames['named'] = (place) => {
    const { scope, roleDefinitionId } = place
    const roleName = place.roleName ?? roles.get(fold(roleIdOf(roleDefinitionId)))
    const isSubscription = parseScope(scope).kind === 'subscription'
    const scopeName =
      place.scopeName ?? (isSubscription ? subscriptions.get(fold(scope)) : undefined)
    return { ...place, roleName, scopeName }
  }
  const nameless = places.map(named).filter((place) => isNameless(place, subscriptions))
  return { subscriptions, named, troubles: nameless.length === 0 ? [] : [noNames(nameless)] }
}

/** A resource group and a management group have their names in their ids. */
function isNameless(
  { scope, roleName }: Place,
  subscriptions: ReadonlyMap<string, string>,
): boolean {
  const { kind } = parseScope(scope)
  const isUnknown = kind === 'subscription' && !subscriptions.has(fold(subscriptionOf(scope) ?? ''))
  return roleName === undefined || isUnknown
}

function noNames(places: readonly Place[]): PimError {
  const count = new Set(places.map(({ scope, roleDefinitionId }) => scope + roleDefinitionId)).size
  const which = count === 1 ? 'one role' : `${count} roles`
  return new PimError(
    'unavailable',
    'names-missing',
    `Azure gave no display names for ${which} or their subscriptions; they go by their ids`,
    { hint: 'type the ids, which `pim list` shows, or try again later with `pim list --refresh`' },
  )
}

/** ARM throttles who asks for a hundred. */
const atOnce = 8

/** The names of roles, by their folded ids: told along with one of the rows, or by their definitions. */
async function roleNames(
  places: readonly Place[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>()
  const wanted = new Map<string, string>()
  for (const { roleDefinitionId, roleName } of places) {
    const id = fold(roleIdOf(roleDefinitionId))
    if (roleName === undefined) wanted.set(id, roleDefinitionId)
    else told.set(id, roleName)
  }
  const limit = pLimit(atOnce)
  const missing = [...wanted].filter(([id]) => !told.has(id))
  const read = await Promise.all(
    missing.map(([id, path]) =>
      limit(async () => [id, await roleName(path, client, signal)] as const),
    ),
  )
  return new Map([...told, ...read.flatMap(([id, name]) => (name ? [[id, name] as const] : []))])
}

const Definition = v.object({ properties: v.object({ roleName: v.string() }) })

async function roleName(
  roleDefinitionId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `${encodePath(roleDefinitionId)}?api-version=${rolesVersion}`
  try {
    const { body } = await client.send({ method: 'GET', path, signal, isOptional: true })
    const read = v.safeParse(Definition, body)
    return read.success ? read.output.properties.roleName : undefined
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return undefined
  }
}
