import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import { seconds, type Duration } from '../../../core/time/duration.ts'
import { longestWaitSeconds, waitAsked } from './retry-after.ts'

export interface Patience {
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
}

const mostRetries = 3

/** Tells this policy how often to try, and never leaves the machine. */
const triesHeader = 'x-pim-tries'
const once = 'once'
const again = 'again'

/** How often a request is tried, for `patience` to read. */
export function triesHeaders({
  isRepeatable,
  isOptional,
}: {
  readonly isRepeatable?: boolean
  readonly isOptional?: boolean
}): Readonly<Record<string, string>> {
  if (isOptional === true) return { [triesHeader]: once }
  return isRepeatable === true ? { [triesHeader]: again } : {}
}

/**
 * Tries again what was throttled, what failed on its way there and, for reads, for what carries its
 * own id and for what is known to be repeatable, what failed behind it. No other POST that may have
 * been carried out is sent twice. The pipeline's own policy would wait by the clock, and for as long
 * as it is told; this one never waits longer than a minute altogether, so that the limit of the whole
 * exchange does not pass for a lost answer.
 */
export function patience({ sleep }: Patience): PipelinePolicy {
  return {
    name: 'patience',
    sendRequest: async (request, next) => {
      const tries = request.headers.get(triesHeader)
      request.headers.delete(triesHeader)
      const retries = tries === once ? 0 : mostRetries
      const isRepeatable = tries === again || request.method === 'GET' || request.method === 'PUT'
      let left = longestWaitSeconds
      for (let retry = 0; ; retry++) {
        const outcome = await attempt(request, next)
        const isOver = retry >= retries || request.abortSignal?.aborted === true
        const wait = isOver ? undefined : waitBefore(retry, outcome, isRepeatable)
        if (wait === undefined || wait > left) {
          if (outcome.response === undefined) throw outcome.error
          return outcome.response
        }
        left -= wait
        discard(outcome.response)
        await sleep(seconds(wait), asSignal(request))
      }
    },
  }
}

interface Outcome {
  readonly response?: PipelineResponse
  readonly error?: unknown
}

async function attempt(
  request: PipelineRequest,
  next: (request: PipelineRequest) => Promise<PipelineResponse>,
): Promise<Outcome> {
  try {
    return { response: await next(request) }
  } catch (error) {
    return { error }
  }
}

/** How many seconds to wait; undefined where the outcome is final. */
function waitBefore(
  retry: number,
  { response, error }: Outcome,
  isRepeatable: boolean,
): number | undefined {
  const usual = 2 ** retry
  if (response === undefined) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (neverSent.has(code)) return usual
    return isRepeatable && lostOnTheWay.has(code) ? usual : undefined
  }
  const { status, headers } = response
  const asked = waitAsked(headers)
  if (status === 429 || (status === 503 && asked !== undefined)) return asked ?? usual
  return isRepeatable && (status === 408 || status >= 500) && status !== 501 ? usual : undefined
}

const neverSent: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'proxy-unreachable',
  'proxy-failing',
])
const lostOnTheWay: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ETIMEDOUT', 'EPIPE'])

function discard(response: PipelineResponse | undefined): void {
  const body = response?.readableStreamBody
  if (body !== undefined && 'resume' in body && typeof body.resume === 'function') body.resume()
}

function asSignal({ abortSignal }: PipelineRequest): AbortSignal {
  return abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal
}
