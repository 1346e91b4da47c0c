import type { AuditLog } from '../../core/audit/audit.ts'
import type { Actor, Elevation, ElevationRecords } from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import type { LoadProvider } from '../../core/provider.ts'
import { providerOfHolder } from '../track/holder.ts'
import { recordOnce } from '../record/record-once.ts'

export interface CancelDeps {
  readonly provider: LoadProvider
  readonly records: ElevationRecords
  readonly flights: Flights
  readonly audit: AuditLog
  readonly actor: Actor
  readonly signal: AbortSignal
}

/** Cancels a request that is not active yet. Throws `refused` where it is active or was decided. */
export async function cancel(elevation: Elevation, deps: CancelDeps): Promise<Elevation> {
  const { target, providerRequestId, facts } = elevation
  try {
    const { approvals } = await providerOfHolder(elevation, deps)
    if (approvals === undefined || providerRequestId === undefined) throw notCancelable(elevation)
    if (elevation.state === 'canceled') throw canceledAlready(elevation, providerRequestId)
    await approvals.withdraw(providerRequestId, facts, deps.signal)
    const options = { signal: deps.signal, patienceSeconds: 10 }
    return await deps.flights.run(target, options, () => withdrawn(elevation, deps))
  } catch (thrown) {
    throw asPimError(thrown).about(target)
  }
}

/** Recorded first: who is killed in between leaves a memory that the provider's word clears away. */
async function withdrawn(elevation: Elevation, deps: CancelDeps): Promise<Elevation> {
  const { id, target, providerRequestId } = elevation
  const { identity } = elevation.actor
  const audit = await recordOnce(
    {
      event: 'elevation.canceled',
      elevationId: id,
      target,
      ...(providerRequestId !== undefined && { providerRequestId }),
      actor: { ...deps.actor, ...(identity !== undefined && { identity }) },
    },
    deps.audit,
  )
  await deps.records.remove(elevation)
  return { ...elevation, state: 'canceled', ...(audit !== undefined && { audit }) }
}

function canceledAlready({ target }: Elevation, request: string): PimError {
  return new PimError('refused', 'not-cancelable', `request ${request} is already cancelled`, {
    target,
    hint: '`pim requests --all` shows ended requests',
  })
}

function notCancelable({ target }: Elevation): PimError {
  return new PimError(
    'refused',
    'not-cancelable',
    'it is in force: there is no request to cancel',
    {
      target,
      hint: `release it with \`pim release ${typed(target)}\``,
    },
  )
}
