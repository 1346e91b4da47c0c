import { formatWhen } from '../../../core/time/local-time.ts'
import {
  formatDuration,
  milliseconds,
  minutes,
  seconds,
  type Duration,
} from '../../../core/time/duration.ts'
import { asPimError, mayHaveArrived, PimError } from '../../../core/errors.ts'
import type { ElevationPlan } from '../../../core/elevation/plan.ts'
import { activationError, codeOf } from './activation.ts'
import type { RequestAnswer } from './request-answer.ts'
import { longestWaitSeconds } from '../http/retry-after.ts'
import { madeThen, openActivation, type Trail } from './request-history.ts'
import { unlessUnreadable } from '../errors/unless-unreadable.ts'

/** How one activation is asked for, and what can be looked up about it. Each throws as its client does. */
export interface ActivationSource<Answer extends RequestAnswer> {
  readonly send: () => Promise<Answer>
  /** How often a send that brought no answer is repeated. */
  readonly retries: number
  /** The request by the name that we gave it, where it takes one. */
  readonly named?: () => Promise<Answer | undefined>
  readonly trail: () => Promise<Trail>
  /** How the right is held without an activation; undefined where it is not. */
  readonly assigned: () => Promise<Assigned | undefined>
  /** By the clock of this machine. */
  readonly now: () => Date
  readonly clockAheadMs: () => number | undefined
  readonly sleep: (duration: Duration) => Promise<void>
}

/** An assignment that nobody has to activate. */
export interface Assigned {
  /** Absent where it does not end. */
  readonly endsAt?: Date | undefined
}

/**
 * A start that was reckoned by a wrong clock is another start than was meant. Throws `usage`
 * (`clock-wrong`), which names the clock.
 */
function assertClock({ start }: Wish, aheadMs: number): void {
  if (start === undefined || Math.abs(aheadMs) <= milliseconds(minutes(5))) return
  const off = formatDuration(seconds(Math.round(Math.abs(aheadMs) / 60_000) * 60))
  const direction = aheadMs > 0 ? 'behind' : 'ahead of'
  throw new PimError(
    'usage',
    'clock-wrong',
    `this machine's clock is ${off} ${direction} Microsoft's`,
    {
      hint: 'set the clock, then schedule the activation',
    },
  )
}

/** The request that stands for an activation, and whether it was made elsewhere. */
export interface AnsweredActivation<Answer> {
  readonly answer: Answer | RequestAnswer
  readonly isAdopted: boolean
}

type Wish = Pick<ElevationPlan, 'justification' | 'start'>

/**
 * Asks for an activation until an answer comes. PIM refuses a second request for the same right, so
 * that asking again does no harm: a request that is there already, ours or one from the portal, is
 * the answer. Throws what an activation is refused with.
 */
export async function askForActivation<Answer extends RequestAnswer>(
  wish: Wish,
  source: ActivationSource<Answer>,
): Promise<AnsweredActivation<Answer>> {
  assertClock(wish, source.clockAheadMs() ?? 0)
  const from = source.now()
  let lost: PimError | undefined
  for (let retry = 0; ; retry += 1) {
    try {
      return { answer: await source.send(), isAdopted: false }
    } catch (thrown) {
      const error = asPimError(thrown)
      const isDuplicate = duplicates.has(codeOf(error))
      if (!isDuplicate && !mayHaveArrived(error)) throw activationError(error)
      if (!isDuplicate) lost = error
      const found = await lookUp(wish, { error, isLost: lost !== undefined, from }, source)
      if (found !== undefined) return found
      if (isDuplicate) throw lost ?? (await whyDuplicate(error, source))
      const elapsed = source.now().getTime() - from.getTime()
      const isLate = retry >= source.retries || elapsed > milliseconds(longestRetrying)
      if (isLate || !isWorthRetrying(error)) throw error
      await source.sleep(seconds(2 ** retry))
    }
  }
}

const longestRetrying = minutes(1)

const duplicates: ReadonlySet<string> = new Set([
  'roleassignmentexists',
  'pendingroleassignmentrequest',
  'roleassignmentrequestexists',
  'roleassignmentschedulerequestexists',
])

interface Missed {
  readonly error: PimError
  /** Whether an answer was lost: the request may be ours. */
  readonly isLost: boolean
  readonly from: Date
}

/** The request as Microsoft has it, where it does. What cannot be looked up proves nothing. */
async function lookUp<Answer extends RequestAnswer>(
  { justification, start }: Wish,
  { error, isLost, from }: Missed,
  source: ActivationSource<Answer>,
): Promise<AnsweredActivation<Answer> | undefined> {
  const answer = await unlessUnreadable(undefined, async () => source.named?.())
  if (answer !== undefined) return { answer, isAdopted: false }
  const trail = await unlessUnreadable<Trail>([], source.trail)
  const askedAt = new Date(from.getTime() + (source.clockAheadMs() ?? 0))
  const ours = isLost ? madeThen(trail, { askedAt, justification }) : undefined
  if (ours !== undefined) return { answer: ours.answer, isAdopted: false }
  // What is in force now is not what was to begin later.
  const open = duplicates.has(codeOf(error)) && !start ? openActivation(trail) : undefined
  return open && { answer: open.answer, isAdopted: true }
}

/** Why Microsoft has it already, though none of the caller's requests accounts for that. */
async function whyDuplicate(
  error: PimError,
  { assigned, now }: Pick<ActivationSource<RequestAnswer>, 'assigned' | 'now'>,
): Promise<unknown> {
  const code = codeOf(error)
  if (code === 'pendingroleassignmentrequest') return error
  if (code !== 'roleassignmentexists') return unseen(error)
  const held = await unlessUnreadable(undefined, assigned)
  return held === undefined ? error : heldAlready(held, error, now())
}

function heldAlready({ endsAt }: Assigned, cause: PimError, now: Date): PimError {
  const until = endsAt === undefined ? 'permanently' : `until ${formatWhen(endsAt, now)}`
  return new PimError(
    'refused',
    'assigned',
    `you hold this ${until}: it is assigned to you, not activated`,
    {
      hint: 'use it without `pim elevate`; an administrator can remove the assignment',
      provider: cause.provider,
      cause,
    },
  )
}

/** Our request has arrived: only what became of it cannot be read yet, and may have been granted. */
function unseen(cause: PimError): PimError {
  return new PimError(
    'unavailable',
    'request-unseen',
    'Microsoft has the request, but does not show it yet',
    { hint: 'check with `pim requests`', cause },
  )
}

function isWorthRetrying({ code, provider }: PimError): boolean {
  const { status = 0, retryAfterSeconds = 0 } = provider ?? {}
  if (retryAfterSeconds > longestWaitSeconds) return false
  return code === 'no-answer' || status >= 500
}
