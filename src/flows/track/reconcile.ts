import { milliseconds, seconds, type Duration } from '../../core/time/duration.ts'
import type { CredentialStores } from '../../core/credentials.ts'
import {
  asEffective,
  credentialsKey,
  hasPassed,
  isUndecided,
  type Elevation,
} from '../../core/elevation/elevation.ts'
import { asPimError, type PimError } from '../../core/errors.ts'
import { hasEnded } from '../../core/elevation/lifecycle.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'
import { providerOfHolder } from './holder.ts'
import { progressed, type ProgressedDeps } from './apply-progress.ts'
import { beforeDeadline, type Deadline } from './deadline.ts'
import { heard } from './unconfirmed.ts'

export interface ReconcileDeps extends ProgressedDeps {
  readonly provider: LoadProvider
  readonly stores: CredentialStores
  /** When to go on with what is remembered; as long as it takes where absent. */
  readonly deadline?: Deadline | undefined
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
 * Asks the providers what has become of every elevation that this machine remembers, each as the identity
 * that holds it, writes down what has changed, and forgets what has ended by the provider's word. A
 * session is what it is until its end: nobody is asked, unless the clocks disagree about that end. What was
 * confirmed a moment ago is not asked about again: prompts of shells ask for it on every line.
 */
export async function reconcile(
  remembered: readonly Elevation[],
  deps: ReconcileDeps,
): Promise<readonly Reconciled[]> {
  const found = await Promise.all(remembered.map((elevation) => reconcileOne(elevation, deps)))
  return found.filter((each) => isOpen(each, deps.now()))
}

/** What ended is over; what the clock alone says has ended is over only where the provider could say so. */
function isOpen({ elevation, trouble }: Reconciled, now: Date): boolean {
  if (hasEnded(elevation.state)) return false
  return trouble !== undefined || isUndecided(elevation) || hasPassed(elevation, now) !== 'yes'
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
  const own = await deps.provider(elevation.provider)
  const { maxAge = usualAge } = deps
  if (own.access === 'session') return { elevation: await askSession(elevation, own, deps) }
  if (isFresh(elevation, maxAge, deps.now())) return { elevation }
  const provider = await providerOfHolder(elevation, deps)
  const word = await heard(elevation, provider, deps.now(), deps.signal)
  return { elevation: await progressed(word, deps) }
}

/** By its own keys: whether they work is the one thing that a provider says of a session. */
async function askSession(
  elevation: Elevation,
  provider: Provider,
  { stores, now, signal }: ReconcileDeps,
): Promise<Elevation> {
  const { state, store } = elevation
  if (state !== 'active' || store === undefined || hasPassed(elevation, now()) !== 'unclear') {
    return elevation
  }
  const credentials = await stores.open(store).read(credentialsKey(elevation))
  if (credentials === undefined) return elevation
  const isEffective = await provider.isEffective(elevation, credentials, signal)
  return isEffective ? asEffective(elevation, now()) : { ...elevation, state: 'expired' }
}

const usualAge = seconds(30)

function isFresh(elevation: Elevation, maxAge: Duration, now: Date): boolean {
  const { state, confirmedAt } = elevation
  if (state !== 'active' || confirmedAt === undefined) return false
  if (hasPassed(elevation, now) !== 'no') return false
  const age = now.getTime() - confirmedAt.getTime()
  return age >= 0 && age < milliseconds(maxAge)
}
