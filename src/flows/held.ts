import type { CredentialStores, Secret } from '../core/credentials.ts'
import {
  canHandOut,
  credentialsKey,
  isLongEnough,
  type Elevation,
  type ElevationRecords,
} from '../core/elevation.ts'
import type { Provider } from '../core/provider.ts'
import type { ProviderId } from '../core/target.ts'

export interface HeldDeps {
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly provider: (id: ProviderId) => Promise<Provider>
  readonly now: () => Date
}

/** An elevation, what it hands out, and who knows how. */
export interface Served {
  readonly elevation: Elevation
  readonly credentials: Secret
  readonly provider: Provider
}

/**
 * The live elevation under exactly this name, if the configuration has not changed since. No
 * configuration is parsed for it, since AWS SDKs ask on every call. A store that does not answer
 * counts as empty.
 */
export async function heldUnderName(word: string, deps: HeldDeps): Promise<Served | undefined> {
  const elevation = await deps.records.get(word)
  if (elevation?.store === undefined || !canHandOut(elevation, deps.now())) return undefined
  const provider = await deps.provider(elevation.provider)
  if (elevation.configuration !== (await provider.configuration())) return undefined
  const credentials = await deps.stores
    .open(elevation.store)
    .glance(credentialsKey(elevation))
    .catch(() => undefined)
  return credentials === undefined ? undefined : { elevation, credentials, provider }
}

/** Near its end, an elevation is replaced where that may be done, and otherwise used to the last minute. */
export function serves(elevation: Elevation, mayRenew: boolean, now: Date): boolean {
  return mayRenew ? isLongEnough(elevation, undefined, now) : canHandOut(elevation, now)
}
