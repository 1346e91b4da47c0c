import { asPimError, PimError } from '../../core/errors.ts'
import { challengeIn, contextChallenge, type Challenge } from './claims.ts'
import type { MicrosoftAnswer, MicrosoftClient, MicrosoftRequest, Resource } from './client.ts'
import { addressOf, type MicrosoftEndpoints } from './endpoints.ts'
import { toPimError } from './errors.ts'
import { requestIdIn, type FailedAnswer } from './failure.ts'
import { strangerError } from './http-errors.ts'
import type { Http, HttpAnswer } from './http.ts'
import { triesHeaders } from './retries.ts'
import type { ConsentPlace } from './scopes.ts'
import { createServerClock } from './server-clock.ts'
import type { Supplied, TokenSupply } from './supply.ts'
import { identityOf } from './token.ts'

export interface SenderDeps {
  readonly resource: Resource
  readonly endpoints: MicrosoftEndpoints
  readonly http: Http
  readonly supply: TokenSupply
  readonly now: () => Date
  /** Through which application whoever is signed in can be given more; undefined for a workload. */
  readonly consent: (from: Supplied) => Promise<ConsentPlace | undefined>
}

/** ARM or Graph, with tokens from a supply. A request is sent at most twice: once more after a step-up. */
export function createSender(given: SenderDeps): MicrosoftClient {
  const clock = createServerClock(given.now)
  const deps = { ...given, http: clock.over(given.http) }
  const { resource, supply } = deps
  return {
    resource,
    clockAheadMs: clock.aheadMs,
    send: async (request) => {
      const { authenticationContext: context, signal } = request
      const wanted = context === undefined ? undefined : contextChallenge(context)
      const from = await supply.get(wanted, signal)
      const first = await sendWith(from, request, deps)
      const again = await otherToken(first, wanted, from, supply, signal)
      if (again === undefined) return accepted(first, from, deps)
      return accepted(await sendWith(again, request, deps), again, deps)
    },
    identity: async (signal, { fresh = false } = {}) => {
      const { token, source } = await (fresh ? supply.renew(signal) : supply.get(undefined, signal))
      return identityOf(token, source.name)
    },
  }
}

/** What to try once more with, where the answer says that the sign-in was the trouble. */
async function otherToken(
  { failure }: Sent,
  wanted: Challenge | undefined,
  from: Supplied,
  supply: TokenSupply,
  signal: AbortSignal,
): Promise<Supplied | undefined> {
  if (failure === undefined) return undefined
  const challenge = challengeIn(failure)
  if (challenge !== undefined) {
    return supply.answer(together(wanted, challenge), from, signal).catch((error: unknown) => {
      throw because(failure, error)
    })
  }
  // A token that was kept may have been revoked since.
  return failure.status === 401 ? supply.renew(signal) : undefined
}

/** What could not be met was asked for by this answer: its code and request id belong to the error. */
function because(failure: FailedAnswer, thrown: unknown): PimError {
  const error = asPimError(thrown)
  if (error.provider !== undefined || error.kind === 'interrupted') return error
  const { provider } = toPimError(failure)
  const { kind, code, message, hint, target } = error
  return new PimError(kind, code, message, { hint, target, provider, cause: thrown })
}

/** A context that was met must still be met by the token that meets a further challenge. */
function together(wanted: Challenge | undefined, challenge: Challenge): Challenge {
  if (wanted === undefined) return challenge
  return { ...challenge, contexts: [...new Set([...wanted.contexts, ...challenge.contexts])] }
}

interface Sent {
  readonly answer: HttpAnswer
  readonly body: unknown
  /** Where it is no success. */
  readonly failure: FailedAnswer | undefined
}

async function sendWith(
  { token }: Supplied,
  request: MicrosoftRequest,
  { resource, endpoints, http }: SenderDeps,
): Promise<Sent> {
  const { method, path, body, signal } = request
  const id = crypto.randomUUID()
  const answer = await http.exchange({
    method,
    url: addressOf(path, endpoints[resource]),
    signal,
    headers: {
      Authorization: `Bearer ${token.token.reveal()}`,
      ...(resource === 'arm' ? { 'x-ms-correlation-request-id': id } : { 'client-request-id': id }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...triesHeaders(request),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const { status, headers, route } = answer
  // A server that says back what it was sent must not get it into an error.
  const said = json(answer.text.replaceAll(token.token.reveal(), '[secret]'))
  const isSuccess = status >= 200 && status < 300
  return {
    answer,
    body: said,
    failure: isSuccess ? undefined : { status, headers, body: said, resource, route },
  }
}

async function accepted(
  { answer, body, failure }: Sent,
  from: Supplied,
  deps: SenderDeps,
): Promise<MicrosoftAnswer> {
  const { status, headers, text, route } = answer
  if (failure !== undefined) {
    const consent = await deps.consent(from)
    throw toPimError({ ...failure, ...(consent !== undefined && { consent }) })
  }
  if (body === undefined && text.trim() !== '') {
    throw strangerError(route)
  }
  const requestId = requestIdIn(headers)
  return {
    status,
    body,
    ...(requestId !== undefined && { requestId }),
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
