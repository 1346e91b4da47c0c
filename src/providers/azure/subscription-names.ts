import type { MicrosoftClient } from '../microsoft/client.ts'
import { nameSubscriptions } from './lists.ts'
import { fold, parseScope, subscriptionOf } from './scope.ts'
import type { Place } from './wire.ts'

/** The names of the subscriptions that resource groups lie in: listed beside them, or else asked for. */
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
    if (kind === 'resource-group') wanted.set(fold(parent), parent)
    if (kind === 'subscription' && scopeName !== undefined) listed.set(fold(parent), scopeName)
  }
  const missing = [...wanted].filter(([key]) => !listed.has(key)).map(([, scope]) => scope)
  return new Map([...listed, ...(await nameSubscriptions(client, missing, signal))])
}
