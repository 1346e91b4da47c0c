import { milliseconds, seconds, type Duration } from '../../core/time/duration.ts'
import { hasPassed, isUndecided, latestOf, type Elevation } from '../../core/elevation/elevation.ts'
import { asPimError, interrupted } from '../../core/errors.ts'
import { reconcileOne } from '../track/reconcile.ts'
import { helperOf, release, type HandOver, type ReleaseDeps } from './release.ts'
import { isUnwanted } from '../use/usage.ts'
import type { Use } from '../../core/elevation/usage.ts'

const pauses: readonly Duration[] = [5, 10, 20, 40, 60].map(seconds)

/**
 * What a helper does: releases one elevation as soon as the provider allows it, unless somebody wants it
 * again by then. A request that is still open is waited for, since it must not become active unnoticed. A
 * provider that cannot be asked is asked again until the elevation ends.
 */
export async function releaseLater(
  target: string,
  elevationId: string,
  deps: ReleaseDeps,
): Promise<void> {
  const helper = await onlyHelper(elevationId, deps)
  if (helper === undefined) return
  const subject = { target, id: elevationId }
  const forgotten = new AbortController()
  const sleep = whileRemembered(subject, deps, () => forgotten.abort())
  const watching = { ...deps, sleep }
  try {
    for (let tries = 0; !(await isDone(subject, watching)); tries += 1) {
      await sleep(pauses[Math.min(tries, pauses.length - 1)] ?? seconds(60), deps.signal)
    }
    await forgetTheMoment(subject, deps)
  } catch (error) {
    if (!forgotten.signal.aborted) throw error
  } finally {
    await helper.end()
  }
}

const longestSleep = seconds(10)

/**
 * A sleep that ends, with an error, as soon as the elevation is remembered no more: another process has
 * released it, or its folder was deleted, as that of a sandbox is. Nobody then needs the helper.
 */
function whileRemembered(
  subject: Subject,
  { sleep, records }: Pick<ReleaseDeps, 'sleep' | 'records'>,
  onForgotten: () => void,
): ReleaseDeps['sleep'] {
  return async (duration, signal) => {
    for (let left = duration.seconds; left > 0; left -= longestSleep.seconds) {
      await sleep(seconds(Math.min(left, longestSleep.seconds)), signal)
      if ((await latestOf(subject, records)) !== undefined) continue
      onForgotten()
      throw interrupted()
    }
  }
}

/** Whoever left a helper behind may have been killed before it noted that: one at work is enough. */
async function onlyHelper(
  elevationId: string,
  { uses, flights, signal }: ReleaseDeps,
): Promise<Use | undefined> {
  const name = helperOf(elevationId)
  return flights.run(name, { signal, patienceSeconds: 30 }, async () =>
    (await uses.isUsed(name)) ? undefined : uses.begin(name),
  )
}

type Subject = Pick<Elevation, 'target' | 'id'>

/** Where it is wanted after all, whoever ends last releases it, and no helper. */
async function forgetTheMoment(
  subject: Subject,
  { flights, records, signal }: ReleaseDeps,
): Promise<void> {
  await flights.run(subject.target, { signal, patienceSeconds: 30 }, async () => {
    const latest = await latestOf(subject, records)
    if (latest?.releasesAt === undefined) return
    const { releasesAt: _, ...rest } = latest
    await records.put(rest)
  })
}

async function isDone(subject: Subject, deps: ReleaseDeps): Promise<boolean> {
  const known = await latestOf(subject, deps.records)
  if (known === undefined || !(await isUnwanted(known, deps))) return true
  try {
    const elevation = isUndecided(known) ? (await reconcileOne(known, deps)).elevation : known
    if (isUndecided(elevation)) return false
    await release(elevation, deps, {
      onlyIf: (latest) => isUnwanted(latest, deps),
      onWait: () => {},
    })
    return true
  } catch (error) {
    if (!mayPass.includes(asPimError(error).kind)) throw error
    return hasPassed(known, deps.now()) === 'yes'
  }
}

/** Troubles that may be over the next time: the provider, the sign-in, the log, another process. */
const mayPass: readonly string[] = ['unavailable', 'sign-in', 'audit', 'pending']

/** Resolves once a helper is seen at work on an elevation, or after seconds: then it may come yet. */
export async function untilAtWork(
  elevationId: string,
  { uses, sleep, signal }: Pick<ReleaseDeps, 'uses' | 'sleep' | 'signal'>,
): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (await uses.isUsed(helperOf(elevationId))) return
    await sleep(seconds(0.1), signal)
  }
}

/**
 * Starts a helper for everything that is to be released and that nobody is at work on: what a command
 * left that was killed, and whose helper is gone. Resolves with those for which it started one.
 */
export async function resumeReleases(
  remembered: readonly Elevation[],
  deps: Pick<ReleaseDeps, 'uses' | 'now'> & { readonly handOver: HandOver },
): Promise<readonly Elevation[]> {
  const left: Elevation[] = []
  for (const elevation of remembered) {
    if (isNew(elevation, deps.now()) || !(await isUnwanted(elevation, deps))) continue
    if (await deps.uses.isUsed(helperOf(elevation.id))) continue
    await deps.handOver(elevation)
    left.push(elevation)
  }
  return left
}

/** A command that has just elevated may not have said yet that it uses it. */
function isNew({ requestedAt }: Elevation, now: Date): boolean {
  return Math.abs(now.getTime() - requestedAt.getTime()) < milliseconds(seconds(10))
}
