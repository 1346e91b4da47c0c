import type { Exchange } from './graph-exchange.ts'
import { groupExchanges } from './graph-groups.ts'
import { policyExchanges } from './graph-policies.ts'
import { roleExchanges } from './graph-roles.ts'

/** Exchanges written by hand from what is known of the service, all of them as they should be. */
export const exchanges: readonly Exchange[] = [
  ...roleExchanges,
  ...policyExchanges,
  ...groupExchanges,
]

/** One of them by its name. */
export function exchangeNamed(wanted: string): Exchange {
  const found = exchanges.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`no exchange ${wanted}`)
  return found
}
