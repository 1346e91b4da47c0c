import { asPimError, PimError } from '../../core/errors.ts'

/** A moment at which whoever waits for the network goes on without it. */
export interface Deadline {
  /** Aborts at that moment. */
  readonly signal: AbortSignal
  /** How long that was from the beginning, as a person reads it. */
  readonly limit: string
  /** Something was left that may still hold the process. */
  readonly onLate: () => void
}

interface DeadlineDeps {
  readonly signal: AbortSignal
  readonly deadline?: Deadline | undefined
}

/** What work gives until then. Throws `no-answer-in-time` afterwards, whether or not the work stops when it is told. */
export async function beforeDeadline<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { signal, deadline }: DeadlineDeps,
): Promise<Result> {
  if (deadline === undefined) return work(signal)
  const { promise: late, reject } = Promise.withResolvers<never>()
  const onLate = (): void => {
    deadline.onLate()
    reject(noAnswerInTime(deadline))
  }
  deadline.signal.addEventListener('abort', onLate)
  if (deadline.signal.aborted) onLate()
  try {
    return await Promise.race([work(AbortSignal.any([signal, deadline.signal])), late])
  } catch (error) {
    // Who stopped when told says that it was interrupted.
    const isTold = deadline.signal.aborted && !signal.aborted
    throw isTold && asPimError(error).kind === 'interrupted' ? noAnswerInTime(deadline) : error
  } finally {
    deadline.signal.removeEventListener('abort', onLate)
  }
}

function noAnswerInTime({ limit }: Deadline): PimError {
  return new PimError('unavailable', 'no-answer-in-time', `no answer within ${limit}`, {
    hint: '`pim status --refresh` waits for it',
  })
}
