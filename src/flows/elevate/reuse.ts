import {
  isHeldBy,
  latestOf,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { inQuotes } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import { secondReason } from '../../core/elevation/second-reason.ts'
import type { Outcome } from './persist.ts'
import type { Reporter } from '../../core/reporter.ts'
import type { Held } from './persist.ts'

export interface ClaimDeps {
  readonly records: ElevationRecords
  readonly flights: Flights
  readonly signal: AbortSignal
  readonly tell: Pick<Reporter, 'news'>
}

/**
 * What was found in force. What was activated elsewhere is remembered from now on; what was to be given
 * back as soon as no command runs with it, and is asked for to stay, stays.
 */
export async function claimed(
  request: ElevationRequest,
  held: Held & Partial<Outcome>,
  provider: Provider,
  deps: ClaimDeps,
): Promise<Outcome> {
  const outcome: Outcome = { changed: false, ...held }
  if (outcome.changed) return outcome
  const { elevation } = outcome
  tellOfReason(request, elevation, deps)
  const latest = await latestOf(elevation, deps.records)
  if (latest === undefined && provider.access === 'grant') {
    return { ...outcome, elevation: await remembered(elevation, provider, deps) }
  }
  if (elevation.untilUnused !== true || request.untilUnused) return outcome
  return { ...outcome, elevation: await kept(elevation, deps) }
}

/** What was asked for before keeps its reason: an approver reads that one. */
function tellOfReason(request: ElevationRequest, elevation: Elevation, { tell }: ClaimDeps): void {
  const { target, justification: before, state } = elevation
  if (before === '' || secondReason(request, { changed: false, elevation }) === undefined) return
  const what = state === 'active' ? 'the elevation' : 'the open request'
  tell.news(target, `${what} keeps its reason, ticket and duration: ${inQuotes(before)}`)
}

const patienceSeconds = 10

async function remembered(
  elevation: Elevation,
  provider: Provider,
  { records, flights, signal }: ClaimDeps,
): Promise<Elevation> {
  const known = { ...elevation, configuration: await provider.configuration() }
  await flights.run(elevation.target, { signal, patienceSeconds }, async () => {
    const all = await records.of(elevation.target)
    const isKnown = all.some(
      (each) => each.state === 'active' && isHeldBy(each, elevation.identity),
    )
    if (isKnown) return
    // It is active all the same.
    await records.put(known).catch(() => undefined)
  })
  return known
}

async function kept(
  elevation: Elevation,
  { records, flights, signal, tell }: ClaimDeps,
): Promise<Elevation> {
  await flights.run(elevation.target, { signal, patienceSeconds }, async () => {
    const latest = await latestOf(elevation, records)
    if (latest !== undefined) await records.put(staying(latest))
  })
  if (elevation.releasesAt !== undefined) {
    tell.news(elevation.target, 'it stays active; the pending release is cancelled')
  }
  return staying(elevation)
}

function staying(elevation: Elevation): Elevation {
  const { untilUnused: _, releasesAt: __, ...rest } = elevation
  return rest
}
