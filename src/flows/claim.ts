import type { Elevation, ElevationRecords } from '../core/elevation.ts'
import type { Flights } from '../core/flight.ts'
import type { ElevationRequest } from '../core/plan.ts'
import type { Outcome, Tell } from './elevate.ts'
import type { Held } from './keep.ts'

export interface ClaimDeps {
  readonly records: ElevationRecords
  readonly flights: Flights
  readonly signal: AbortSignal
  readonly tell: Pick<Tell, 'news'>
}

/**
 * What was found in force. Where it was to be given back as soon as no command runs with it, and is
 * asked for to stay, it stays from now on.
 */
export async function claimed(
  request: ElevationRequest,
  held: Held & Partial<Outcome>,
  deps: ClaimDeps,
): Promise<Outcome> {
  const outcome: Outcome = { changed: false, ...held }
  const { elevation } = outcome
  if (outcome.changed || elevation.untilUnused !== true || request.untilUnused) return outcome
  const options = { signal: deps.signal, patienceSeconds: 10 }
  return deps.flights.run(elevation.target, options, async () => {
    const latest = await deps.records.get(elevation.target)
    if (latest?.id === elevation.id) await deps.records.put(staying(latest))
    if (elevation.releasesAt !== undefined) {
      deps.tell.news(elevation.target, 'it stays, and is not given back as was asked before')
    }
    return { ...outcome, elevation: staying(elevation) }
  })
}

function staying(elevation: Elevation): Elevation {
  const { untilUnused: _, releasesAt: __, ...rest } = elevation
  return rest
}
