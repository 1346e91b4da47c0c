import { asPimError, PimError } from '../../../core/errors.ts'
import { challengeReason, refusedAgain } from '../errors/challenge-reason.ts'
import {
  challengeIn,
  contextChallenge,
  covers,
  mfaChallenge,
  slotOf,
  together,
  type Challenge,
} from '../tokens/claims-challenge.ts'
import type {
  MicrosoftAnswer,
  MicrosoftClient,
  MicrosoftRequest,
  Resource,
} from '../http/client.ts'
import { addressOf, type MicrosoftEndpoints } from '../http/endpoints.ts'
import { toPimError } from '../errors/errors.ts'
import { strangerError } from '../http/http-errors.ts'
import { providerAnswer, requestIdIn, type FailedAnswer } from '../errors/error-answer.ts'
import type { Http, HttpAnswer } from '../http/http.ts'
import { triesHeaders } from '../http/retry.ts'
import type { ConsentPlace } from '../http/permissions.ts'
import { createServerClock } from '../http/server-clock.ts'
import type { Supplied, TokenSupply } from '../tokens/token-provider.ts'
import { identityOf } from '../tokens/token-source.ts'

export interface SenderDeps {
  readonly resource: Resource
  readonly endpoints: MicrosoftEndpoints
  readonly http: Http
  readonly supply: TokenSupply
  readonly now: () => Date
  /** Through which application whoever is signed in can be given more; undefined for a workload. */
  readonly consent: (from: Supplied) => Promise<ConsentPlace | undefined>
}

/**
 * ARM or Graph, with tokens from a supply. A request is sent once more for each challenge that was
 * answered; one that is made again in spite of that ends it.
 */
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
      const tried: Tried = { answered: [], renewed: false }
      let from = await supply.get(wanted, signal)
      let sent = await sendWith(from, request, deps)
      while (sent.failure !== undefined) {
        const other = await otherToken(sent.failure, { wanted, tried, from }, supply, signal)
        if (other === undefined) break
        from = other
        sent = await sendWith(from, request, deps)
      }
      return accepted(sent, from, tried, deps)
    },
    ensureSignIn: async ({ mfa, authenticationContext: context }, signal) => {
      if (context !== undefined) {
        await supply.get(contextChallenge(context), signal)
      } else if (mfa === true) {
        const { token } = await supply.get(undefined, signal)
        if (token.mfa === false) await supply.get(mfaChallenge, signal)
      }
    },
    identity: async (signal, { fresh = false } = {}) => {
      const { token, source } = await (fresh ? supply.renew(signal) : supply.get(undefined, signal))
      return identityOf(token, source)
    },
  }
}

/** What was tried for one request so far. */
interface Tried {
  readonly answered: Challenge[]
  renewed: boolean
}

interface Sending {
  readonly wanted: Challenge | undefined
  readonly tried: Tried
  readonly from: Supplied
}

/** What to try once more with, where the answer says that the sign-in was the trouble. */
async function otherToken(
  failure: FailedAnswer,
  { wanted, tried, from }: Sending,
  supply: TokenSupply,
  signal: AbortSignal,
): Promise<Supplied | undefined> {
  const asked = challengeIn(failure)
  if (asked === undefined) {
    // A token that was kept may have been revoked since.
    if (failure.status !== 401 || tried.renewed || tried.answered.length > 0) return undefined
    tried.renewed = true
    return supply.renew(signal)
  }
  if (tried.answered.some((before) => covers(before, asked))) return undefined
  // What was met already must still be met by the token that meets this.
  const challenge = together(asked, [...tried.answered, ...(wanted === undefined ? [] : [wanted])])
  tried.answered.push(challenge)
  return supply.answer(challenge, from, signal).catch((error: unknown) => {
    throw because(failure, error)
  })
}

/** What could not be met was asked for by this answer: its code, request id and reason belong to the error. */
function because(failure: FailedAnswer, thrown: unknown): PimError {
  const error = asPimError(thrown)
  if (error.kind === 'interrupted') return error
  const { kind, code, hint, target } = error
  const provider = error.provider ?? toPimError(failure).provider
  const reason = challengeReason(failure)
  const message = reason === undefined ? error.message : `${error.message} (Microsoft: ${reason})`
  return new PimError(kind, code, message, { hint, target, provider, cause: thrown })
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
  { answered }: Tried,
  deps: SenderDeps,
): Promise<MicrosoftAnswer> {
  const { status, headers, text, route } = answer
  if (failure !== undefined) {
    const asked = challengeIn(failure)
    const isAgain = asked !== undefined && answered.some((before) => covers(before, asked))
    if (isAgain && slotOf(asked) !== '') throw refusedAgain(asked, providerAnswer(failure))
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
