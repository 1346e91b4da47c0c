import type { AuditEvent, AuditLog } from '../../core/audit/audit.ts'
import { latestOf, type Elevation, type ElevationRecords } from '../../core/elevation/elevation.ts'
import type { FindingsCache } from '../../core/discovery-cache.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import { advance, hasEnded } from '../../core/elevation/lifecycle.ts'
import type { Progress } from '../../core/provider.ts'
import { becameActive, cameToNothing, endedElsewhere, expired, pending } from '../record/events.ts'
import { recordOnce } from '../record/record-once.ts'
import type { Heard } from './unconfirmed.ts'

export interface ProgressedDeps {
  readonly records: ElevationRecords
  readonly findings: FindingsCache
  readonly flights: Flights
  readonly audit: AuditLog
  readonly now: () => Date
  readonly signal: AbortSignal
}

/**
 * Writes down what the provider's word makes of an elevation, and forgets what has ended. What another
 * process has written meanwhile counts. Where nobody remembers it any more, another process has ended it;
 * unless it is to be adopted, as what the same identity asked for on another machine. `look` writes nothing.
 */
export async function progressed(
  { elevation: before, progress }: Heard,
  deps: ProgressedDeps,
  ifForgotten: 'ended' | 'adopt' | 'look' = 'ended',
): Promise<Elevation> {
  const options = { signal: deps.signal, patienceSeconds: 10 }
  return deps.flights.run(before.target, options, async () => {
    const latest = await latestOf(before, deps.records)
    if (latest === undefined && ifForgotten === 'ended') return { ...before, state: 'released' }
    if (latest === undefined && ifForgotten === 'look') {
      return advance(underWay(before), progress, deps.now())
    }
    const known = latest === undefined ? underWay(before) : answered(latest, before)
    const next = { ...advance(known, progress, deps.now()), confirmedAt: deps.now() }
    const isHeard = latest?.unanswered === true && next.unanswered !== true
    const event = eventFor(known, next, progress) ?? (isHeard ? pending(next) : undefined)
    const audit = event && (await recordOnce(event, deps.audit))
    if (event !== undefined) await deps.findings.drop(next.provider).catch(() => undefined)
    const written: Elevation = audit === undefined ? next : { ...next, audit }
    if (hasEnded(written.state)) await deps.records.remove(written)
    else await deps.records.put(written)
    return written
  })
}

/** What was found out since of a request that nobody had heard the answer to. */
function answered(latest: Elevation, before: Elevation): Elevation {
  return latest.unanswered === true ? before : latest
}

/** What is new to this machine has not ended on its record yet, even where it had when it was found. */
function underWay(found: Elevation): Elevation {
  return hasEnded(found.state) ? { ...found, state: 'provisioning' } : found
}

function eventFor(before: Elevation, next: Elevation, progress: Progress): AuditEvent | undefined {
  if (next.state === before.state) return undefined
  switch (next.state) {
    case 'active':
      return becameActive(next, before.state === 'pending-approval')
    case 'denied':
    case 'failed':
    case 'canceled':
      return cameToNothing(next, progress)
    case 'expired':
      return before.state === 'active' ? expired(next) : cameToNothing(next, progress)
    case 'released': {
      // Taken back before it was in force, or refused after it was.
      const isNothing =
        before.state !== 'active' || ['denied', 'canceled', 'failed'].includes(progress.state)
      return isNothing ? cameToNothing(next, progress) : endedElsewhere(next)
    }
    case 'pending-approval':
    case 'scheduled':
    case 'provisioning':
      return undefined
  }
}
