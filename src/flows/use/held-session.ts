import type { CredentialStores, Secret } from '../../core/credentials.ts'
import {
  canHandOut,
  credentialsKey,
  hasPassed,
  isLongEnough,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'
import { lastingFirst, stillValid } from '../elevate/persist.ts'

export interface HeldDeps {
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly provider: LoadProvider
  readonly now: () => Date
  readonly signal: AbortSignal
}

/** An elevation, what it hands out, and who knows how. */
export interface Served {
  readonly elevation: Elevation
  readonly credentials: Secret
  readonly provider: Provider
}

/**
 * The live elevation under exactly this name, if the configuration has not changed since. No
 * configuration is parsed for it, since AWS SDKs ask on every call.
 */
export async function heldUnderName(
  word: string,
  mayRenew: boolean,
  deps: HeldDeps,
): Promise<Served | undefined> {
  for (const elevation of lastingFirst(await deps.records.of(word), deps.now())) {
    const isInDoubt = hasPassed(elevation, deps.now()) === 'unclear'
    if (elevation.store === undefined) continue
    if (!isInDoubt && !canHandOut(elevation, deps.now())) continue
    const provider = await deps.provider(elevation.provider)
    if (elevation.configuration !== (await provider.configuration())) continue
    const store = deps.stores.open(elevation.store)
    const credentials = await unlessLost(word, mayRenew, store.glance(credentialsKey(elevation)))
    if (credentials === undefined) continue
    const served = await stillValid({ elevation, credentials, provider }, provider, deps)
    if (served !== undefined) return served
  }
  return undefined
}

/**
 * What a store gives back. One that does not open counts as empty where there may be new credentials;
 * otherwise there is nothing to say but why it does not.
 */
export async function unlessLost<Kept>(
  target: string,
  mayRenew: boolean,
  kept: Promise<Kept | undefined>,
): Promise<Kept | undefined> {
  try {
    return await kept
  } catch (error) {
    if (mayRenew) return undefined
    throw asPimError(error).about(target)
  }
}

/** Near its end, an elevation is replaced where that may be done, and otherwise used to the last minute. */
export function serves(elevation: Elevation, mayRenew: boolean, now: Date): boolean {
  return mayRenew ? isLongEnough(elevation, undefined, now) : canHandOut(elevation, now)
}
