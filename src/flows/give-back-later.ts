import { seconds } from '../core/duration.ts'
import { isLive, type Elevation } from '../core/elevation.ts'
import { asPimError } from '../core/errors.ts'
import { helperOf, release, type ReleaseDeps } from './release.ts'
import { isUnwanted } from './uses.ts'
import type { Use } from '../core/uses.ts'

const pause = seconds(10)

/**
 * What a helper does that was left behind: gives one elevation back as soon as that may be done, unless
 * it is wanted again by then. A provider that is out of reach is asked again until the elevation ends.
 */
export async function giveBackLater(
  target: string,
  elevationId: string,
  deps: ReleaseDeps,
): Promise<void> {
  const helper = await onlyHelper(elevationId, deps)
  if (helper === undefined) return
  try {
    while (!(await isDone(target, elevationId, deps))) await deps.sleep(pause, deps.signal)
    await forgetTheMoment(target, elevationId, deps)
  } finally {
    await helper.end()
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

/** Where it is wanted after all, whoever ends last gives it back, and no helper. */
async function forgetTheMoment(
  target: string,
  elevationId: string,
  { flights, records, signal }: ReleaseDeps,
): Promise<void> {
  await flights.run(target, { signal, patienceSeconds: 30 }, async () => {
    const latest = await records.get(target)
    if (latest?.id !== elevationId || latest.releasesAt === undefined) return
    const { releasesAt: _, ...rest } = latest
    await records.put(rest)
  })
}

async function isDone(target: string, onlyId: string, deps: ReleaseDeps): Promise<boolean> {
  try {
    await release(target, deps, {
      onlyId,
      onlyIf: (latest) => isUnwanted(latest, deps),
      onWait: () => {},
    })
    return true
  } catch (error) {
    if (asPimError(error).kind !== 'unavailable') throw error
    const latest = await deps.records.get(target)
    return latest?.id !== onlyId || !isLive(latest, deps.now())
  }
}

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

/** An elevation as far as its helper is there: one that is gone gives nothing back, whatever it was to do. */
export async function withHelper(
  elevation: Elevation,
  { uses }: Pick<ReleaseDeps, 'uses'>,
): Promise<{ readonly elevation: Elevation; readonly isGone: boolean }> {
  const { releasesAt, ...rest } = elevation
  const isGone = releasesAt !== undefined && !(await uses.isUsed(helperOf(elevation.id)))
  return { elevation: isGone ? rest : elevation, isGone }
}
