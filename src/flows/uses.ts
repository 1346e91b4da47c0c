import { asPimError } from '../core/errors.ts'
import type { Elevation } from '../core/elevation.ts'
import type { ElevationRequest } from '../core/plan.ts'
import type { Use, Uses } from '../core/uses.ts'
import { elevate, type ElevateDeps, type Outcome } from './elevate.ts'
import { release, type HandOver, type ReleaseDeps } from './release.ts'

/** An elevation with which a command is run. */
export interface InUse {
  readonly outcome: Outcome
  readonly use: Use
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
      const latest = await deps.records.get(elevation.target)
      // Whoever had it before has just given it back.
      const isGone = !changed && elevation.untilUnused === true && latest?.id !== elevation.id
      return isGone ? undefined : { outcome, use: await deps.uses.begin(elevation.id) }
    })
    if (taken !== undefined) return taken
  }
}

interface GiveBackDeps extends ReleaseDeps {
  /** Whether somebody is there who can give back later what the provider does not take back yet. */
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

/** Ends the use of each, and gives back what nobody wants any more. A failure is told, and no more. */
export async function giveBack(inUse: readonly InUse[], deps: GiveBackDeps): Promise<void> {
  const undisturbed: GiveBackDeps = {
    ...deps,
    signal: new AbortController().signal,
    // A wait may be cut short all the same.
    sleep: (span) => deps.sleep(span, deps.signal),
  }
  for (const { outcome, use: ended } of inUse) {
    await ended.end()
    await giveBackOne(outcome.elevation, undisturbed)
  }
}

async function giveBackOne({ id, target }: Elevation, deps: GiveBackDeps): Promise<void> {
  try {
    const given = await release(target, deps, {
      onlyId: id,
      onlyIf: (latest) => isUnwanted(latest, deps),
      ...(deps.isAttended
        ? { handOver: deps.handOver }
        : { onWait: (moment: Date) => sayWait(target, moment, deps) }),
    })
    if (given?.releasesAt !== undefined) {
      deps.tell.news(target, `a helper gives it back at ${given.releasesAt.toISOString()}`)
    }
  } catch (error) {
    const { code, message, hint } = asPimError(error)
    // The request stands, as the error before this one said.
    if (code === 'not-active-yet') return
    const next = hint === undefined ? '' : ` (${hint})`
    deps.tell.notice(target, `not released: ${message}${next}`)
  }
}

function sayWait(target: string, possibleAt: Date, { tell }: GiveBackDeps): void {
  const when = possibleAt.toISOString()
  tell.notice(target, `waiting until ${when} to give it back; \`--keep\` leaves it`)
}
