import type { AuditEvent, AuditLog } from '../core/audit.ts'
import { milliseconds, seconds } from '../core/duration.ts'
import { isLive, isPending, type Elevation, type ElevationRecords } from '../core/elevation.ts'
import { asPimError, type PimError } from '../core/errors.ts'
import type { FindingsCache } from '../core/findings.ts'
import type { Flights } from '../core/flight.ts'
import { advance, hasEnded } from '../core/lifecycle.ts'
import type { Progress, Provider } from '../core/provider.ts'
import type { ProviderId } from '../core/target.ts'
import { becameActive, cameToNothing, endedElsewhere, pending } from './elevation-events.ts'
import { heard, type Heard } from './unanswered.ts'

export interface ReconcileDeps {
  readonly provider: (id: ProviderId) => Promise<Provider>
  readonly records: ElevationRecords
  readonly findings: FindingsCache
  readonly flights: Flights
  readonly audit: AuditLog
  readonly now: () => Date
  readonly signal: AbortSignal
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
  const remembered = await deps.records.list()
  const isOpen = (elevation: Elevation): boolean =>
    isLive(elevation, deps.now()) || isPending(elevation, deps.now())
  const found = await Promise.all(
    remembered.filter(isOpen).map((elevation) => reconcileOne(elevation, deps)),
  )
  return found.filter(({ elevation }) => !hasEnded(elevation.state))
}

async function reconcileOne(elevation: Elevation, deps: ReconcileDeps): Promise<Reconciled> {
  try {
    const provider = await deps.provider(elevation.provider)
    if (provider.access === 'session' || isFresh(elevation, deps.now())) return { elevation }
    // Another tenant is signed in to: its word is not about this.
    if (elevation.configuration !== (await provider.configuration())) return { elevation }
    const word = elevation.unanswered
      ? await heard(elevation, provider, deps.now(), deps.signal)
      : { elevation, progress: await provider.progress(elevation, deps.signal) }
    return { elevation: await settled(elevation, word, deps) }
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind === 'interrupted') throw trouble
    return { elevation, trouble }
  }
}

const fresh = seconds(30)

function isFresh({ state, confirmedAt }: Elevation, now: Date): boolean {
  if (state !== 'active' || confirmedAt === undefined) return false
  const age = now.getTime() - confirmedAt.getTime()
  return age >= 0 && age < milliseconds(fresh)
}

/** Writes down what the provider's word makes of it, unless another process has been there meanwhile. */
async function settled(
  before: Elevation,
  { elevation: known, progress }: Heard,
  deps: ReconcileDeps,
): Promise<Elevation> {
  const options = { signal: deps.signal, patienceSeconds: 10 }
  return deps.flights.run(before.target, options, async () => {
    const remembered = await deps.records.list()
    const latest = remembered.find(({ id }) => id === before.id)
    if (latest === undefined) {
      return (await deps.records.get(before.target)) ?? { ...before, state: 'released' }
    }
    const from = latest.unanswered ? known : latest
    const next = { ...advance(from, progress, deps.now()), confirmedAt: deps.now() }
    const isHeard = latest.unanswered === true && next.unanswered !== true
    const event = eventFor(latest, next, progress) ?? (isHeard ? pending(next) : undefined)
    if (event !== undefined) {
      await deps.audit.append(event)
      await deps.findings.drop(next.provider).catch(() => undefined)
    }
    if (hasEnded(next.state)) await deps.records.remove(next)
    else await deps.records.put(next)
    return next
  })
}

function eventFor(before: Elevation, next: Elevation, progress: Progress): AuditEvent | undefined {
  if (next.state === before.state) return undefined
  switch (next.state) {
    case 'active':
      return becameActive(next)
    case 'denied':
    case 'failed':
    case 'canceled':
      return cameToNothing(next, progress)
    case 'expired':
      // Nobody did anything: the record of the grant says when it ends. A request that lapses does end here.
      return before.state === 'active' ? undefined : cameToNothing(next, progress)
    case 'released':
      return endedElsewhere(next)
    case 'pending-approval':
    case 'scheduled':
    case 'provisioning':
      return undefined
  }
}
