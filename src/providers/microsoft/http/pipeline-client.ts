import type { HttpClient, PipelineRequest } from '@azure/core-rest-pipeline'
import { asPimError, PimError } from '../../../core/errors.ts'
import type { Http, HttpRequest } from './http.ts'

/** What Microsoft's credential classes send through, with our proxy rule and our limits. */
export interface PipelineNetwork {
  readonly client: HttpClient
  /** What failed on the way: the library words that like a refusal, and keeps nothing of it. */
  readonly failure: () => PimError | undefined
}

export function pipelineNetwork(http: Http): PipelineNetwork {
  let failure: PimError | undefined
  return {
    client: {
      sendRequest: async (request) => {
        failure = undefined
        const { createHttpHeaders } = await import('@azure/core-rest-pipeline')
        try {
          const { status, headers, text } = await http.exchange(toHttpRequest(request))
          return { request, status, headers: createHttpHeaders(headers.all()), bodyAsText: text }
        } catch (error) {
          failure = asPimError(error)
          throw error
        }
      },
    },
    failure: () => failure,
  }
}

/** The classes would read the environment for a proxy, and break where it names one without a scheme. */
export const unusedProxy = { host: 'http://127.0.0.1', port: 9 }

function toHttpRequest({ method, url, headers, body, abortSignal }: PipelineRequest): HttpRequest {
  if (method !== 'GET' && method !== 'POST') {
    throw new PimError('unexpected', 'unknown-method', `a sign-in wants to send ${method}`)
  }
  return {
    method,
    url,
    headers: headers.toJSON({ preserveCase: true }),
    ...(typeof body === 'string' && { body }),
    signal: abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal,
  }
}
