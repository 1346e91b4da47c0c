import { milliseconds, minutes } from './duration.ts'
import { endingAt, type Elevation, type ElevationState } from './elevation.ts'
import type { Progress } from './provider.ts'

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

/** Lists lag behind: what was granted this short a while ago may not be listed yet. */
export const listLag = minutes(3)

/**
 * The elevation as the provider's word makes it. It becomes `active` by that word alone, and stays so
 * without it only while the lists may lag behind the grant. The clock alone ends what was granted
 * until then. A word that leads nowhere from here is a contradiction, and changes nothing.
 */
export function advance(elevation: Elevation, progress: Progress, now: Date): Elevation {
  if (hasEnded(elevation.state)) return elevation
  const timed = withTimes(elevation, progress)
  const next = nextState(timed, progress.state, now)
  return next === elevation.state ? timed : { ...timed, state: next }
}

function withTimes(elevation: Elevation, { state, startsAt, expiresAt }: Progress): Elevation {
  // What a request asked for is no promise of what is granted.
  if (state !== 'active' && state !== 'scheduled') return elevation
  return {
    ...(expiresAt === undefined ? elevation : endingAt(elevation, expiresAt)),
    ...(startsAt !== undefined && { startsAt }),
  }
}

function nextState(elevation: Elevation, said: ElevationState, now: Date): ElevationState {
  const { state } = elevation
  if (said === 'active') return isOver(elevation, now) ? 'expired' : 'active'
  if (state !== 'active') return mayBecome(state, said) ? said : state
  if (isOver(elevation, now)) return 'expired'
  if (said === 'expired') return said
  // Not listed: too young for that to mean anything, or ended by somebody else.
  return !hasEnded(said) && mayBeUnlisted(elevation, now) ? 'active' : 'released'
}

/** Whether it was granted so short a while ago that no list need show it yet. */
export function mayBeUnlisted({ startsAt, clockAheadMs }: Elevation, now: Date): boolean {
  return now.getTime() + clockAheadMs - startsAt.getTime() < milliseconds(listLag)
}

function isOver({ expiresAt, clockAheadMs }: Elevation, now: Date): boolean {
  return now.getTime() + clockAheadMs >= expiresAt.getTime()
}
