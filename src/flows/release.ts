import type { AuditEvent, AuditLog } from '../core/audit.ts'
import type { CredentialStores } from '../core/credentials.ts'
import {
  credentialsKey,
  isLive,
  type Actor,
  type Elevation,
  type ElevationRecords,
} from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import type { Flights } from '../core/flight.ts'

export interface ReleaseDeps {
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly flights: Flights
  readonly audit: AuditLog
  readonly actor: Actor
  readonly now: () => Date
  readonly signal: AbortSignal
}

const patienceSeconds = 30

/**
 * Gives an elevation back: its credentials are forgotten here. Keys that AWS has issued cannot be
 * called back; the record says until when they live. The credentials go even when the record
 * cannot be written, and then the error says so. Undefined where there is nothing to give back, or
 * where another elevation than `onlyId` has taken its place.
 */
export async function release(
  target: string,
  deps: ReleaseDeps,
  onlyId?: string,
): Promise<Elevation | undefined> {
  return deps.flights.run(target, { signal: deps.signal, patienceSeconds }, async () => {
    const elevation = await deps.records.get(target)
    if (elevation === undefined || (onlyId ?? elevation.id) !== elevation.id) return undefined
    // In this order the log never says that what is still kept here was given back.
    await forget(elevation, deps).catch((error: unknown) => {
      throw asPimError(error).about(target)
    })
    const audit = await deps.audit
      .append(givenBack(elevation, deps.actor))
      .catch((error: unknown) => {
        throw unrecorded(target, asPimError(error))
      })
    return { ...elevation, state: 'released', audit }
  })
}

function givenBack(elevation: Elevation, actor: Actor): AuditEvent {
  const { id, target, accessEndsAt, facts } = elevation
  return {
    event: 'elevation.released',
    elevationId: id,
    target,
    accessEndsAt: accessEndsAt.toISOString(),
    ...(facts.accessKeyId !== undefined && { accessKeyId: facts.accessKeyId }),
    actor: { ...actor },
  }
}

async function forget(
  elevation: Elevation,
  deps: Pick<ReleaseDeps, 'records' | 'stores'>,
): Promise<void> {
  if (elevation.store !== undefined) {
    await deps.stores.open(elevation.store).remove(credentialsKey(elevation))
  }
  await deps.records.remove(elevation.target)
}

/** Clears away what has ended, with the credentials that no longer serve. */
export async function clearEnded(
  deps: Pick<ReleaseDeps, 'records' | 'stores' | 'flights' | 'now' | 'signal'>,
): Promise<void> {
  const all = await deps.records.list()
  const ended = all.filter((elevation) => !isLive(elevation, deps.now()))
  for (const { target } of ended) {
    await deps.flights.run(target, { signal: deps.signal, patienceSeconds: 1 }, async () => {
      const elevation = await deps.records.get(target)
      if (elevation !== undefined && !isLive(elevation, deps.now())) await forget(elevation, deps)
    })
  }
}

function unrecorded(target: string, cause: PimError): PimError {
  return new PimError(
    'audit',
    cause.code,
    `the credentials of \`${target}\` are forgotten, but that could not be recorded: ${cause.message}`,
    { target, hint: cause.hint, cause },
  )
}
