import { createHash } from 'node:crypto'
import { after, milliseconds, minutes, seconds } from '../../core/duration.ts'
import { locally, type Elevation } from '../../core/elevation.ts'
import { asPimError, PimError, type ErrorKind } from '../../core/errors.ts'
import type { ElevationPlan } from '../../core/plan.ts'
import type { Activation, Progress, Release } from '../../core/provider.ts'
import type { RequestAnswer } from './request-answer.ts'
import { refusalOf, stateOfStatus, stateUnderWay, unknownStatus } from './statuses.ts'

/** What was asked for, and when it was answered. */
interface Asked {
  readonly plan: Pick<ElevationPlan, 'duration' | 'start'>
  readonly now: Date
  readonly clockAheadMs: number
  readonly facts: Readonly<Record<string, string>>
}

/** What came of asking for an activation. Throws where it came to nothing. */
export function activationOf(
  answer: RequestAnswer,
  { plan, now, clockAheadMs, facts }: Asked,
): Activation {
  const providerNow = new Date(now.getTime() + clockAheadMs)
  const startsAt = answer.startsAt ?? plan.start ?? providerNow
  const expiresAt = answer.expiresAt ?? after(startsAt, plan.duration)
  const underWay = stateUnderWay(answer.status)
  assertAsAsked(startsAt, expiresAt, plan, providerNow)
  const state = timely(underWay, startsAt, providerNow)
  const isForLater = plan.start !== undefined && liesAhead(startsAt, providerNow)
  return {
    // What was set up for later works no sooner, whatever the word for that is.
    state: state === 'active' && isForLater ? 'scheduled' : state,
    startsAt,
    expiresAt,
    accessEndsAt: expiresAt,
    providerRequestId: answer.id,
    clockAheadMs,
    notices: [],
    facts:
      stateOfStatus(answer.status) === undefined
        ? { ...facts, unknownStatus: answer.status }
        : facts,
  }
}

const leeway = minutes(10)

/** No provider grants another time than was asked for. Throws `unavailable` (`contradicting-answer`). */
function assertAsAsked(
  startsAt: Date,
  expiresAt: Date,
  { duration, start }: Asked['plan'],
  providerNow: Date,
): void {
  const isLate = startsAt > after(start ?? providerNow, leeway)
  const isLong = expiresAt > after(after(startsAt, duration), leeway)
  if (!isLate && !isLong && expiresAt > startsAt) return
  throw new PimError(
    'unavailable',
    'contradicting-answer',
    'the answer is about another time than was asked for',
    { hint: 'check that nothing stands between this machine and Microsoft' },
  )
}

/**
 * How far a request has come that is not listed as active: what was provisioned is still on its way
 * then. Throws `pending` (`unknown-status`) for a status that pim does not know.
 */
export function progressOf(answer: RequestAnswer, now: Date): Progress {
  const { status, startsAt, expiresAt } = answer
  const state = stateOfStatus(status)
  if (state === undefined) throw unknownStatus(status, answer.id)
  const isOver = expiresAt !== undefined && expiresAt <= now
  const unlisted = state === 'active' ? (isOver ? 'expired' : 'provisioning') : state
  return {
    state: startsAt === undefined ? unlisted : timely(unlisted, startsAt, now),
    ...(startsAt !== undefined && { startsAt }),
    ...(expiresAt !== undefined && { expiresAt }),
    status,
    ...(endings.includes(state) && { refusal: refusalOf(status) }),
  }
}

const endings: readonly Progress['state'][] = ['denied', 'canceled', 'failed', 'released']

/** What is set up before its time is scheduled, and what is granted for now is on its way. */
export function timely<State extends Progress['state']>(
  state: State,
  startsAt: Date,
  now: Date,
): State | 'scheduled' | 'provisioning' {
  const isAhead = liesAhead(startsAt, now)
  if (state === 'scheduled') return isAhead ? 'scheduled' : 'provisioning'
  return state === 'provisioning' && isAhead ? 'scheduled' : state
}

/** Whether a start is still to come. */
export function liesAhead(startsAt: Date, now: Date): boolean {
  return startsAt.getTime() - now.getTime() > milliseconds(startsSoon)
}

/** Clocks differ a little, and a start that near is now. */
const startsSoon = seconds(30)

/** Whether an earlier try of ours has arrived: the request of this name is there already. */
export function arrivedBefore(error: unknown): boolean {
  return ['roleassignmentrequestexists', 'roleassignmentschedulerequestexists'].includes(
    codeOf(error),
  )
}

/** The error that made an activation fail. Some codes mean another thing to an activation than to a release. */
export function activationError(error: unknown): unknown {
  const meaning = activationMeanings.get(codeOf(error))
  if (meaning === undefined) return error
  const { kind, code, says, hint } = meaning
  const { provider } = asPimError(error)
  return new PimError(kind, code, says, { hint, provider, cause: error })
}

const activationMeanings: ReadonlyMap<string, Meaning> = new Map([
  [
    'roleassignmentdoesnotexist',
    {
      kind: 'refused',
      code: 'not-eligible',
      says: 'the provider knows of no eligibility for it',
      hint: 'it may have ended; `pim list --refresh` shows what there is',
    },
  ],
  [
    'activedurationtooshort',
    {
      kind: 'usage',
      code: 'duration-too-short',
      says: 'the provider refuses so short an activation',
      hint: 'ask for five minutes or more with `-d`',
    },
  ],
])

interface Meaning {
  readonly kind: ErrorKind
  readonly code: string
  readonly says: string
  readonly hint: string
}

/** What came of a request to give something back. Throws `unavailable` where that failed there. */
export function releasedBy({ id, status }: RequestAnswer): Release {
  const state = stateOfStatus(status)
  if (state === undefined) throw unknownStatus(status, id)
  if (!['denied', 'failed', 'canceled'].includes(state)) return { state: 'released' }
  throw new PimError(
    'unavailable',
    'release-failed',
    `the provider did not take it back: ${status}`,
    {
      hint: 'try again in a minute; the access ends by itself otherwise',
      provider: { code: status },
    },
  )
}

/**
 * What it means that giving back was refused. Within the first five minutes it comes too early,
 * though the provider may say that nothing is active; later that means that nothing is. Every other
 * error is thrown again.
 */
export function releaseOf(error: unknown, elevation: Elevation, now: Date): Release {
  const code = codeOf(error)
  const possibleAt = locally(after(elevation.startsAt, shortestActive), elevation)
  if (code === 'activedurationtooshort') return notYet(later(possibleAt, after(now, askAgain)))
  if (code !== 'roleassignmentdoesnotexist') throw error
  return now < possibleAt ? notYet(possibleAt) : { state: 'released' }
}

/** Five minutes, and a little for the clocks of the servers. */
const shortestActive = seconds(minutes(5).seconds + 5)

/** Where the provider counts from a later start than we know of. */
const askAgain = seconds(20)

function notYet(possibleAt: Date): Release {
  return {
    state: 'not-yet',
    possibleAt,
    why: 'what was activated must have been active for five minutes',
  }
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other
}

function codeOf(error: unknown): string {
  return error instanceof PimError ? (error.provider?.code ?? '').toLowerCase() : ''
}

/**
 * The name of a request: a GUID that is the same for the same elevation, so that a second try is
 * known for one. `purpose` tells the requests of one elevation apart.
 */
export function requestIdOf(elevationId: string, purpose = 'activate'): string {
  const hex = createHash('sha256').update(`${purpose} ${elevationId}`).digest('hex')
  // Version 8, custom, and the variant of RFC 9562.
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4] ?? '8'
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
