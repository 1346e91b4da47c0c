import { formatWhen } from '../../core/time/local-time.ts'
import type { AuditLog } from '../../core/audit/audit.ts'
import type { CredentialStore, CredentialStores, Secret } from '../../core/credentials.ts'
import type { StoreName } from '../../core/store-item.ts'
import {
  credentialsKey,
  asEffective,
  hasPassed,
  locally,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import type { UnfinishedNote } from '../../core/unfinished.ts'
import { beginWork, credentialsLost } from '../record/unfinished.ts'

/** What is needed to keep and to find again what was handed out. */
export interface KeepDeps {
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly audit: Pick<AuditLog, 'append'>
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

/** What came of a request. `changed` is false where the elevation was active already. */
export interface Outcome extends Held {
  readonly changed: boolean
}

interface KeepOptions {
  /** Whether it is of no use to this process alone. */
  readonly mustKeep?: boolean | undefined
  /** By which another process removes the credentials, should this one be stopped. */
  readonly note: UnfinishedNote
}

/** A store that was chosen by name and does not work throws here, before anything is issued. */
export async function ensureStore(
  { mustKeep }: Pick<KeepOptions, 'mustKeep'>,
  { stores }: Pick<KeepDeps, 'stores'>,
): Promise<void> {
  const store = await stores.choose()
  if (store.name !== 'memory' || mustKeep !== true) return
  const why = store.shortcoming === undefined ? '' : `: ${store.shortcoming}`
  const message = `there is no store to keep credentials in${why}`
  throw new PimError('usage', 'no-credential-store', message, {
    hint: 'unlock the keychain, or set PIM_STORE_PASSPHRASE for an encrypted file; `pim exec` and `pim env` work without a store, `pim doctor` says more',
  })
}

/**
 * Remembers an elevation and puts its credentials into the store. Where no store outlives this process,
 * or the store fails now, they serve this process only, and the person is told; what must be kept is
 * then thrown away, and `unavailable` thrown.
 */
export async function keep(
  elevation: Elevation,
  credentials: Secret | undefined,
  provider: Provider,
  deps: KeepDeps,
  { mustKeep, note }: KeepOptions,
): Promise<Held> {
  const configured = { ...elevation, configuration: await provider.configuration() }
  const held = (kept: Elevation): Held => ({
    elevation: kept,
    ...(credentials !== undefined && { credentials }),
  })
  const store = credentials && (await deps.stores.choose())
  if (credentials !== undefined && store !== undefined && store.name !== 'memory') {
    try {
      return held(
        await putAway({ ...configured, store: store.name }, credentials, store, deps, note),
      )
    } catch (error) {
      if (mustKeep) throw await thrownAway(elevation, asPimError(error), deps)
      const why = asPimError(error).message
      deps.tell.notice(elevation.target, `its credentials serve this process only: ${why}`)
    }
  }
  await deps.records.put(configured).catch((error: unknown) => {
    if (mustKeep) throw notRemembered(elevation, asPimError(error), deps.now())
    const why = asPimError(error).message
    deps.tell.notice(elevation.target, `it will not show in \`pim status\`: ${why}`)
  })
  return held(configured)
}

/** Into the store, and then on record. The note names the item first, so that nothing is left in the store. */
async function putAway(
  elevation: Elevation & { readonly store: StoreName },
  credentials: Secret,
  store: CredentialStore,
  deps: KeepDeps,
  note: UnfinishedNote,
): Promise<Elevation> {
  const key = credentialsKey(elevation)
  const items = [{ store: store.name, key }]
  await note.update({ items })
  try {
    await store.write(key, credentials)
    await deps.records.put(elevation)
  } catch (error) {
    // A write that failed may have left something all the same.
    await store.remove(key).catch(async () => (await beginWork({ items }, deps)).leave())
    throw error
  }
  return elevation
}

async function thrownAway(
  elevation: Elevation,
  cause: PimError,
  { audit }: KeepDeps,
): Promise<PimError> {
  const event = credentialsLost(elevation)
  await audit.append(event).catch(() => undefined)
  const message = `it was granted, but pim could not keep its credentials and threw them away: ${cause.message}`
  const { target } = elevation
  return new PimError('unavailable', 'not-kept', message, { target, hint: cause.hint, cause })
}

function notRemembered(elevation: Elevation, cause: PimError, now: Date): PimError {
  const { target } = elevation
  const until = formatWhen(locally(elevation.expiresAt, elevation), now)
  const message = `it is active until ${until}, but pim could not remember it: ${cause.message}`
  const hint = `\`pim release ${typed(target)}\` releases it`
  return new PimError('unavailable', 'not-kept', message, { target, hint, cause })
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
    const valid = await stillValid(held, provider, deps)
    if (valid !== undefined) return valid
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
 * What is held, unless it has ended: credentials that have expired serve nobody. Where the clocks disagree
 * about that, the provider is asked, and the elevation comes back by the clock that was right.
 */
export async function stillValid<Some extends Held>(
  held: Some,
  provider: Provider,
  { now, signal }: Pick<KeepDeps, 'now' | 'signal'>,
): Promise<Some | undefined> {
  const { elevation, credentials } = held
  const passed = hasPassed(elevation, now())
  if (passed !== 'unclear') return passed === 'no' ? held : undefined
  const isEffective = await provider.isEffective(elevation, credentials, signal).catch(() => false)
  return isEffective ? { ...held, elevation: asEffective(elevation, now()) } : undefined
}

/** A changed configuration may name another role under the same target. */
function sameRole(elevation: Elevation, target: Target, configuration: string): boolean {
  if (elevation.configuration === configuration) return true
  return elevation.role === target.role && elevation.scope === target.scope
}
