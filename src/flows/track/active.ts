import { isLive, isPending, type Elevation } from '../../core/elevation/elevation.ts'

/** The elevations that are in force or on their way there, the first to end first. */
export function current(all: readonly Elevation[], now: Date): readonly Elevation[] {
  return all
    .filter((elevation) => isLive(elevation, now) || isPending(elevation, now))
    .toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
}
