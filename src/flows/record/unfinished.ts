import type { AuditEvent, AuditLog } from '../../core/audit/audit.ts'
import type { CredentialStores } from '../../core/credentials.ts'
import type { StoreItem } from '../../core/store-item.ts'
import {
  credentialsKey,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import type { UnfinishedNote, UnfinishedWork } from '../../core/unfinished.ts'
import { released } from './events.ts'
import { recordOnce } from './record-once.ts'

export interface UnfinishedDeps {
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly flights: Flights
  readonly audit: Pick<AuditLog, 'append' | 'read'>
  readonly signal: AbortSignal
}

/** For work that no other process could finish. */
export const noNote: UnfinishedNote = {
  update: async () => {},
  end: async () => {},
  leave: async () => {},
}

/** Writes down what another process must finish, should this one be stopped. */
export async function beginWork(
  work: UnfinishedWork,
  { stores }: Pick<UnfinishedDeps, 'stores'>,
): Promise<UnfinishedNote> {
  return (await stores.notes?.begin(work)) ?? noNote
}

const patienceSeconds = 5

/**
 * Finishes what stopped processes left: removes credentials that no elevation refers to, forgets what the
 * provider has released, and writes the records that are missing. Asks no provider. What fails stays for
 * the next time. Never throws; not to be called inside a target's flight.
 */
export async function finishAbandoned(
  deps: UnfinishedDeps,
  onFailure: (message: string) => void = () => {},
): Promise<void> {
  try {
    await deps.stores.notes?.sweep((work) => finish(work, deps))
  } catch (error) {
    onFailure(asPimError(error).message)
  }
}

async function finish(work: UnfinishedWork, deps: UnfinishedDeps): Promise<void> {
  const { items, ending, isReleased } = work
  const target = ending?.target
  if (ending === undefined || target === undefined) return removeUnreferred(items, deps)
  await deps.flights.run(target, { signal: deps.signal, patienceSeconds }, async () => {
    const isSame = ({ id }: Elevation): boolean => id === ending.elevationId
    const remembered = (await deps.records.of(target)).find(isSame)
    if (isReleased === true && remembered !== undefined) await forget(remembered, deps)
    else await removeUnreferred(items, deps)
    // An elevation that is remembered gets its end later.
    const isDue = isReleased === true || ending.event === 'elevation.active'
    if (remembered === undefined || isDue) await recordOnce(ending, deps.audit)
  })
}

/** Deletes the credentials of an elevation, and then what is remembered of it. Throws what a store throws. */
export async function forget(
  elevation: Elevation,
  { records, stores }: Pick<UnfinishedDeps, 'records' | 'stores'>,
): Promise<void> {
  for (const { store, key } of itemsOf(elevation)) await stores.open(store).remove(key)
  await records.remove(elevation)
}

async function removeUnreferred(
  items: readonly StoreItem[],
  { records, stores }: Pick<UnfinishedDeps, 'records' | 'stores'>,
): Promise<void> {
  if (items.length === 0) return
  const referred = (await records.list()).flatMap(itemsOf)
  const isReferred = (item: StoreItem): boolean =>
    referred.some(({ store, key }) => store === item.store && key === item.key)
  for (const item of items) {
    if (!isReferred(item)) await stores.open(item.store).remove(item.key)
  }
}

function itemsOf(elevation: Elevation): readonly StoreItem[] {
  const { store } = elevation
  return store === undefined ? [] : [{ store, key: credentialsKey(elevation) }]
}

/** The record of an elevation whose credentials reached nobody: they stay valid until they expire. */
export function credentialsLost(elevation: Elevation): AuditEvent {
  return { ...released(elevation), reason: 'its credentials were not kept' }
}
