import type { Elevation } from '../../../core/elevation/elevation.ts'

const leewayMs = 5 * 60_000

/**
 * The moment before which sessions are to be denied: the second after the provider's present one. AWS
 * counts the issue of a session in whole seconds, and what was issued in this one is meant as well. Who
 * waits for that second to end takes a session that is not meant.
 */
export function revokeMoment(told: Date | undefined, elevation: Elevation, now: Date): Date {
  const present = presentOf(told, elevation, now)
  return new Date((Math.floor(present / 1000) + 1) * 1000)
}

/**
 * The provider's time, or what this machine makes of it where that cannot be believed: one from before
 * the session would deny nothing, and one from long after it what is yet to be issued.
 */
function presentOf(told: Date | undefined, elevation: Elevation, now: Date): number {
  const { startsAt, expiresAt, clockAheadMs } = elevation
  const reckoned = now.getTime() + clockAheadMs
  if (told === undefined) return reckoned
  const earliest = startsAt.getTime() - 5000
  const latest = Math.max(expiresAt.getTime(), reckoned + leewayMs)
  const isBelievable = earliest <= told.getTime() && told.getTime() <= latest
  return isBelievable ? told.getTime() : reckoned
}
