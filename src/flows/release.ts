import type { AuditEvent, AuditLog } from '../core/audit.ts'
import type { CredentialStores } from '../core/credentials.ts'
import { seconds, type Duration } from '../core/duration.ts'
import {
  credentialsKey,
  endingAt,
  isLive,
  isPending,
  isUndecided,
  type Actor,
  type Elevation,
  type ElevationRecords,
} from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import { typed } from '../core/printable.ts'
import type { FindingsCache } from '../core/findings.ts'
import type { Flights } from '../core/flight.ts'
import type { Provider } from '../core/provider.ts'
import type { Revocation } from '../core/revocation.ts'
import type { ProviderId } from '../core/target.ts'
import type { Uses } from '../core/uses.ts'
import { reconcileOne } from './reconcile.ts'
import { revocationClause, revocationFacts, tryToRevoke } from './revoke.ts'

export interface ReleaseDeps {
  readonly provider: (id: ProviderId) => Promise<Provider>
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
  /** Nothing is done where another elevation has taken its place. */
  readonly onlyId?: string
  /** Nothing is done where this says no of what is in force by then. Asked inside the target's flight. */
  readonly onlyIf?: (elevation: Elevation) => Promise<boolean>
  /** What is active though this machine does not remember it. */
  readonly unremembered?: Elevation
  /** Called with the moment from which the provider takes it back, where that is still to come and is waited for. */
  readonly onWait?: (possibleAt: Date) => void
  /** Leaves it to a helper that outlives this process; resolves once that is at work. */
  readonly handOver?: HandOver
  /** Has what was handed out denied before it is forgotten, where that does not end with the grant. */
  readonly revoke?: boolean
}

/** An elevation that was given back, and what came of revoking it, where that was asked for. */
export interface Released extends Elevation {
  readonly revocation?: Revocation
}

/** Starts a helper that gives back this elevation, and no other to the target. */
export type HandOver = (elevation: Pick<Elevation, 'target' | 'id'>) => Promise<void>

/** By this a helper is seen to be at work on an elevation. */
export function helperOf(elevationId: string): string {
  return `helper ${elevationId}`
}

const patienceSeconds = 30

/**
 * Gives an elevation back: at the provider, and its credentials are forgotten here. Keys that AWS has
 * issued cannot be called back; the record says until when they live. The credentials go even when
 * the record cannot be written, and then the error says so. Undefined where there is nothing to give
 * back. Where the provider does not take it yet, it is handed over or waited for, if there is a way to;
 * otherwise `pending` is thrown, which names the moment.
 */
export async function release(
  target: string,
  deps: ReleaseDeps,
  options: ReleaseOptions = {},
): Promise<Released | undefined> {
  const known = await deps.records.get(target)
  // What nobody heard the answer to may be in force.
  if (known?.unanswered) await reconcileOne(known, deps)
  for (;;) {
    const tried = await tryRelease(target, deps, options)
    if (!(tried instanceof Date)) return tried
    if (options.handOver !== undefined) return handedOver(target, tried, options, deps)
    if (options.onWait === undefined) throw tooEarly(target, tried)
    options.onWait(tried)
    const left = Math.ceil((tried.getTime() - deps.now().getTime()) / 1000)
    await deps.sleep(seconds(Math.max(1, left)), deps.signal)
  }
}

/** Stays active until a helper gives it back; one helper is enough. */
async function handedOver(
  target: string,
  possibleAt: Date,
  { handOver, unremembered }: ReleaseOptions,
  deps: ReleaseDeps,
): Promise<Elevation | undefined> {
  return deps.flights.run(target, { signal: deps.signal, patienceSeconds }, async () => {
    const elevation = (await deps.records.get(target)) ?? unremembered
    if (elevation === undefined) return undefined
    if (elevation.releasesAt !== undefined && (await deps.uses.isUsed(helperOf(elevation.id)))) {
      return elevation
    }
    await handOver?.(elevation)
    const waiting: Elevation = { ...elevation, releasesAt: possibleAt, untilUnused: true }
    await deps.records.put(waiting)
    return waiting
  })
}

/** A moment where the provider takes it back only from then on. */
async function tryRelease(
  target: string,
  deps: ReleaseDeps,
  { onlyId, onlyIf, unremembered, revoke }: ReleaseOptions,
): Promise<Released | Date | undefined> {
  return deps.flights.run(target, { signal: deps.signal, patienceSeconds }, async () => {
    const elevation = (await deps.records.get(target)) ?? unremembered
    if (elevation === undefined || (onlyId ?? elevation.id) !== elevation.id) return undefined
    if (onlyIf !== undefined && !(await onlyIf(elevation))) return undefined
    if (isPending(elevation, deps.now())) throw notActiveYet(elevation)
    const provider = await deps.provider(elevation.provider)
    // A session that has ended may have handed out keys that have not.
    if (provider.access === 'grant' && !isLive(elevation, deps.now())) {
      await forget(elevation, deps)
      return undefined
    }
    const answer = await provider.release(elevation, deps.signal).catch((error: unknown) => {
      throw asPimError(error).about(target)
    })
    if (answer.state === 'not-yet') {
      if (answer.possibleAt >= elevation.expiresAt) throw endsByItself(elevation)
      return answer.possibleAt
    }
    const revocation = revoke === true ? await tryToRevoke(elevation, provider, deps) : undefined
    // In this order the log never says that what is still kept here was given back.
    await forget(elevation, deps).catch((error: unknown) => {
      throw asPimError(error).about(target)
    })
    await deps.findings.drop(provider.id).catch(() => undefined)
    const given = provider.access === 'grant' ? endingAt(elevation, deps.now()) : elevation
    const event = { ...givenBack(given, deps.actor), ...revocationFacts(revocation) }
    const audit = await deps.audit.append(event).catch((error: unknown) => {
      throw unrecorded(elevation, provider, revocation, asPimError(error))
    })
    if (revocation?.policy !== undefined) await nextSecond(deps)
    return { ...given, state: 'released', audit, ...(revocation !== undefined && { revocation }) }
  })
}

/** A session that is taken in the second that the policy names last would be denied with the others. */
async function nextSecond({ sleep, signal }: ReleaseDeps): Promise<void> {
  await sleep(seconds(1), signal).catch(() => undefined)
}

function givenBack(elevation: Elevation, actor: Actor): AuditEvent {
  const { id, target, accessEndsAt, facts, providerRequestId } = elevation
  return {
    event: 'elevation.released',
    elevationId: id,
    target,
    accessEndsAt: accessEndsAt.toISOString(),
    ...(facts.accessKeyId !== undefined && { accessKeyId: facts.accessKeyId }),
    ...(providerRequestId !== undefined && { providerRequestId }),
    actor: { ...actor },
  }
}

async function forget(
  elevation: Elevation,
  deps: Pick<ReleaseDeps, 'records' | 'stores'>,
): Promise<void> {
  if (elevation.store !== undefined) {
    await deps.stores.open(elevation.store).remove(credentialsKey(elevation))
  }
  await deps.records.remove(elevation)
}

/**
 * Clears away what has ended, with the credentials that no longer serve. What lapsed undecided waits for
 * its provider's word, which goes on record.
 */
export async function clearEnded(
  deps: Pick<ReleaseDeps, 'records' | 'stores' | 'flights' | 'now' | 'signal'>,
): Promise<void> {
  const hasEnded = (elevation: Elevation): boolean =>
    !isLive(elevation, deps.now()) && !isUndecided(elevation)
  const ended = (await deps.records.list()).filter(hasEnded)
  for (const { target } of ended) {
    await deps.flights.run(target, { signal: deps.signal, patienceSeconds: 1 }, async () => {
      const elevation = await deps.records.get(target)
      if (elevation !== undefined && hasEnded(elevation)) await forget(elevation, deps)
    })
  }
}

function notActiveYet({ target, providerRequestId, id }: Elevation): PimError {
  const request = providerRequestId ?? id
  return new PimError('pending', 'not-active-yet', `request ${request} is not in force yet`, {
    target,
    hint: 'there is nothing to give back; the request stands until it is decided or lapses',
  })
}

function endsByItself({ target, expiresAt }: Elevation): PimError {
  const when = expiresAt.toISOString()
  const message = `it ends by itself at ${when}, before it can be given back`
  return new PimError('pending', 'ends-by-itself', message, {
    target,
    hint: 'what was activated can be given back after five minutes',
  })
}

function tooEarly(target: string, possibleAt: Date): PimError {
  const when = possibleAt.toISOString()
  return new PimError('pending', 'too-early', `it can be given back from ${when} on, not before`, {
    target,
    hint: `\`pim release ${typed(target)} --wait\` waits for that moment`,
  })
}

function unrecorded(
  { target }: Elevation,
  { access }: Provider,
  revocation: Revocation | undefined,
  cause: PimError,
): PimError {
  const done =
    access === 'session'
      ? `the credentials of \`${target}\` are forgotten`
      : `\`${target}\` is given back`
  return new PimError(
    'audit',
    cause.code,
    `${done}${revocationClause(revocation)}, but that could not be recorded: ${cause.message}`,
    { target, hint: cause.hint, cause },
  )
}
