import type { Pipeline, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import { interrupted, PimError } from '../../../core/errors.ts'
import { proxyFor } from '../../../core/http/proxy.ts'
import { routeTo, type Route } from '../../../core/http/route.ts'
import { endpointVariables, hugeAnswer, lateAnswer, unreachable } from './http-errors.ts'
import { patience, type Patience } from './retry.ts'
import { startTimeLimit } from './time-limit.ts'

/** One request, to wherever it says. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: {
    readonly get: (name: string) => string | undefined
    readonly all: () => Readonly<Record<string, string>>
  }
  readonly text: string
  /** What decided where the request went, for an error about an answer that cannot be Microsoft's. */
  readonly route: Route
}

/** Sends requests: through the proxy, with time limits and an end to what it reads, following nobody. */
export interface Http {
  /** Throws `unavailable` where no answer comes, `interrupted` where the signal says so. */
  readonly exchange: (request: HttpRequest) => Promise<HttpAnswer>
}

export interface HttpLimits {
  /** How long one try may take to the first byte of its answer. */
  readonly readMs: number
  readonly changeMs: number
  /** All tries with their answers, without the waits that the provider asks for. */
  readonly totalMs: number
  readonly largestAnswer: number
}

const usualLimits: HttpLimits = {
  readMs: 30_000,
  changeMs: 60_000,
  totalMs: 60_000,
  largestAnswer: 1024 * 1024,
}

export interface HttpOptions extends Patience {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limits?: Partial<HttpLimits>
}

export function createHttp({ env, sleep, limits }: HttpOptions): Http {
  const within = { ...usualLimits, ...limits }
  return {
    exchange: async (request) => {
      const route = routeTo(request.url, env, endpointVariables)
      const agent = createAgent(request.url, env)
      const limit = startTimeLimit(within.totalMs)
      const signal = AbortSignal.any([request.signal, limit.signal])
      const inItsTime: Patience['sleep'] = (duration) =>
        limit.outside(() => sleep(duration, request.signal))
      try {
        const pipeline = await createPipeline({ sleep: inItsTime })
        const response = await send(pipeline, { ...request, signal }, within, agent)
        const text = await readText(response, within.largestAnswer)
        if (text === undefined) throw hugeAnswer(hostOf(request), within.largestAnswer, route)
        const { status, headers } = response
        const read = { get: (name: string) => headers.get(name), all: () => headers.toJSON() }
        return { status, headers: read, text, route }
      } catch (error) {
        if (request.signal.aborted) throw interrupted(error)
        if (limit.signal.aborted) throw lateAnswer(hostOf(request), within.totalMs, route)
        throw agent.failure() ?? failed(error, request, within, route)
      } finally {
        limit.end()
      }
    },
  }
}

function hostOf({ url }: Pick<HttpRequest, 'url'>): string {
  return new URL(url).host
}

function failed(
  error: unknown,
  request: HttpRequest,
  { readMs, changeMs }: HttpLimits,
  route: Route,
): PimError {
  if (error instanceof PimError) return error
  const said = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && error.name === 'AbortError') {
    return lateAnswer(hostOf(request), request.method === 'GET' ? readMs : changeMs, route)
  }
  return unreachable(hostOf(request), said, route)
}

/** No redirects, no log, no tracing. */
async function createPipeline(options: Patience): Promise<Pipeline> {
  const rest = await import('@azure/core-rest-pipeline')
  const pipeline = rest.createEmptyPipeline()
  pipeline.addPolicy(rest.decompressResponsePolicy())
  pipeline.addPolicy(patience(options), { phase: 'Retry' })
  return pipeline
}

interface LazyAgent {
  readonly open: () => Promise<PipelineRequest['agent']>
  /** Why there was no tunnel, last: the pipeline wraps what it catches. */
  readonly failure: () => PimError | undefined
}

/** The pipeline's own policy would take the process's environment for ours, and reads NO_PROXY otherwise. */
function createAgent(url: string, env: HttpOptions['env']): LazyAgent {
  let failure: PimError | undefined
  const proxy = proxyFor(url, env)
  return {
    open: async () => {
      if (proxy === undefined) return undefined
      const { createProxyAgent } = await import('../../../network/proxy-agent.ts')
      return createProxyAgent(proxy, { onFailure: (error) => void (failure = error) })
    },
    failure: () => failure,
  }
}

async function send(
  pipeline: Pipeline,
  { method, url, headers, body, signal }: HttpRequest,
  { readMs, changeMs }: HttpLimits,
  { open }: LazyAgent,
): Promise<PipelineResponse> {
  const rest = await import('@azure/core-rest-pipeline')
  const request = rest.createPipelineRequest({
    method,
    url,
    headers: rest.createHttpHeaders({
      'User-Agent': 'pim',
      Accept: 'application/json',
      ...headers,
    }),
    abortSignal: signal,
    timeout: method === 'GET' ? readMs : changeMs,
    allowInsecureConnection: true,
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
    ...(body !== undefined && { body }),
  })
  const agent = await open()
  if (agent !== undefined) request.agent = agent
  return pipeline.sendRequest(rest.createDefaultHttpClient(), request)
}

/** Undefined where it is longer than that. */
async function readText(
  { readableStreamBody: body }: PipelineResponse,
  largest: number,
): Promise<string | undefined> {
  if (body === undefined) return ''
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    // Leaving the loop ends the stream, and with it the connection.
    if (length > largest) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
