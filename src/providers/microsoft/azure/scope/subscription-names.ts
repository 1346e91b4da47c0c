import * as v from 'valibot'
import { asPimError } from '../../../../core/errors.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import { authorizationPath } from '../arm.ts'
import { nameSubscriptions } from '../schedule/lists.ts'
import { fold, parseScope, subscriptionOf } from './scope.ts'
import type { Place } from '../wire.ts'

/** The names of subscriptions, and of those that resource groups lie in: as they are listed, or else asked for. */
export async function subscriptionNames(
  places: readonly Place[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const listed = new Map<string, string>()
  const wanted = new Map<string, string>()
  for (const { scope, scopeName } of places) {
    const parent = subscriptionOf(scope)
    if (parent === undefined) continue
    const { kind } = parseScope(scope)
    if (kind === 'subscription' && scopeName !== undefined) listed.set(fold(parent), scopeName)
    else if (kind === 'subscription' || kind === 'resource-group') wanted.set(fold(parent), parent)
  }
  const missing = [...wanted].filter(([key]) => !listed.has(key)).map(([, scope]) => scope)
  const read = await nameSubscriptions(client, missing, signal)
  const isWhole = missing.every((scope) => read.has(fold(scope)))
  const children = isWhole ? [] : await eligibleChildren(client, signal)
  return new Map([...children, ...listed, ...read])
}

const Child = v.object({ id: v.string(), name: v.string() })

/** The subscriptions that the caller is eligible for something in; their names need no right to read them. */
async function eligibleChildren(
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly (readonly [string, string])[]> {
  const filter = "resourceType eq 'subscription'"
  const path = `${authorizationPath('/', 'eligibleChildResources', { filter })}&$getAllChildren=true`
  try {
    const items = await readPages(client, { method: 'GET', path, signal, isOptional: true })
    return items.flatMap((item) => {
      const read = v.safeParse(Child, item)
      return read.success ? [[fold(read.output.id), read.output.name] as const] : []
    })
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return []
  }
}
