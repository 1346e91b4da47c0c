import { formatWhen } from '../../core/time/local-time.ts'
import { seconds, type Duration } from '../../core/time/duration.ts'
import type { Elevation } from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import { cap, planElevation, type ElevationPlan } from '../../core/elevation/plan.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import type { Provider } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'
import { askAgain, type PatienceDeps } from '../track/poll.ts'
import { requirementsFor } from '../elevate/plan.ts'
import { elevate } from '../elevate/elevate.ts'
import type { ElevateDeps } from '../elevate/deps.ts'
import type { Outcome } from '../elevate/persist.ts'
import { release, type ReleaseDeps } from '../release/release.ts'

export interface ExtendDeps extends ElevateDeps, ReleaseDeps, PatienceDeps {}

/**
 * Finds out before anything is released what the new request would be refused for: its duration, a missing
 * justification or ticket, the eligibility, a step-up, a broken log. Throws what `elevate` would. Resolves with
 * what will be asked for, which may be shorter than the request.
 */
export async function assertExtendable(
  request: ElevationRequest,
  provider: Provider,
  deps: ExtendDeps,
): Promise<ElevationPlan> {
  const { actor, signal } = deps
  const target = formatTarget(request.target)
  await deps.audit.ensureSound()
  const requirements = await requirementsFor(request.target, provider, deps)
  const decision = planElevation({
    request,
    requirements,
    current: undefined,
    now: deps.now(),
    id: deps.newId(),
  })
  if (decision.kind !== 'elevate') throw new PimError('unexpected', 'no-plan', 'there is no plan')
  const identity = await provider.identify(request.target, signal)
  const longest = identity?.longest
  const plan =
    longest === undefined ? decision.plan : cap(decision.plan, longest.duration, longest.why)
  const attempt = { plan, identity, mfaCodes: [], actor, signal }
  try {
    await provider.validate?.(attempt)
  } catch (thrown) {
    const error = asPimError(thrown)
    // That it is active is what it is to be released for.
    if (!activeStill.includes(error.code)) throw error.about(target)
  }
  return plan
}

/** How a provider says that what is asked for is active. */
const activeStill: readonly string[] = ['active-already', 'still-settling', 'pending-already']

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
  const sleep = sleepTelling(target, 'waiting for the release', deps)
  const over = await release(
    current,
    { ...deps, sleep },
    {
      onWait: (moment) =>
        deps.tell.news(
          target,
          `the provider allows its release from ${formatWhen(moment, deps.now())}; waiting`,
        ),
    },
  )
  if (over !== undefined) {
    deps.tell.news(target, 'released; Microsoft allows the new request in about two minutes')
  }
  return askAgain(
    {
      ask: () => elevateAnew({ ...request, patience: settlesWithin }, deps),
      pauses: [seconds(10)],
      from: deps.now(),
      limit: settlesWithin,
      tooLate: () => notHadAgain(target),
      onWait: (elapsed) =>
        deps.tell.progress(target, 'released; Microsoft does not allow re-activation yet', elapsed),
    },
    deps,
  )
}

/** As often as a person wants to hear of a long sleep. */
const tick = seconds(10)

/** A sleep that says from time to time what it is for. */
function sleepTelling(
  target: string,
  what: string,
  { sleep, tell }: ExtendDeps,
): ExtendDeps['sleep'] {
  return async (duration, signal) => {
    for (let slept = 0; slept < duration.seconds; slept += tick.seconds) {
      tell.progress(target, what, slept)
      await sleep(seconds(Math.min(tick.seconds, duration.seconds - slept)), signal)
    }
  }
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
    'released; Microsoft does not allow re-activation yet',
    {
      target,
      hint: `run \`pim elevate ${typed(target)}\` in some minutes`,
    },
  )
}
