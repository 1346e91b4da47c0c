import { PimError } from '../core/errors.ts'
import type { Elevation } from '../core/elevation.ts'
import { hasEnded } from '../core/lifecycle.ts'
import { typed } from '../core/printable.ts'
import type { Outcome } from './elevate.ts'
import { reconcileOne, type ReconcileDeps } from './reconcile.ts'
import { elevationById, type ElevationByIdDeps } from './requests.ts'

/**
 * What an id means, to be waited for. What is remembered as active is asked about first: it may have
 * been given back elsewhere. Throws `refused` where it has ended, and the provider's trouble.
 */
export async function resume(
  id: string,
  deps: ElevationByIdDeps & ReconcileDeps,
): Promise<Outcome> {
  const known = await elevationById(id, deps)
  if (known.state !== 'active') return { elevation: known, changed: true }
  const { elevation, trouble } = await reconcileOne(known, deps)
  if (trouble !== undefined) throw trouble
  if (hasEnded(elevation.state)) throw over(elevation)
  return { elevation, changed: false }
}

function over({ id, target, state }: Elevation): PimError {
  return new PimError('refused', state, `elevation ${id} is over: ${state}`, {
    target,
    hint: `\`pim elevate ${typed(target)}\` asks for it again`,
  })
}
