import { createHash } from 'node:crypto'
import {
  after,
  formatDuration,
  milliseconds,
  minutes,
  seconds,
} from '../../../core/time/duration.ts'
import { asPimError, PimError, type ErrorKind } from '../../../core/errors.ts'
import type { ElevationPlan } from '../../../core/elevation/plan.ts'
import { printable } from '../../../core/printable.ts'
import type { Activation, Progress } from '../../../core/provider.ts'
import type { RequestAnswer } from './request-answer.ts'
import { refusalOf, stateOfStatus, stateUnderWay, unknownStatus } from './request-status.ts'

/** What was asked for, and when it was answered. */
interface Asked {
  readonly plan: Pick<ElevationPlan, 'duration' | 'start'>
  readonly now: Date
  readonly clockAheadMs: number
  readonly facts: Readonly<Record<string, string>>
  /** The request was made elsewhere, as in the portal: it is for another time than was asked for here. */
  readonly isAdopted?: boolean
}

/** What came of asking for an activation. Throws where it came to nothing. */
export function activationOf(
  answer: RequestAnswer,
  { plan, now, clockAheadMs, facts, isAdopted = false }: Asked,
): Activation {
  const providerNow = new Date(now.getTime() + clockAheadMs)
  const startsAt = answer.startsAt ?? plan.start ?? providerNow
  const expiresAt = answer.expiresAt ?? after(startsAt, answer.duration ?? plan.duration)
  const underWay = stateUnderWay(answer.status)
  if (!isAdopted) assertAsAsked(startsAt, expiresAt, plan, providerNow)
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
    notices: [...(isAdopted ? [adopted(answer, underWay)] : []), ...clockNotice(clockAheadMs)],
    facts:
      stateOfStatus(answer.status) === undefined
        ? { ...facts, unknownStatus: answer.status }
        : facts,
  }
}

function adopted({ id }: RequestAnswer, state: Activation['state']): string {
  const request = `request ${printable(id)}, which was made elsewhere,`
  return state === 'active' || state === 'provisioning'
    ? `${request} has activated it already`
    : `${request} asks for it already; no second one was sent`
}

/** Clocks that differ by less do no harm. */
const noticedSkew = seconds(60)

function clockNotice(aheadMs: number): readonly string[] {
  if (Math.abs(aheadMs) < milliseconds(noticedSkew)) return []
  const length = formatDuration(seconds(Math.round(Math.abs(aheadMs) / 1000)))
  const which = aheadMs > 0 ? 'behind' : 'ahead of'
  return [`the clock of this machine is ${length} ${which} Microsoft's; set it`]
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
    { hint: 'check for a proxy or firewall between this machine and Microsoft' },
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

/** Microsoft's own code of a refusal, in lower case. */
export function codeOf(error: unknown): string {
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
