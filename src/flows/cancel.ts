import type { AuditLog } from '../core/audit.ts'
import type { Actor, Elevation, ElevationRecords } from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import { typed } from '../core/printable.ts'
import type { Provider } from '../core/provider.ts'
import type { ProviderId } from '../core/target.ts'

export interface CancelDeps {
  readonly provider: (id: ProviderId) => Promise<Provider>
  readonly records: ElevationRecords
  readonly audit: AuditLog
  readonly actor: Actor
  readonly signal: AbortSignal
}

/** Takes back a request that is not in force yet. Throws `refused` where it is in force or was decided. */
export async function cancel(elevation: Elevation, deps: CancelDeps): Promise<Elevation> {
  const { target, providerRequestId, facts } = elevation
  try {
    const { approvals } = await deps.provider(elevation.provider)
    if (approvals === undefined || providerRequestId === undefined) throw notCancelable(elevation)
    if (elevation.state === 'canceled') throw canceledAlready(elevation, providerRequestId)
    await approvals.withdraw(providerRequestId, facts, deps.signal)
    await deps.records.remove(elevation)
    const audit = await deps.audit.append({
      event: 'elevation.canceled',
      elevationId: elevation.id,
      target,
      providerRequestId,
      actor: { ...deps.actor },
    })
    return { ...elevation, state: 'canceled', audit }
  } catch (thrown) {
    throw asPimError(thrown).about(target)
  }
}

function canceledAlready({ target }: Elevation, request: string): PimError {
  return new PimError('refused', 'not-cancelable', `request ${request} is withdrawn already`, {
    target,
    hint: '`pim requests --all` shows what became of requests',
  })
}

function notCancelable({ target }: Elevation): PimError {
  return new PimError(
    'refused',
    'not-cancelable',
    'it is in force: there is no request to cancel',
    {
      target,
      hint: `give it back with \`pim release ${typed(target)}\``,
    },
  )
}
