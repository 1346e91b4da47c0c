import { hours, minutes } from '../../core/duration.ts'

/** AWS ends every session that was taken with another role's credentials after an hour. */
export const longestChained = hours(1)

export const chainedReason = 'the longest that AWS grants to a chained role'

/** STS grants no session shorter than this. */
export const shortestSession = minutes(15)
