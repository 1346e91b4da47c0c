import { after, minutes } from '../time/duration.ts'
import { endingAt, hasPassed, type Elevation, type ElevationState } from './elevation.ts'
import type { Progress } from '../provider.ts'

/** What each state may become. What has ended stays as it ended. */
const transitions: Readonly<Record<ElevationState, readonly ElevationState[]>> = {
  'pending-approval': [
    'scheduled',
    'provisioning',
    'active',
    'denied',
    'canceled',
    'expired',
    'failed',
    'released',
  ],
  scheduled: [
    'pending-approval',
    'provisioning',
    'active',
    'canceled',
    'expired',
    'failed',
    'denied',
    'released',
  ],
  provisioning: [
    'pending-approval',
    'scheduled',
    'active',
    'canceled',
    'expired',
    'failed',
    'denied',
    'released',
  ],
  active: ['released', 'expired'],
  released: [],
  expired: [],
  denied: [],
  canceled: [],
  failed: [],
}

export function mayBecome(from: ElevationState, to: ElevationState): boolean {
  return transitions[from].includes(to)
}

export function hasEnded(state: ElevationState): boolean {
  return transitions[state].length === 0
}

/** Whether it was asked for with a start of its own, later than the request. */
export function isPlanned({
  requestedAt,
  startsAt,
}: Pick<Elevation, 'requestedAt' | 'startsAt'>): boolean {
  return startsAt.getTime() > after(requestedAt, aMoment).getTime()
}

/** Two clocks differ a little. */
const aMoment = minutes(2)

/** Lists lag behind by minutes, and miss rows for longer: what they do not show proves nothing until then. */
export const listLag = minutes(10)

/**
 * The elevation as the provider's word makes it. It becomes `active` by that word alone, and ends by that
 * word, or by a clock that nobody can doubt. A list that does not show it is no such word. A word that
 * leads nowhere from here is a contradiction, and changes nothing.
 */
export function advance(elevation: Elevation, progress: Progress, now: Date): Elevation {
  if (hasEnded(elevation.state)) return elevation
  const timed = withTimes(elevation, progress)
  const next = nextState(timed, progress, now)
  return next === elevation.state ? timed : { ...timed, state: next }
}

function withTimes(
  elevation: Elevation,
  { state, startsAt, expiresAt, clockAheadMs }: Progress,
): Elevation {
  const compared = clockAheadMs === undefined ? elevation : { ...elevation, clockAheadMs }
  // What a request asked for is no promise of what is granted.
  if (state !== 'active' && state !== 'scheduled') return compared
  return {
    ...(expiresAt === undefined ? compared : endingAt(compared, expiresAt)),
    ...(startsAt !== undefined && { startsAt }),
  }
}

function nextState(elevation: Elevation, progress: Progress, now: Date): ElevationState {
  const { state } = elevation
  const said = progress.state
  if (said === 'active') return isOver(elevation, progress, now) ? 'expired' : 'active'
  if (state !== 'active') return mayBecome(state, said) ? said : state
  if (said === 'expired' || isOver(elevation, progress, now)) return 'expired'
  return hasEnded(said) ? 'released' : 'active'
}

/** By the provider's clock where this answer compared it; by the machine's only where that is not in doubt. */
function isOver(elevation: Elevation, { clockAheadMs }: Progress, now: Date): boolean {
  if (clockAheadMs === undefined) return hasPassed(elevation, now) === 'yes'
  return now.getTime() + clockAheadMs >= elevation.expiresAt.getTime()
}
