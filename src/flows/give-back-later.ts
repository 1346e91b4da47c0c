import { seconds } from '../core/duration.ts'
import { isLive } from '../core/elevation.ts'
import { asPimError } from '../core/errors.ts'
import { helperOf, release, type ReleaseDeps } from './release.ts'
import { isUnwanted } from './uses.ts'

const pause = seconds(30)

/**
 * What a helper does that was left behind: gives one elevation back as soon as that may be done, unless
 * it is wanted again by then. A provider that is out of reach is asked again until the elevation ends.
 */
export async function giveBackLater(
  target: string,
  elevationId: string,
  deps: ReleaseDeps,
): Promise<void> {
  const helper = await deps.flights.run(target, { signal: deps.signal, patienceSeconds: 60 }, () =>
    deps.uses.begin(helperOf(elevationId)),
  )
  try {
    while (!(await isDone(target, elevationId, deps))) await deps.sleep(pause, deps.signal)
  } finally {
    await helper.end()
  }
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
