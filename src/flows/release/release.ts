import type { AuditEvent, AuditLog } from '../../core/audit/audit.ts'
import type { CredentialStores } from '../../core/credentials.ts'
import { seconds, type Duration } from '../../core/time/duration.ts'
import {
  endingAt,
  hasPassed,
  isUndecided,
  latestOf,
  locally,
  type Actor,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import type { FindingsCache } from '../../core/discovery-cache.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import { advance, hasEnded } from '../../core/elevation/lifecycle.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'
import type { Revocation } from '../../core/elevation/revocation.ts'
import type { Uses } from '../../core/elevation/usage.ts'
import { released as releasedAs } from '../record/events.ts'
import { providerOfHolder } from '../track/holder.ts'
import { reconcileOne } from '../track/reconcile.ts'
import { endsByItself, notActiveYet, tooEarly, unrecorded } from './errors.ts'
import { recordFailure } from './failure.ts'
import { revocationFacts, tryToRevoke } from './revoke.ts'
import { beginWork, forget, noNote } from '../record/unfinished.ts'

export interface ReleaseDeps {
  readonly provider: LoadProvider
  readonly records: ElevationRecords
  readonly findings: FindingsCache
  readonly stores: CredentialStores
  readonly flights: Flights
  readonly uses: Uses
  readonly audit: AuditLog
  readonly actor: Actor
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

interface ReleaseOptions {
  /** Nothing is done where it is remembered no more, or this says no. Asked inside the target's flight. */
  readonly onlyIf?: (elevation: Elevation) => Promise<boolean>
  /** Called with the moment from which the provider allows it, where that is still to come and is waited for. */
  readonly onWait?: (possibleAt: Date) => void
  /** Leaves it to a helper that outlives this process; resolves once that is at work. */
  readonly handOver?: HandOver
  /** Has what was handed out denied before it is forgotten, where that does not end with the grant. */
  readonly revoke?: boolean
}

/** An elevation that was released, and what came of revoking it, where that was asked for. */
export interface Released extends Elevation {
  readonly revocation?: Revocation
}

/** Starts a helper that releases this elevation, and no other to the target. */
export type HandOver = (elevation: Pick<Elevation, 'target' | 'id'>) => Promise<void>

/** By this a helper is seen to be at work on an elevation. */
export function helperOf(elevationId: string): string {
  return `helper ${elevationId}`
}

const patienceSeconds = 30

/**
 * Releases one elevation, as the identity that holds it: at the provider, and its credentials are
 * forgotten here. AWS cannot call back keys that it has issued; the record says until when they work. The
 * credentials go even when the record cannot be written, and then the error says so. Undefined where it
 * has ended already. Where the provider does not allow it yet, it is handed over or waited for, if there is
 * a way to; otherwise `pending` is thrown, which names the moment. Every other failure is on record, and
 * the elevation stays remembered: it is active all the same.
 */
export async function release(
  elevation: Elevation,
  deps: ReleaseDeps,
  options: ReleaseOptions = {},
): Promise<Released | undefined> {
  const remembered = await latestOf(elevation, deps.records)
  // What nobody heard the answer to may be in force.
  if (remembered?.unanswered) await reconcileOne(remembered, deps)
  const isRemembered = remembered !== undefined || options.onlyIf !== undefined
  const subject: Subject = { elevation, isRemembered }
  for (;;) {
    const tried = await tryRelease(subject, deps, options)
    if (!(tried instanceof Date)) return tried
    if (options.handOver !== undefined) return handedOver(subject, tried, options.handOver, deps)
    if (options.onWait === undefined) throw tooEarly(elevation.target, tried, deps.now())
    options.onWait(tried)
    const left = Math.ceil((tried.getTime() - deps.now().getTime()) / 1000)
    await deps.sleep(seconds(Math.max(1, left)), deps.signal)
  }
}

/** What is to be released. What was activated elsewhere is remembered by nobody here. */
interface Subject {
  readonly elevation: Elevation
  readonly isRemembered: boolean
}

async function latest(
  { elevation, isRemembered }: Subject,
  { records }: ReleaseDeps,
): Promise<Elevation | undefined> {
  return (await latestOf(elevation, records)) ?? (isRemembered ? undefined : elevation)
}

/** Stays active until a helper releases it; one helper is enough. */
async function handedOver(
  subject: Subject,
  possibleAt: Date,
  handOver: HandOver,
  deps: ReleaseDeps,
): Promise<Elevation | undefined> {
  const { target } = subject.elevation
  return deps.flights.run(target, { signal: deps.signal, patienceSeconds }, async () => {
    const elevation = await latest(subject, deps)
    if (elevation === undefined) return undefined
    if (elevation.releasesAt !== undefined && (await deps.uses.isUsed(helperOf(elevation.id)))) {
      return elevation
    }
    const waiting: Elevation = { ...elevation, releasesAt: possibleAt, untilUnused: true }
    await deps.records.put(waiting)
    await handOver(waiting)
    return waiting
  })
}

/** A moment where the provider allows it only from then on. */
async function tryRelease(
  subject: Subject,
  deps: ReleaseDeps,
  { onlyIf, revoke }: ReleaseOptions,
): Promise<Released | Date | undefined> {
  const { target } = subject.elevation
  return deps.flights.run(target, { signal: deps.signal, patienceSeconds }, async () => {
    const elevation = await latest(subject, deps)
    if (elevation === undefined) return undefined
    if (onlyIf !== undefined && !(await onlyIf(elevation))) return undefined
    if (isUndecided(elevation)) throw notActiveYet(elevation)
    try {
      const provider = await providerOfHolder(elevation, deps)
      // A session that has ended may have handed out keys that have not.
      if (provider.access === 'grant' && (await hasEndedThere(elevation, provider, deps))) {
        await forget(elevation, deps)
        return undefined
      }
      const answer = await provider.release(elevation, deps.signal)
      if (answer.state === 'released') return await released(elevation, provider, revoke, deps)
      if (answer.possibleAt >= locally(elevation.expiresAt, elevation))
        throw endsByItself(elevation, deps.now())
      return answer.possibleAt
    } catch (thrown) {
      const error = asPimError(thrown).about(target)
      await recordFailure(elevation, error, deps)
      throw error
    }
  })
}

/** Only the provider can say that something has ended by now; the clock only tells when to ask. */
async function hasEndedThere(
  elevation: Elevation,
  provider: Provider,
  deps: ReleaseDeps,
): Promise<boolean> {
  if (hasPassed(elevation, deps.now()) === 'no') return false
  const progress = await provider.progress(elevation, deps.signal)
  return hasEnded(advance(elevation, progress, deps.now()).state)
}

async function released(
  elevation: Elevation,
  provider: Provider,
  revoke: boolean | undefined,
  deps: ReleaseDeps,
): Promise<Released> {
  const ended = provider.access === 'grant' ? endingAt(elevation, deps.now()) : elevation
  const ending = releasedEvent(ended, deps.actor)
  // A release must not fail for want of a note.
  const note = await beginWork({ items: [], ending, isReleased: true }, deps).catch(() => noNote)
  let isOver = provider.access === 'grant'
  try {
    const revocation = revoke === true ? await tryToRevoke(elevation, provider, deps) : undefined
    const event = { ...ending, ...revocationFacts(revocation) }
    await note.update({ ending: event }).catch(() => undefined)
    // In this order the log never says that what is still kept here was released.
    await forget(elevation, deps)
    isOver = true
    await deps.findings.drop(provider.id).catch(() => undefined)
    const audit = await deps.audit.append(event).catch((error: unknown) => {
      throw unrecorded(elevation, provider, revocation, asPimError(error))
    })
    await note.end()
    if (revocation?.policy !== undefined) await nextSecond(deps)
    return { ...ended, state: 'released', audit, ...(revocation !== undefined && { revocation }) }
  } catch (error) {
    // A session whose credentials are still kept is not released.
    await (isOver ? note.leave() : note.end())
    throw error
  }
}

/** A session that is taken in the second that the policy names last would be denied with the others. */
async function nextSecond({ sleep, signal }: ReleaseDeps): Promise<void> {
  await sleep(seconds(1), signal).catch(() => undefined)
}

function releasedEvent(elevation: Elevation, actor: Actor): AuditEvent {
  const { providerRequestId } = elevation
  return {
    ...releasedAs(elevation),
    ...(providerRequestId !== undefined && { providerRequestId }),
    actor: { ...actor },
  }
}

/**
 * Clears away sessions that have ended, with their credentials. What a provider granted, and what was asked
 * for, is cleared away by the provider's word alone.
 */
export async function clearEnded(
  deps: Pick<ReleaseDeps, 'provider' | 'records' | 'stores' | 'flights' | 'now' | 'signal'>,
): Promise<void> {
  for (const elevation of await deps.records.list()) {
    if (hasPassed(elevation, deps.now()) !== 'yes' || elevation.state !== 'active') continue
    if ((await deps.provider(elevation.provider)).access === 'grant') continue
    const options = { signal: deps.signal, patienceSeconds: 1 }
    await deps.flights.run(elevation.target, options, () => forget(elevation, deps))
  }
}
