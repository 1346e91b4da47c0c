import { formatWhen } from '../../core/time/local-time.ts'
import { seconds } from '../../core/time/duration.ts'
import { isUndecided, latestOf, type Elevation } from '../../core/elevation/elevation.ts'
import { asPimError, type PimError } from '../../core/errors.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { typed } from '../../core/printable.ts'
import type { Use, Uses } from '../../core/elevation/usage.ts'
import { cancel } from '../approve/cancel.ts'
import { elevate } from '../elevate/elevate.ts'
import type { ElevateDeps } from '../elevate/deps.ts'
import type { Outcome } from '../elevate/persist.ts'
import { release, type HandOver, type ReleaseDeps } from '../release/release.ts'

/** An elevation with which a command is run. */
export interface InUse {
  readonly outcome: Outcome
  readonly use: Use
  /** False where this machine could not remember it: then this process alone knows of it. */
  readonly isRemembered: boolean
}

interface UseDeps extends ElevateDeps {
  readonly uses: Uses
}

const patienceSeconds = 30

/** Elevates, and has every other command know that this one is about to run with it. */
export async function use(request: ElevationRequest, deps: UseDeps): Promise<InUse> {
  for (;;) {
    const outcome = await elevate(request, deps)
    const { elevation, changed } = outcome
    const options = { signal: deps.signal, patienceSeconds }
    const taken = await deps.flights.run(elevation.target, options, async () => {
      const isRemembered = (await latestOf(elevation, deps.records)) !== undefined
      // Whoever had it before has just released it.
      const isGone = !changed && elevation.untilUnused === true && !isRemembered
      if (isGone) return undefined
      return { outcome, isRemembered, use: await deps.uses.begin(elevation.id) }
    })
    if (taken !== undefined) return taken
  }
}

interface GiveBackDeps extends ReleaseDeps {
  /** Whether a person is there, who need not wait for what a helper can do. */
  readonly isAttended: boolean
  /** Leaves a release to a helper that outlives this process. */
  readonly handOver: HandOver
  readonly tell: Pick<ElevateDeps['tell'], 'news' | 'notice'>
}

/** Whether nobody wants it any more: it was to go with the last command that runs with it, and none does. */
export async function isUnwanted(
  elevation: Elevation,
  { uses }: { readonly uses: Uses },
): Promise<boolean> {
  const isUsed = await uses.isUsed(elevation.id)
  return elevation.untilUnused === true && !isUsed
}

/**
 * Ends the use of each, and releases what nobody wants any more. What cannot be released now is told, is
 * on record, and is left to a helper. Resolves with the errors of those that are still active.
 */
export async function giveBack(
  inUse: readonly InUse[],
  deps: GiveBackDeps,
): Promise<readonly PimError[]> {
  const undisturbed: GiveBackDeps = {
    ...deps,
    signal: new AbortController().signal,
    // A wait may be cut short all the same.
    sleep: (span) => deps.sleep(span, deps.signal),
  }
  const failures: PimError[] = []
  for (const each of inUse) {
    await each.use.end()
    const failure = await giveBackOne(each, undisturbed)
    if (failure !== undefined) failures.push(failure)
  }
  return failures
}

async function giveBackOne(
  { outcome: { elevation }, isRemembered }: InUse,
  deps: GiveBackDeps,
): Promise<PimError | undefined> {
  try {
    if (isUndecided(elevation)) await cancelUnwanted(elevation, deps)
    else await releaseUnwanted(elevation, isRemembered, deps)
    return undefined
  } catch (thrown) {
    return leaveToHelper(elevation, asPimError(thrown).about(elevation.target), deps)
  }
}

const tries = 3

/** A provider that fails for a moment is asked again; it refuses nothing twice. */
async function releaseUnwanted(
  elevation: Elevation,
  isRemembered: boolean,
  deps: GiveBackDeps,
): Promise<void> {
  if (!isRemembered && elevation.untilUnused !== true) return

  for (let attempt = 1; ; attempt += 1) {
    try {
      const given = await release(elevation, deps, {
        ...(isRemembered && { onlyIf: (latest: Elevation) => isUnwanted(latest, deps) }),
        ...(deps.isAttended
          ? { handOver: deps.handOver }
          : { onWait: (moment: Date) => sayWait(elevation.target, moment, deps) }),
      })
      if (given?.releasesAt !== undefined) {
        deps.tell.news(
          elevation.target,
          `a helper releases it at ${formatWhen(given.releasesAt, deps.now())}`,
        )
      }
      return
    } catch (error) {
      if (asPimError(error).kind !== 'unavailable' || attempt === tries) throw error
      await deps.sleep(seconds(attempt), deps.signal)
    }
  }
}

/** A request that only this command wanted must not become active when nobody uses it. */
async function cancelUnwanted(elevation: Elevation, deps: GiveBackDeps): Promise<void> {
  const latest = await latestOf(elevation, deps.records)
  if (latest === undefined || !(await isUnwanted(latest, deps))) return
  if (!isUndecided(latest)) return releaseUnwanted(latest, true, deps)
  const { id, providerRequestId } = await cancel(latest, deps)
  deps.tell.news(elevation.target, `request ${providerRequestId ?? id} is cancelled`)
}

/** Undefined where it is only waited for: then nothing has failed. */
async function leaveToHelper(
  elevation: Elevation,
  error: PimError,
  deps: GiveBackDeps,
): Promise<PimError | undefined> {
  const { target } = elevation
  const latest = await latestOf(elevation, deps.records).catch(() => elevation)
  if (latest === undefined) {
    // It is over, but something of that could not be done, as to record it.
    deps.tell.notice(target, error.message)
    return error.kind === 'audit' ? error : undefined
  }
  const isLeft = await deps.handOver(latest).then(
    () => true,
    () => false,
  )
  const why = error.kind === 'interrupted' ? 'the wait was interrupted' : error.message
  const next = isLeft ? 'a background helper tries again' : `run \`pim release ${typed(target)}\``
  deps.tell.notice(target, `not released: ${why}; ${next}`)
  return error
}

function sayWait(target: string, possibleAt: Date, { tell, now }: GiveBackDeps): void {
  const when = formatWhen(possibleAt, now())
  tell.notice(target, `waiting until ${when} to release it; \`--keep\` leaves it active`)
}
