import { ServiceException } from '@smithy/core/client'
import * as v from 'valibot'
import { interrupted, PimError, type ProviderAnswer } from '../../../core/errors.ts'
import { systemWords } from '../../../core/system-error.ts'
import {
  isCertificateFault,
  networkHint,
  strangerHint,
  wasNeverSent,
  type Route,
} from '../../../core/http/route.ts'
import { foreignCertificateHint } from '../http/ca-bundle.ts'
import { routeOf, trustOf } from '../http/http.ts'
import { noCredentials } from './no-credentials.ts'
import { aliases, later, type FailedCall, type Meaning } from './sts-error-codes.ts'

/** A service of AWS, and what its error codes mean. */
export interface Service {
  readonly name: string
  readonly meanings: Readonly<Record<string, Meaning | undefined>>
}

/** What only the service knows of one error. */
interface Particulars {
  /** The name by which its meanings know the error, where that is not its code. */
  readonly known?: string
  readonly hint?: string | undefined
  readonly ownInput?: boolean
}

const skewThatMattersMs = 4 * 60_000

/** Whatever a call threw, as the error a person can act on. */
export function callError(
  thrown: unknown,
  call: FailedCall,
  service: Service,
  particulars: Particulars = {},
): PimError {
  if (thrown instanceof PimError) {
    const { kind, code, message, hint, ownInput, cause } = thrown
    const context = { hint, ownInput, cause, target: call.target }
    return new PimError(kind, code, withoutAdvice(message), context)
  }
  if (!(thrown instanceof ServiceException)) return localError(thrown, call, service)
  const code = errorCode(thrown)
  const provider = answerOf(thrown, call.secrets)
  const skew = Math.abs(call.clockAheadMs)
  if (code === 'SignatureDoesNotMatch' && skew >= skewThatMattersMs) {
    return clockError(call, provider, thrown)
  }
  const { known = code, hint, ownInput = false } = particulars
  const meaning = meaningOf(known, service) ?? byStatus(provider, code, service, routeOf(thrown))
  const said = meaning.says?.(call) ?? redacted(thrown.message, call.secrets)
  return new PimError(meaning.kind, meaning.code, `could not ${call.what}: ${said}`, {
    target: call.target,
    hint: hint ?? meaning.hint(call),
    provider,
    ownInput,
    cause: thrown,
  })
}

/** The code on the wire, by its name without the suffix that some services add. */
export function errorCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const name = thrown.name.replace(/Exception$/, '')
  return aliases[name] ?? name
}

function meaningOf(known: string, { meanings }: Service): Meaning | undefined {
  return Object.hasOwn(meanings, known) ? meanings[known] : undefined
}

/** What the SDK calls an error that names no code, as a page of a proxy or of a network's sign-in. */
const codeOfNone = 'Unknown'

/** The answer of something else than the service. */
function notOf({ name }: Service, route: Route): Meaning {
  return {
    kind: 'unavailable',
    code: 'unreadable-answer',
    says: () => `the answer did not come from ${name}`,
    hint: () => strangerHint(route, 'AWS'),
  }
}

function byStatus(
  { status = 0, requestId }: ProviderAnswer,
  code: string,
  service: Service,
  route: Route,
): Meaning {
  if (status >= 500) return { kind: 'unavailable', code: 'provider-failing', hint: later }
  if (status === 429) return { kind: 'unavailable', code: 'throttled', hint: later }
  if (status < 400 || code === codeOfNone) return notOf(service, route)
  return {
    kind: 'refused',
    code: 'provider-refused',
    hint: () => {
      const what = requestId === undefined ? 'code is' : 'code and request id are'
      return `pim does not know this answer; its ${what} in the output of \`--json\``
    },
  }
}

function answerOf(thrown: ServiceException, secrets: readonly string[]): ProviderAnswer {
  const name = (text: string): string => redacted(text, secrets).slice(0, longestName)
  const { httpStatusCode: status, requestId } = thrown.$metadata
  return {
    code: name(thrown.name),
    ...(status !== undefined && { status }),
    ...(requestId !== undefined && { requestId: name(requestId) }),
  }
}

function clockError(call: FailedCall, provider: ProviderAnswer, cause: unknown): PimError {
  const minutes = Math.round(Math.abs(call.clockAheadMs) / 60_000)
  const direction = call.clockAheadMs > 0 ? 'behind' : 'ahead of'
  return new PimError(
    'sign-in',
    'clock-skew',
    `could not ${call.what}: this machine's clock is ${minutes} min ${direction} the provider's`,
    {
      target: call.target,
      hint: 'set the clock; on WSL, `wsl --shutdown` and start again',
      provider,
      cause,
    },
  )
}

/** Errors from before the wire or below it: no credentials, no network, no answer in time. */
function localError(thrown: unknown, call: FailedCall, service: Service): PimError {
  const { target } = call
  const name = thrown instanceof Error ? thrown.name : ''
  const message = redacted(thrown instanceof Error ? thrown.message : String(thrown), call.secrets)
  if (name === 'AbortError') return interrupted(thrown)
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    // Not in the SDK's words: see providers/aws/source/source-errors.ts.
    return noCredentials(undefined, call.signIn, target)
  }
  if (isUnreadable(thrown)) {
    const said = `could not ${call.what}: ${service.name} gave an answer that cannot be read`
    const { kind, code, hint } = notOf(service, routeOf(thrown))
    return new PimError(kind, code, said, { target, hint: hint(call), cause: thrown })
  }
  return new PimError(
    'unavailable',
    wasNeverSent(`${message} ${codeOf(thrown)}`) ? 'provider-unreachable' : 'no-answer',
    `could not ${call.what}: ${systemWords(message) || name}${tries(thrown)}`,
    {
      target,
      hint: isCertificateFault(message)
        ? foreignCertificateHint(trustOf(thrown))
        : networkHint(routeOf(thrown)),
      cause: thrown,
    },
  )
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

/** The SDK hides the answer in what it throws while it reads one. What a broken line throws has a code. */
function isUnreadable(thrown: unknown): boolean {
  return thrown instanceof Error && '$response' in thrown && !('code' in thrown)
}

const Tried = v.object({ $metadata: v.object({ attempts: v.number() }) })

/** How often the SDK tried, where it was more than once. */
function tries(thrown: unknown): string {
  const tried = v.safeParse(Tried, thrown)
  const attempts = tried.success ? tried.output.$metadata.attempts : 1
  return attempts > 1 ? `, ${attempts} times tried` : ''
}

const longestMessage = 600
const longestName = 100

/** The SDK adds advice to its developers to every error that comes of reading an answer. */
function withoutAdvice(message: string): string {
  return message.replace(/\s*Deserialization error: to see the raw response.*$/s, '')
}

function redacted(message: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 6)
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), withoutAdvice(message))
    .slice(0, longestMessage)
}
