import { hours, minutes } from '../../../core/time/duration.ts'

/** AWS ends every session that was taken with another role's credentials after an hour. */
export const longestChained = hours(1)

export const chainedReason = 'the longest that AWS grants to a chained role'

/** No role's own maximum can be longer. */
export const longestSession = hours(12)

/** STS grants no session shorter than this. */
export const shortestSession = minutes(15)
