import {
  isLive,
  isPending,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'

/** The elevations that are in force or on their way there, the first to end first. */
export async function currentElevations(deps: {
  readonly records: ElevationRecords
  readonly now: () => Date
}): Promise<readonly Elevation[]> {
  return current((await deps.records.read()).elevations, deps.now())
}

/** Those of all that are remembered. */
export function current(all: readonly Elevation[], now: Date): readonly Elevation[] {
  return all
    .filter((elevation) => isLive(elevation, now) || isPending(elevation, now))
    .toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
}
