import { milliseconds, seconds, type Duration } from '../../core/time/duration.ts'
import { asPimError, type PimError } from '../../core/errors.ts'

/** What waiting takes. */
export interface PatienceDeps {
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  /** A number from 0 up to 1, for waits that do not all end at once. */
  readonly chance: () => number
}

export interface Question<Answer> {
  /** Undefined where there is no answer yet. */
  readonly ask: () => Promise<Answer | undefined>
  /** How long to sleep after each try; the last for ever. */
  readonly pauses: readonly Duration[]
  /** Whether to sleep a fifth more or less, so that many who wait do not ask in step. */
  readonly withJitter?: boolean
  readonly from: Date
  /** Undefined waits until the signal. */
  readonly limit: Duration | undefined
  /** What to throw at the end of the limit; a provider that was out of reach to the last is thrown itself. */
  readonly tooLate: () => PimError
  /** Told before each sleep. `trouble` is there where the provider was out of reach. */
  readonly onWait: OnWait
}

export type OnWait = (elapsedSeconds: number, trouble: PimError | undefined) => void

/** Asks again and again until there is an answer. A provider that is out of reach meanwhile is asked once more. */
export async function askAgain<Answer>(
  question: Question<Answer>,
  deps: PatienceDeps,
): Promise<Answer> {
  const { from, limit, pauses } = question
  const deadline = limit === undefined ? Infinity : from.getTime() + milliseconds(limit)
  for (let attempt = 0; ; attempt += 1) {
    const { answer, trouble } = await unlessOutOfReach(question.ask)
    if (answer !== undefined) return answer
    const left = deadline - deps.now().getTime()
    if (left <= 0) throw trouble ?? question.tooLate()
    question.onWait(Math.floor((deps.now().getTime() - from.getTime()) / 1000), trouble)
    const told = trouble?.provider?.retryAfterSeconds ?? 0
    // Whoever is to be left alone for longer than there is time will not answer in it.
    if (trouble !== undefined && told * 1000 > left) throw trouble
    const usual = pauses[Math.min(attempt, pauses.length - 1)] ?? seconds(5)
    const factor = question.withJitter === true ? 0.8 + 0.4 * deps.chance() : 1
    // Not past the end: who waits for five minutes wants to know after five.
    const wanted = Math.max(usual.seconds * factor, told)
    const pause = Math.min(wanted, Math.max(1, left / 1000))
    await deps.sleep(seconds(pause), deps.signal)
  }
}

async function unlessOutOfReach<Answer>(
  ask: () => Promise<Answer>,
): Promise<{ readonly answer?: Answer; readonly trouble?: PimError }> {
  try {
    return { answer: await ask() }
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind !== 'unavailable') throw trouble
    return { trouble }
  }
}
