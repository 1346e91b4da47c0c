import { milliseconds, seconds, type Duration } from '../core/duration.ts'
import { isLive, isPending, isUndecided, type Elevation } from '../core/elevation.ts'
import { asPimError, type PimError } from '../core/errors.ts'
import { hasEnded } from '../core/lifecycle.ts'
import type { Provider } from '../core/provider.ts'
import type { ProviderId } from '../core/target.ts'
import { progressed, type ProgressedDeps } from './progressed.ts'
import { beforeDeadline, type Deadline } from './deadline.ts'
import { heard } from './unanswered.ts'

export interface ReconcileDeps extends ProgressedDeps {
  readonly provider: (id: ProviderId) => Promise<Provider>
  /** When to go on with what is remembered; as long as it takes where absent. */
  readonly deadline?: Deadline | undefined
  /** Which elevations to look at; all where absent. */
  readonly isWanted?: (elevation: Elevation) => boolean
  /** How old a confirmation may be, so that nobody is asked again. */
  readonly maxAge?: Duration
}

/** What this machine remembers, as far as its provider confirms it. */
export interface Reconciled {
  readonly elevation: Elevation
  /** Why the provider could not be asked; what is shown is of `elevation.confirmedAt` then. */
  readonly trouble?: PimError
}

/**
 * Asks the providers what has become of every elevation that this machine remembers, writes down what
 * has changed, and forgets what has ended. A session is what it is until its end: nobody is asked. What
 * was confirmed a moment ago is not asked about again: prompts of shells ask for it on every line.
 */
export async function reconcile(deps: ReconcileDeps): Promise<readonly Reconciled[]> {
  const { isWanted = () => true } = deps
  const remembered = (await deps.records.list()).filter(isWanted)
  const isOpen = (elevation: Elevation): boolean =>
    isLive(elevation, deps.now()) || isPending(elevation, deps.now())
  // What lapsed undecided is over by the clock, but has no outcome on record yet.
  const isAsked = (elevation: Elevation): boolean => isOpen(elevation) || isUndecided(elevation)
  const found = await Promise.all(
    remembered.filter(isAsked).map((elevation) => reconcileOne(elevation, deps)),
  )
  return found.filter(({ elevation }) => !hasEnded(elevation.state) && isOpen(elevation))
}

/** The same for one. */
export async function reconcileOne(elevation: Elevation, deps: ReconcileDeps): Promise<Reconciled> {
  try {
    return await beforeDeadline((signal) => ask(elevation, { ...deps, signal }), deps)
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind === 'interrupted') throw trouble
    return { elevation, trouble }
  }
}

async function ask(elevation: Elevation, deps: ReconcileDeps): Promise<Reconciled> {
  const provider = await deps.provider(elevation.provider)
  const { maxAge = usualAge } = deps
  if (provider.access === 'session' || isFresh(elevation, maxAge, deps.now())) return { elevation }
  // Another tenant is signed in to: its word is not about this.
  if (elevation.configuration !== (await provider.configuration())) return { elevation }
  const word = await heard(elevation, provider, deps.now(), deps.signal)
  return { elevation: await progressed(word, deps) }
}

const usualAge = seconds(30)

function isFresh({ state, confirmedAt }: Elevation, maxAge: Duration, now: Date): boolean {
  if (state !== 'active' || confirmedAt === undefined) return false
  const age = now.getTime() - confirmedAt.getTime()
  return age >= 0 && age < milliseconds(maxAge)
}
