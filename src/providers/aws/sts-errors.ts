import { STSServiceException } from '@aws-sdk/client-sts'
import * as v from 'valibot'
import { interrupted, PimError, type ProviderAnswer } from '../../core/errors.ts'
import {
  aliases,
  later,
  meanings,
  wrongMfaCode,
  type FailedCall,
  type Meaning,
} from './sts-meanings.ts'

const skewThatMattersMs = 4 * 60_000

/** Whatever an STS call threw, as the error a person can act on. */
export function stsError(thrown: unknown, call: FailedCall): PimError {
  if (thrown instanceof PimError) {
    const { kind, code, message, hint, ownInput, cause } = thrown
    const context = { hint, ownInput, cause, target: call.target }
    return new PimError(kind, code, withoutAdvice(message), context)
  }
  if (!(thrown instanceof STSServiceException)) return localError(thrown, call)
  const code = errorCode(thrown)
  const provider = answerOf(thrown, call.secrets)
  const skew = Math.abs(call.clockAheadMs)
  if (code === 'SignatureDoesNotMatch' && skew >= skewThatMattersMs) {
    return clockError(call, provider, thrown)
  }
  const insisted = insistedHint(thrown, call.target)
  const known = isWrongMfaCode(thrown) ? wrongMfaCode : code
  const meaning = meanings[known] ?? byStatus(provider, code)
  const said = meaning.says?.(call) ?? redacted(thrown.message, call.secrets)
  return new PimError(meaning.kind, meaning.code, `could not ${call.what}: ${said}`, {
    target: call.target,
    hint: insisted ?? meaning.hint(call),
    provider,
    // A role may be closed to one device and open to another.
    ownInput: call.withMfa && code === 'AccessDenied' && insisted === undefined,
    cause: thrown,
  })
}

/** The code on the wire, by its name without the suffix that some services add. */
export function errorCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const name = thrown.name.replace(/Exception$/, '')
  return aliases[name] ?? name
}

/**
 * The action that AWS says is not allowed, as in `sts:TagSession`. AWS tells an untaggable role
 * from a forbidden one only in the message; there is no code for it.
 */
export function refusedAction(thrown: unknown): string | undefined {
  if (errorCode(thrown) !== 'AccessDenied' || !(thrown instanceof Error)) return undefined
  return /is not authorized to perform: (sts:\w+)/.exec(thrown.message)?.[1]
}

/** Whether STS took the device but not its code. */
function isWrongMfaCode(thrown: unknown): boolean {
  if (errorCode(thrown) !== 'AccessDenied' || !(thrown instanceof Error)) return false
  return /invalid MFA one time pass code/i.test(thrown.message)
}

/** Whether STS says that a shorter session would be granted. It has no code for this either. */
export function wantsShorterSession(thrown: unknown): boolean {
  if (errorCode(thrown) !== 'ValidationError' || !(thrown instanceof Error)) return false
  return /DurationSeconds exceeds/.test(thrown.message)
}

/** What the SDK calls an error that names no code, as a page of a proxy or of a network's sign-in. */
const codeOfNone = 'Unknown'

const notOfSts: Meaning = {
  kind: 'unavailable',
  code: 'unreadable-answer',
  says: () => 'the answer did not come from STS',
  hint: () => 'check that AWS_ENDPOINT_URL_STS and any proxy lead to AWS',
}

/** What was insisted on, and how to insist no more. */
function insistedHint(thrown: unknown, target: string | undefined): string | undefined {
  const action = refusedAction(thrown)
  const setting = action === undefined ? undefined : settings[action]
  if (target === undefined || setting === undefined) return undefined
  return `its trust policy and your own must allow ${action}; \`pim config set targets.${target}.${setting} try\` goes without where it is refused`
}

const settings: Readonly<Record<string, string>> = {
  'sts:TagSession': 'sessionTags',
  'sts:SetSourceIdentity': 'sourceIdentity',
}

function byStatus({ status = 0, requestId }: ProviderAnswer, code: string): Meaning {
  if (status >= 500) return { kind: 'unavailable', code: 'provider-failing', hint: later }
  if (status === 429) return { kind: 'unavailable', code: 'throttled', hint: later }
  if (status < 400 || code === codeOfNone) return notOfSts
  return {
    kind: 'refused',
    code: 'provider-refused',
    hint: () => {
      const what = requestId === undefined ? 'code is' : 'code and request id are'
      return `pim does not know this answer; its ${what} in the output of \`--json\``
    },
  }
}

function answerOf(thrown: STSServiceException, secrets: readonly string[]): ProviderAnswer {
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
function localError(thrown: unknown, call: FailedCall): PimError {
  const { target } = call
  const name = thrown instanceof Error ? thrown.name : ''
  const message = redacted(thrown instanceof Error ? thrown.message : String(thrown), call.secrets)
  if (name === 'AbortError') return interrupted(thrown)
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    // Not in the SDK's words: see source-errors.ts.
    const none = 'there are no credentials to start from'
    return new PimError('sign-in', 'no-source-credentials', none, { target, hint: call.signIn })
  }
  if (isUnreadable(thrown)) {
    const said = `could not ${call.what}: STS gave an answer that cannot be read`
    const { kind, code, hint } = notOfSts
    return new PimError(kind, code, said, { target, hint: hint(call), cause: thrown })
  }
  return new PimError(
    'unavailable',
    'provider-unreachable',
    `could not ${call.what}: ${message || name}${tries(thrown)}`,
    {
      target,
      hint: 'check the network, HTTPS_PROXY and AWS_ENDPOINT_URL_STS',
      cause: thrown,
    },
  )
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
