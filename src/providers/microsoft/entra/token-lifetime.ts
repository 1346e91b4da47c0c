import { after, minutes } from '../../../core/time/duration.ts'

/**
 * Microsoft's access tokens are good for 60 to 90 minutes, and name the roles and groups of the moment
 * they were issued: one taken just before the end of an activation works for that long after it.
 */
const longestTokenLife = minutes(90)

/** When the last token that may know of an activation has ended. */
export function lastTokenEnds(expiresAt: Date): Date {
  return after(expiresAt, longestTokenLife)
}
