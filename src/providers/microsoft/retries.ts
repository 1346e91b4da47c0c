import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import { seconds, type Duration } from '../../core/duration.ts'
import { waitAsked } from './retry-after.ts'

export interface Patience {
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
}

const mostRetries = 3
/** Who is asked to wait longer is told so instead. */
const longestWaitSeconds = 60

/**
 * Tries again what was throttled, what failed on the way there and, for reads and for what carries
 * its own id, what failed behind it. A POST that may have been carried out is never sent twice.
 * The pipeline's own policy would wait by the clock, and for as long as it is told.
 */
export function patience({ sleep }: Patience): PipelinePolicy {
  return {
    name: 'patience',
    sendRequest: async (request, next) => {
      for (let retry = 0; ; retry++) {
        const outcome = await attempt(request, next)
        const wait = retry < mostRetries ? waitBefore(retry, outcome, request) : undefined
        if (wait === undefined) {
          if (outcome.response === undefined) throw outcome.error
          return outcome.response
        }
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
  { method, abortSignal }: PipelineRequest,
): number | undefined {
  if (abortSignal?.aborted === true) return undefined
  const usual = 2 ** retry
  const isRepeatable = method === 'GET' || method === 'PUT'
  if (response === undefined) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (neverSent.has(code)) return usual
    return isRepeatable && lostOnTheWay.has(code) ? usual : undefined
  }
  const { status, headers } = response
  const asked = waitAsked(headers)
  if (status === 429 || (status === 503 && asked !== undefined)) {
    return (asked ?? usual) > longestWaitSeconds ? undefined : (asked ?? usual)
  }
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
