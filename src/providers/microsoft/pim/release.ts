import { after, milliseconds, minutes, seconds } from '../../../core/time/duration.ts'
import type { Elevation } from '../../../core/elevation/elevation.ts'
import { asPimError, mayHaveArrived, PimError } from '../../../core/errors.ts'
import { hasEnded } from '../../../core/elevation/lifecycle.ts'
import type { Release } from '../../../core/provider.ts'
import { codeOf } from './activation.ts'
import type { RequestAnswer } from './request-answer.ts'
import { stateOfStatus, unknownStatus } from './request-status.ts'
import { endedBy, type Trail } from './request-history.ts'

/** What Microsoft can be asked after it did not confirm a release. Each throws as its client does. */
export interface ReleaseSource {
  /** Since when its list shows the right as activated; undefined where it does not. */
  readonly listedSince: () => Promise<Date | undefined>
  readonly trail: () => Promise<Trail>
  /** The request that activated it, where it is known. */
  readonly request: () => Promise<RequestAnswer | undefined>
  /** Microsoft's time, and how far it is ahead of this machine's. */
  readonly now: () => Date
  readonly clockAheadMs: () => number
}

/** What came of a request to release something. Throws `unavailable` where that is not done. */
export function releasedBy({ id, status }: RequestAnswer): Release {
  const state = stateOfStatus(status)
  if (state === undefined) throw unknownStatus(status, id)
  // A revocation that is pending is none that was done.
  const isPending = status.trim().toLowerCase() === 'pendingrevocation'
  // An answer of `Provisioned` is about the release, as its request is.
  if (!isPending && (state === 'released' || state === 'active')) return { state: 'released' }
  const isOpen = isPending || !hasEnded(state)
  throw new PimError(
    'unavailable',
    isOpen ? 'release-unconfirmed' : 'release-failed',
    isOpen
      ? `Microsoft has not carried the release out yet: ${status}`
      : `Microsoft did not carry the release out: ${status}`,
    {
      hint: 'try again in a minute; the access ends by itself otherwise',
      provider: { code: status },
    },
  )
}

/**
 * What it means that a release was refused, or that its answer was lost. Within the first five
 * minutes it comes too early, though Microsoft may say that nothing is active. After that it counts
 * as released where a request of the caller's says so, and the list agrees. Every other error is
 * thrown again. `askedAt` is when the release was asked for, by the clock of this machine.
 */
export async function releaseOf(
  thrown: unknown,
  elevation: Elevation,
  askedAt: Date,
  source: ReleaseSource,
): Promise<Release> {
  const error = asPimError(thrown)
  const code = codeOf(error)
  if (code === 'activedurationtooshort') {
    const again = after(source.now(), askAgain)
    return notYet(later(possibleFrom(elevation.startsAt), again), source)
  }
  const isMissing = code === 'roleassignmentdoesnotexist'
  if (!isMissing && !mayHaveArrived(error)) throw error
  const earliest = possibleFrom(elevation.startsAt)
  if (isMissing && source.now() < earliest) return notYet(earliest, source)
  const trail = await source.trail()
  // Our own request to release it is there: that is its answer, however long the lists still lag.
  const sentAt = new Date(askedAt.getTime() + source.clockAheadMs() - milliseconds(leeway))
  if (endedBy(trail, later(sentAt, elevation.startsAt)) !== undefined) return { state: 'released' }
  const since = await source.listedSince()
  if (!isMissing) throw error
  // It may have become active later than we know of, as after an approval.
  const possibleAt = possibleFrom(since ?? elevation.startsAt)
  if (source.now() < possibleAt) return notYet(possibleAt, source)
  if (since !== undefined) throw stillListed(error)
  if (await hasEndedThere(elevation, trail, source)) return { state: 'released' }
  throw nowhereSeen(error)
}

/** Moments are told by the second, and not by one clock alone. */
const leeway = seconds(10)

async function hasEndedThere(
  { startsAt, expiresAt }: Elevation,
  trail: Trail,
  source: ReleaseSource,
): Promise<boolean> {
  if (source.now() >= expiresAt || endedBy(trail, startsAt) !== undefined) return true
  const request = await source.request()
  const state = request && stateOfStatus(request.status)
  return state !== undefined && hasEnded(state)
}

function stillListed(cause: PimError): PimError {
  return unconfirmed(
    'Microsoft refused the release, though its list still shows the role as active',
    cause,
  )
}

function nowhereSeen(cause: PimError): PimError {
  return unconfirmed(
    'Microsoft refused the release, and no request of yours shows that the role has ended',
    cause,
  )
}

function unconfirmed(message: string, cause: PimError): PimError {
  return new PimError('unavailable', 'release-unconfirmed', message, {
    hint: 'it counts as active; try again in a minute, or look under My roles in the portal',
    provider: cause.provider,
    cause,
  })
}

/** Five minutes, and a little for the clocks of the servers. */
const shortestActive = seconds(minutes(5).seconds + 5)

function possibleFrom(startsAt: Date): Date {
  return after(startsAt, shortestActive)
}

/** Where the provider counts from a later start than we know of. */
const askAgain = seconds(20)

function notYet(possibleAt: Date, { clockAheadMs }: ReleaseSource): Release {
  return {
    state: 'not-yet',
    // By the clock of this machine, which waits for it.
    possibleAt: new Date(possibleAt.getTime() - clockAheadMs()),
    why: 'Microsoft allows no release in the first five minutes',
  }
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}
