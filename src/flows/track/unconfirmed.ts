import type { AccessRequest } from '../../core/elevation/approval.ts'
import { milliseconds, minutes } from '../../core/time/duration.ts'
import type { Actor, Elevation, ElevationRecords } from '../../core/elevation/elevation.ts'
import { asPimError, mayHaveArrived } from '../../core/errors.ts'
import { listLag } from '../../core/elevation/lifecycle.ts'
import type { ElevationPlan } from '../../core/elevation/plan.ts'
import type { Activation, CloudIdentity, Progress, Provider } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'
import { asked } from '../record/new-elevation.ts'

/**
 * Asks for a right and remembers that, so that it can be found again where this process is killed
 * before it has heard the answer. What is refused is forgotten; what is interrupted, or whose answer was
 * lost, stays, since the provider may have heard of it.
 */
export async function askOnRecord(
  plan: ElevationPlan,
  identity: CloudIdentity | undefined,
  provider: Provider,
  deps: { readonly records: ElevationRecords; readonly actor: Actor },
  ask: () => Promise<Activation>,
): Promise<Activation> {
  if (provider.access === 'session') return ask()
  const elevation = asked(plan, identity, deps.actor)
  const configuration = await provider.configuration()
  // Whoever cannot remember it may ask all the same: it is on record in the log.
  await deps.records.put({ ...elevation, configuration, unanswered: true }).catch(() => undefined)
  try {
    return await ask()
  } catch (error) {
    const failure = asPimError(error)
    if (failure.kind !== 'interrupted' && !mayHaveArrived(failure)) {
      await deps.records.remove(elevation).catch(() => undefined)
    }
    throw error
  }
}

/** Two clocks, and a request that was on its way. */
const slack = minutes(2)

/** What a provider says of an elevation, and the elevation with what that needed. */
export interface Heard {
  readonly elevation: Elevation
  readonly progress: Progress
}

/**
 * What the provider says of an elevation. One whose answer nobody heard is looked for by its request, and
 * in the list of what is active; in neither when lists no longer lag, it has never reached the provider.
 */
export async function heard(
  elevation: Elevation,
  provider: Provider,
  now: Date,
  signal: AbortSignal,
): Promise<Heard> {
  if (elevation.unanswered !== true) {
    return { elevation, progress: await provider.progress(elevation, signal) }
  }
  const mine = (await provider.approvals?.mine({ all: true }, signal)) ?? []
  const request = mine
    .filter((each) => isOf(elevation, each))
    .toSorted((one, other) => other.requestedAt.getTime() - one.requestedAt.getTime())[0]
  const { unanswered: _, ...rest } = elevation
  const answered: Elevation = {
    ...rest,
    ...(request !== undefined && {
      providerRequestId: request.id,
      facts: { ...elevation.facts, ...request.reference },
    }),
  }
  const progress = await provider.progress(answered, signal)
  if (request !== undefined || progress.state === 'active') {
    return { elevation: answered, progress }
  }
  const age = now.getTime() - elevation.requestedAt.getTime()
  if (age < milliseconds(listLag)) return { elevation, progress: { state: 'provisioning' } }
  return {
    elevation,
    progress: { state: 'failed', reason: 'the provider does not know the request' },
  }
}

function isOf(elevation: Elevation, request: AccessRequest): boolean {
  const since = elevation.requestedAt.getTime() - milliseconds(slack)
  return (
    formatTarget(request) === elevation.target &&
    request.requestedAt.getTime() >= since &&
    request.justification === elevation.justification
  )
}
