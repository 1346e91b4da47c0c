import type { CredentialStore, CredentialStores, Secret } from '../core/credentials.ts'
import {
  credentialsKey,
  hasPassed,
  type Elevation,
  type ElevationRecords,
} from '../core/elevation.ts'
import { asPimError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import { formatTarget, type Target } from '../core/target.ts'

/** What is needed to keep and to find again what was handed out. */
export interface KeepDeps {
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly tell: { readonly notice: (target: string, text: string) => void }
}

/** An elevation together with what it hands out. */
export interface Held {
  readonly elevation: Elevation
  /** Absent where the provider gives the right to one's own identity. */
  readonly credentials?: Secret
}

/**
 * Remembers an elevation and puts its credentials into the store. Where no store outlives this
 * process, or the store fails now, they serve this process only, and the person is told.
 */
export async function keep(
  elevation: Elevation,
  credentials: Secret | undefined,
  provider: Provider,
  deps: KeepDeps,
): Promise<Held> {
  const store = credentials && (await putAway(elevation, credentials, deps))
  const kept: Elevation = {
    ...elevation,
    ...(store !== undefined && { store: store.name }),
    configuration: await provider.configuration(),
  }
  try {
    await deps.records.put(kept)
  } catch (error) {
    deps.tell.notice(
      kept.target,
      `it will not show in \`pim status\`: ${asPimError(error).message}`,
    )
  }
  return { elevation: kept, ...(credentials !== undefined && { credentials }) }
}

async function putAway(
  elevation: Elevation,
  credentials: Secret,
  deps: KeepDeps,
): Promise<CredentialStore | undefined> {
  const store = await deps.stores.choose()
  if (store.name === 'memory') return undefined
  try {
    await store.write(credentialsKey(elevation), credentials)
    return store
  } catch (error) {
    const why = asPimError(error).message
    deps.tell.notice(elevation.target, `its credentials serve this process only: ${why}`)
    return undefined
  }
}

/**
 * The live elevation to a target with its credentials, if both are still there and the
 * configuration that led to them is unchanged. Throws what the store throws.
 */
export async function heldCredentials(
  target: Target,
  provider: Provider,
  deps: Pick<KeepDeps, 'records' | 'stores' | 'now' | 'signal'>,
): Promise<Held | undefined> {
  const configuration = await provider.configuration()
  const known = await deps.records.of(formatTarget(target))
  const usable = lastingFirst(known, deps.now()).filter((each) =>
    sameRole(each, target, configuration),
  )
  for (const elevation of usable) {
    if (elevation.store === undefined) continue
    const credentials = await deps.stores.open(elevation.store).read(credentialsKey(elevation))
    if (credentials === undefined) continue
    const held = { elevation, credentials }
    if (await isValid(held, provider, deps)) return held
  }
  return undefined
}

/** Sessions that may still work, the one with the latest end first. */
export function lastingFirst(all: readonly Elevation[], now: Date): readonly Elevation[] {
  return all
    .filter((each) => each.state === 'active' && hasPassed(each, now) !== 'yes')
    .toSorted((one, other) => other.expiresAt.getTime() - one.expiresAt.getTime())
}

/**
 * Whether credentials are handed out before their own end. Where the clocks disagree about that, the
 * provider is asked: credentials that have expired serve nobody.
 */
export async function isValid(
  { elevation, credentials }: Held,
  provider: Provider,
  { now, signal }: Pick<KeepDeps, 'now' | 'signal'>,
): Promise<boolean> {
  const passed = hasPassed(elevation, now())
  if (passed !== 'unclear') return passed === 'no'
  return provider.isEffective(elevation, credentials, signal).catch(() => false)
}

/** A changed configuration may name another role under the same target. */
function sameRole(elevation: Elevation, target: Target, configuration: string): boolean {
  if (elevation.configuration === configuration) return true
  return elevation.role === target.role && elevation.scope === target.scope
}
