import { PimError } from '../../core/errors.ts'
import type { Elevation } from '../../core/elevation/elevation.ts'
import { hasEnded } from '../../core/elevation/lifecycle.ts'
import { typed } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import type { Outcome } from '../elevate/persist.ts'
import { reconcileOne, type ReconcileDeps } from '../track/reconcile.ts'
import { elevationById, type ElevationByIdDeps } from './requests.ts'

/** What is waited for, the provider as whoever may ask about it, and whether it is one's own. */
export interface Resumed {
  readonly outcome: Outcome
  readonly provider: Provider
  readonly isOwn: boolean
}

/**
 * What an id means, to be waited for. What is remembered as active is asked about first: it may have
 * been released elsewhere. Throws `refused` where it has ended, and the provider's trouble.
 */
export async function resume(
  id: string,
  deps: ElevationByIdDeps & ReconcileDeps,
): Promise<Resumed> {
  const { elevation: known, provider, isOwn } = await elevationById(id, deps)
  if (!isOwn || !['active', 'scheduled'].includes(known.state)) {
    return { outcome: { elevation: known, changed: true }, provider, isOwn }
  }
  const { elevation, trouble } = await reconcileOne(known, deps)
  if (trouble !== undefined) throw trouble.about(elevation.target).of(elevation.id)
  if (hasEnded(elevation.state)) throw over(elevation)
  return { outcome: { elevation, changed: false }, provider, isOwn }
}

function over({ id, target, state }: Elevation): PimError {
  return new PimError('refused', state, `elevation ${id} is over: ${state}`, {
    target,
    elevationId: id,
    hint: `\`pim elevate ${typed(target)}\` asks for it again`,
  })
}
