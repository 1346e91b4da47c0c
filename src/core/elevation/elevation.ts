import type { AuditHead } from '../audit/audit.ts'
import type { StoreName } from '../store-item.ts'
import { after, hours, minutes, milliseconds, seconds, shorter } from '../time/duration.ts'
import type { Duration } from '../time/duration.ts'
import { isSameIdentity, type Identity } from '../identity/identity.ts'
import type { PimError } from '../errors.ts'
import type { Ticket } from './justification.ts'
import type { ProviderId } from '../target.ts'

/** Where in its life an elevation is. */
export type ElevationState =
  | 'pending-approval'
  | 'scheduled'
  | 'provisioning'
  | 'active'
  | 'released'
  | 'expired'
  | 'denied'
  | 'canceled'
  | 'failed'

/** Who asked: on this machine, and as the cloud knows them. */
export interface Actor {
  readonly user: string
  readonly host: string
  readonly identity?: string
}

/** One time-bound activation of a target. */
export interface Elevation {
  readonly id: string
  /** The target's text form. */
  readonly target: string
  readonly provider: ProviderId
  readonly role: string
  readonly scope: string
  readonly state: ElevationState
  readonly requestedAt: Date
  readonly startsAt: Date
  readonly expiresAt: Date
  /** The later of grant end and the end of what was handed out. */
  readonly accessEndsAt: Date
  readonly justification: string
  readonly ticket?: Ticket
  readonly actor: Actor
  /** Who holds it, and the only one who may be asked about it; absent where nothing tells. */
  readonly identity?: Identity
  readonly providerRequestId?: string
  readonly audit?: AuditHead
  /** When a helper that was left behind gives it back. */
  readonly releasesAt?: Date
  /** The provider was asked, and nobody heard what it said: it may have granted it or not. */
  readonly unanswered?: true
  /** It is to be given back as soon as no command runs with it. */
  readonly untilUnused?: true
  /** The provider did not release it the last time it was asked; it is active all the same. */
  readonly releaseFailure?: ReleaseFailure
  /** When the provider last confirmed the state; absent where nobody has asked it since. */
  readonly confirmedAt?: Date
  /** How long was asked for, before any clamp. */
  readonly asked: Duration
  /** The store that holds what was handed out; absent where nothing outlives the process. */
  readonly store?: StoreName
  /** How far the provider's clock was ahead of this machine's when it answered. */
  readonly clockAheadMs: number
  /** This machine's clock when that was measured, and for how many seconds the machine had been up. */
  readonly clock?: { readonly at: Date; readonly uptimeSeconds: number }
  /** Which configuration the target was read from; a different one means it must be looked up anew. */
  readonly configuration?: string
  /** Ways in which its credentials have already been handed out on record. */
  readonly handedOut: readonly string[]
  /** What the provider's own logs will show: names and ids, never secrets. */
  readonly facts: Readonly<Record<string, string>>
}

/** Why a release failed, and when, by this machine's clock. */
interface ReleaseFailure {
  readonly at: Date
  readonly code: string
  readonly message: string
}

/** The name of an elevation's credentials in a store, which more than one state folder may share. */
export function credentialsKey({ target, id }: Pick<Elevation, 'target' | 'id'>): string {
  return `${target} ${id}`
}

/**
 * The elevations that this machine remembers, each by its id: several of one target stay side by side.
 * What cannot be read throws `PimError` `unavailable`, `state-unreadable`: it must not pass for none.
 */
export interface ElevationRecords {
  readonly list: () => Promise<readonly Elevation[]>
  /** Every one that can be read, and an error for each that cannot. */
  readonly read: () => Promise<ReadableRecords>
  /** Those of one target, whoever holds them, the one asked for last first. */
  readonly of: (target: string) => Promise<readonly Elevation[]>
  /** In the place of what was remembered of this one. */
  readonly put: (elevation: Elevation) => Promise<void>
  /** Of no other elevation anything is forgotten. */
  readonly remove: (elevation: Pick<Elevation, 'id' | 'target'>) => Promise<void>
}

export interface ReadableRecords {
  readonly elevations: readonly Elevation[]
  readonly unreadable: readonly PimError[]
}

/** What is remembered of one elevation by now. */
export async function latestOf(
  { id, target }: Pick<Elevation, 'id' | 'target'>,
  records: Pick<ElevationRecords, 'of'>,
): Promise<Elevation | undefined> {
  return (await records.of(target)).find((each) => each.id === id)
}

/** Whether it is set up to begin later: it gives no access now, and hides none that does. */
export function isForLater(elevation: Elevation, now: Date): boolean {
  const { state, startsAt, clockAheadMs } = elevation
  if (state === 'scheduled') return startsAt.getTime() > now.getTime() + clockAheadMs
  return isUndecided(elevation) && startsAt.getTime() > now.getTime() + clockAheadMs + leeway
}

/** Two clocks differ a little. */
const leeway = milliseconds(minutes(2))

/** Of several elevations of a target, the one that counts now for an identity: active before on its way. */
export function heldNow(
  all: readonly Elevation[],
  identity: Identity | undefined,
  now: Date,
): Elevation | undefined {
  const own = all.filter((each) => isHeldBy(each, identity) && !isForLater(each, now))
  return own.find(({ state }) => state === 'active') ?? own[0]
}

/** Whether an identity holds it. What nobody is known to hold is nobody's. */
export function isHeldBy({ identity }: Elevation, asked: Identity | undefined): boolean {
  if (identity === undefined || asked === undefined) return identity === asked
  return isSameIdentity(identity, asked)
}

/**
 * Whether the end has passed. This machine's clock may have been set since the provider's was compared
 * with it: `unclear` where the one that was compared and the one as it is disagree, or where it is before
 * the beginning of what is active.
 */
export function hasPassed(
  { state, startsAt, expiresAt, clockAheadMs }: Elevation,
  now: Date,
): 'yes' | 'no' | 'unclear' {
  const compared = now.getTime() + clockAheadMs
  const isBeforeItsStart = state === 'active' && compared < startsAt.getTime() - leeway
  const byLocalClock = now >= expiresAt
  const byComparison = compared >= expiresAt.getTime()
  if (isBeforeItsStart || byLocalClock !== byComparison) return 'unclear'
  return byLocalClock ? 'yes' : 'no'
}

/**
 * An elevation of which the provider has just said that it works: a difference of the clocks by which it
 * has ended was measured before this machine's clock was set right.
 */
export function asEffective(elevation: Elevation, now: Date): Elevation {
  const compared = now.getTime() + elevation.clockAheadMs
  return compared < elevation.expiresAt.getTime() ? elevation : { ...elevation, clockAheadMs: 0 }
}

/** How long access goes on, by the provider's clock; zero when it has ended. */
export function remaining(elevation: Elevation, now: Date): Duration {
  const left = elevation.expiresAt.getTime() - (now.getTime() + elevation.clockAheadMs)
  return seconds(Math.max(0, Math.floor(left / 1000)))
}

const onItsWay: readonly ElevationState[] = ['pending-approval', 'scheduled', 'provisioning']

/** How long a provider lets a request wait for its approvers before it lapses. */
const approvalWindow = hours(24)

/** Asked for, and as far as anybody here has heard neither in force nor come to nothing. */
export function isUndecided({ state }: Pick<Elevation, 'state'>): boolean {
  return onItsWay.includes(state)
}

/** Asked for, and neither in force nor decided against yet. */
export function isPending(elevation: Elevation, now: Date): boolean {
  return isUndecided(elevation) && now < lapsesAt(elevation)
}

/** When an elevation is over in any case: what waits for an approver may still be granted after its asked end. */
export function lapsesAt({ state, requestedAt, expiresAt }: Elevation): Date {
  if (state === 'active') return expiresAt
  const lapses = after(requestedAt, approvalWindow)
  return lapses > expiresAt ? lapses : expiresAt
}

export function isLive(elevation: Elevation, now: Date): boolean {
  return elevation.state === 'active' && remaining(elevation, now).seconds > 0
}

const slack = minutes(5)

/**
 * Whether an active elevation still serves a new request. Without a duration five minutes must be
 * left. With one, it may end at most five minutes early: earlier than asked, or than what the
 * provider granted the last time the same was asked. What is too short to hand out never serves.
 */
export function isLongEnough(
  elevation: Elevation,
  asked: Duration | undefined,
  now: Date,
): boolean {
  if (!canHandOut(elevation, now)) return false
  const left = remaining(elevation, now).seconds
  if (asked === undefined) return left >= slack.seconds
  const granted = seconds(
    Math.floor((elevation.expiresAt.getTime() - elevation.startsAt.getTime()) / 1000),
  )
  const wanted = asked.seconds <= elevation.asked.seconds ? shorter(asked, granted) : asked
  return left >= wanted.seconds - Math.min(slack.seconds, wanted.seconds / 2)
}

/** How long what was handed out outlives the grant: tokens that know of it are good until they expire. */
export function afterlife({ expiresAt, accessEndsAt }: Elevation): Duration {
  return seconds(Math.max(0, (accessEndsAt.getTime() - expiresAt.getTime()) / 1000))
}

/** The same elevation with another end, which what was handed out outlives by as much. */
export function endingAt(elevation: Elevation, expiresAt: Date): Elevation {
  return { ...elevation, expiresAt, accessEndsAt: after(expiresAt, afterlife(elevation)) }
}

/** A moment of the provider's, by this machine's clock. */
export function locally(moment: Date, { clockAheadMs }: Elevation): Date {
  return new Date(moment.getTime() - clockAheadMs)
}

/** An end at least this far away is needed before credentials are handed to another program. */
export const shortestHandout: Duration = minutes(1)

export function canHandOut(elevation: Elevation, now: Date): boolean {
  return (
    elevation.state === 'active' &&
    milliseconds(remaining(elevation, now)) >= milliseconds(shortestHandout)
  )
}
