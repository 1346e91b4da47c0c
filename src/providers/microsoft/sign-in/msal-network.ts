import type { INetworkModule, NetworkRequestOptions } from '@azure/msal-node'
import * as v from 'valibot'
import { asPimError, PimError } from '../../../core/errors.ts'
import { strangerError } from '../http/http-errors.ts'
import type { Http, HttpAnswer, HttpRequest } from '../http/http.ts'
import { meaningOfStatus } from '../errors/error-codes.ts'

/** The way of the sign-in library to the authority, and nowhere else. */
export interface AuthorityNetwork {
  readonly module: INetworkModule
  /** What was in the way last, in place of the library's own words for it. */
  readonly errorBehind: (thrown: unknown) => unknown
}

export function authorityNetwork(
  authority: string,
  http: Http,
  signal: AbortSignal,
): AuthorityNetwork {
  let failure: PimError | undefined
  let refusal: Error | undefined
  let noCode: Error | undefined
  const send = async (
    method: HttpRequest['method'],
    url: string,
    { headers = {}, body: sent }: NetworkRequestOptions = {},
  ) => {
    try {
      if (new URL(url).origin !== new URL(authority).origin) throw foreign()
      const answer = await http.exchange({
        method,
        url,
        headers,
        signal,
        ...(method === 'POST' && { body: sent ?? '' }),
      })
      const body = readBody(answer)
      refusal = refusalIn(body)
      // The library takes any answer for a code, and would show one that is not there.
      if (new URL(url).pathname.endsWith('/devicecode')) noCode = refusal
      if (noCode !== undefined) throw noCode
      return { status: answer.status, headers: wantedHeaders(answer), body }
    } catch (error) {
      if (error !== noCode) failure = asPimError(error)
      throw error
    }
  }
  return {
    module: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
    errorBehind: (thrown) => failure ?? noCode ?? (isVague(thrown) ? refusal : undefined) ?? thrown,
  }
}

/** While it waits for a device, the library keeps nothing of a refusal but its name. */
function isVague(thrown: unknown): boolean {
  return (
    thrown instanceof Error && 'errorCode' in thrown && thrown.errorCode === 'post_request_failed'
  )
}

const Refusal = v.object({ error: v.string(), error_description: v.optional(v.string(), '') })

function refusalIn(body: unknown): Error | undefined {
  const read = v.safeParse(Refusal, body)
  if (!read.success) return undefined
  const { error: errorCode, error_description: words } = read.output
  return Object.assign(new Error(`${errorCode}: ${words}`), { errorCode })
}

function wantedHeaders({ headers }: { headers: { get: (name: string) => string | undefined } }) {
  const names = ['retry-after', 'x-ms-request-id', 'x-ms-httpver', 'x-ms-lib-capability']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function readBody({ status, text, route }: HttpAnswer) {
  try {
    return JSON.parse(text)
  } catch {
    const meaning = status === 407 ? meaningOfStatus(status) : undefined
    if (meaning === undefined) throw strangerError(route)
    const { kind, code, says = '', hint } = meaning
    throw new PimError(kind, code, says, { hint })
  }
}

function foreign(): PimError {
  return new PimError('unavailable', 'foreign-link', 'the authority sends elsewhere for tokens', {
    hint: 'check AZURE_AUTHORITY_HOST and `azure.cloud`',
  })
}
