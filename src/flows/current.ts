import { isLive, isPending, type Elevation, type ElevationRecords } from '../core/elevation.ts'

/** The elevations that are in force or on their way there, the first to end first. */
export async function currentElevations(deps: {
  readonly records: ElevationRecords
  readonly now: () => Date
}): Promise<readonly Elevation[]> {
  const all = await deps.records.list()
  return all
    .filter((elevation) => isLive(elevation, deps.now()) || isPending(elevation, deps.now()))
    .toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
}
