import { seconds, type Duration } from '../core/duration.ts'
import type { Elevation } from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import { typed } from '../core/printable.ts'
import type { ElevationRequest } from '../core/plan.ts'
import { formatTarget } from '../core/target.ts'
import { askAgain, type PatienceDeps } from './asking-again.ts'
import { elevate, type ElevateDeps, type Outcome } from './elevate.ts'
import { release, type ReleaseDeps } from './release.ts'

export interface ExtendDeps extends ElevateDeps, ReleaseDeps, PatienceDeps {}

/** How long Microsoft takes to forget that something was active, and some more. */
const settlesWithin: Duration = seconds(240)

/**
 * A right cannot be prolonged: it is given back, as soon as that may be done, and asked for again. In
 * between there is none. Who gave their consent to that calls this.
 */
export async function releaseAndElevate(
  current: Elevation,
  request: ElevationRequest,
  deps: ExtendDeps,
): Promise<Outcome> {
  const target = formatTarget(request.target)
  await release(target, deps, {
    unremembered: current,
    onWait: (moment) =>
      deps.tell.news(
        target,
        `it can be given back from ${moment.toISOString()} on; waiting for that`,
      ),
  })
  return askAgain(
    {
      ask: () => elevateAnew({ ...request, patience: settlesWithin }, deps),
      pauses: [seconds(10)],
      from: deps.now(),
      limit: settlesWithin,
      tooLate: () => notHadAgain(target),
      onWait: (elapsed) =>
        deps.tell.progress(target, 'given back; not to be had again yet', elapsed),
    },
    deps,
  )
}

/** Undefined while what was just given back still counts as active there. */
async function elevateAnew(
  request: ElevationRequest,
  deps: ElevateDeps,
): Promise<Outcome | undefined> {
  try {
    const outcome = await elevate(request, deps)
    return outcome.changed ? outcome : undefined
  } catch (error) {
    // The list lags behind what was given back; nothing was asked for yet.
    if (asPimError(error).code === 'active-already') return undefined
    throw error
  }
}

function notHadAgain(target: string): PimError {
  return new PimError(
    'unavailable',
    'not-had-again',
    'it was given back, and cannot be had again yet',
    {
      target,
      hint: `run \`pim elevate ${typed(target)}\` in some minutes`,
    },
  )
}
