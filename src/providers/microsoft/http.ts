import type { Pipeline, PipelineResponse } from '@azure/core-rest-pipeline'
import { interrupted, PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { proxyFor } from './proxy.ts'
import { patience, type Patience } from './retries.ts'

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
  readonly headers: { readonly get: (name: string) => string | undefined }
  readonly text: string
}

/** Sends requests: through the proxy, with time limits and an end to what it reads, following nobody. */
export interface Http {
  /** Throws `unavailable` where no answer comes, `interrupted` where the signal says so. */
  readonly exchange: (request: HttpRequest) => Promise<HttpAnswer>
}

export interface HttpLimits {
  /** How long one try may take: a change is not asked for twice only because it takes long. */
  readonly readMs: number
  readonly changeMs: number
  /** All tries and the waits between them. */
  readonly totalMs: number
  readonly largestAnswer: number
}

const usualLimits: HttpLimits = {
  readMs: 30_000,
  changeMs: 100_000,
  totalMs: 120_000,
  largestAnswer: 16 * 1024 * 1024,
}

export interface HttpOptions extends Patience {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limits?: Partial<HttpLimits>
}

export function createHttp({ env, sleep, limits }: HttpOptions): Http {
  const within = { ...usualLimits, ...limits }
  let pipeline: Promise<Pipeline> | undefined
  return {
    exchange: async (request) => {
      const total = AbortSignal.timeout(within.totalMs)
      const signal = AbortSignal.any([request.signal, total])
      try {
        pipeline ??= createPipeline({ sleep })
        const response = await send(await pipeline, { ...request, signal }, within, env)
        const text = await readText(response, within.largestAnswer)
        return {
          status: response.status,
          headers: { get: (name) => response.headers.get(name) },
          text,
        }
      } catch (error) {
        if (request.signal.aborted) throw interrupted(error)
        if (error instanceof PimError && !total.aborted) throw error
        throw noAnswer(request.url, total.aborted, error)
      }
    },
  }
}

/** No redirects, no log, no tracing. */
async function createPipeline(options: Patience): Promise<Pipeline> {
  const rest = await import('@azure/core-rest-pipeline')
  const pipeline = rest.createEmptyPipeline()
  pipeline.addPolicy(rest.decompressResponsePolicy())
  pipeline.addPolicy(patience(options), { phase: 'Retry' })
  return pipeline
}

async function send(
  pipeline: Pipeline,
  { method, url, headers, body, signal }: HttpRequest,
  { readMs, changeMs }: HttpLimits,
  env: HttpOptions['env'],
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
  const proxy = proxyFor(url, env)
  if (proxy !== undefined) {
    // The pipeline's own policy would take the process's environment for ours.
    const { HttpsProxyAgent } = await import('https-proxy-agent')
    request.agent = new HttpsProxyAgent(proxy)
  }
  return pipeline.sendRequest(rest.createDefaultHttpClient(), request)
}

async function readText(
  { readableStreamBody: body }: PipelineResponse,
  largest: number,
): Promise<string> {
  if (body === undefined) return ''
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    // Leaving the loop ends the stream, and with it the connection.
    if (length > largest) throw hugeAnswer()
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function hugeAnswer(): PimError {
  return new PimError('unavailable', 'huge-answer', 'the endpoint gave an endless answer', {
    hint: 'check the endpoints, and that any proxy leads to Microsoft',
  })
}

function noAnswer(url: string, isLate: boolean, cause: unknown): PimError {
  const said = cause instanceof Error ? cause.message : String(cause)
  const isTimeout = isLate || (cause instanceof Error && cause.name === 'AbortError')
  return unreachable(new URL(url).host, isTimeout ? 'no answer in time' : said)
}

/** How a connection fails that never came about: nothing was sent over it. */
const neverLeft =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|certificate|CERT_|SSL|proxy/i

/** The pipeline's own error is left behind: it holds the request, and with it the token. */
export function unreachable(host: string, why: string): PimError {
  return new PimError(
    'unavailable',
    neverLeft.test(why) ? 'provider-unreachable' : 'no-answer',
    `cannot reach ${host}: ${printable(why)}`,
    {
      hint: 'check the network, HTTPS_PROXY and NODE_EXTRA_CA_CERTS',
      cause: new Error(why),
    },
  )
}
