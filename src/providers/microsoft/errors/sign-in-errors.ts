import * as v from 'valibot'
import { PimError, type ProviderAnswer } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import type { Resource } from '../http/client.ts'
import { consentAdvice } from './errors.ts'
import { adminConsentUrl, graphScopes, type ConsentPlace } from '../http/permissions.ts'
import { consentNumbers, signInMeanings, type SignInMeaning } from './aadsts-codes.ts'

/** What was being signed in to, for an error that says so. */
export interface SignInAttempt {
  readonly resource: Resource
  readonly consent: ConsentPlace
}

/** What the sign-in libraries throw. Their classes are not asked for, so as not to load them. */
const Thrown = v.object({
  name: v.string(),
  message: v.string(),
  errorCode: v.optional(v.string()),
  errorNo: v.optional(v.union([v.string(), v.number()])),
  subError: v.optional(v.string()),
  status: v.optional(v.number()),
  correlationId: v.optional(v.string()),
  /** Where the authority's own words are, in an error that has others for its message. */
  errorResponse: v.optional(v.object({ errorDescription: v.optional(v.string()) })),
})

/** Whatever a sign-in threw, as the error a person can act on. */
export function signInError(thrown: unknown, attempt: SignInAttempt): PimError {
  if (thrown instanceof PimError) return thrown
  const read = v.safeParse(Thrown, thrown)
  const number = numberOf(thrown)
  const provider = read.success ? answerOf(read.output, number) : undefined
  const context = { provider, cause: thrown }
  if (number !== undefined && consentNumbers.includes(number)) {
    return consentMissing(attempt, context)
  }
  const meaning = signInMeanings[number ?? ''] ?? byName(read.success ? read.output : undefined)
  if (meaning !== undefined) {
    const { kind, code, says, hint } = meaning
    return new PimError(kind, code, says, { ...context, hint })
  }
  return new PimError('sign-in', 'sign-in-failed', `the sign-in failed: ${wordsOf(thrown)}`, {
    ...context,
    hint: 'sign in again with `pim login azure`; the Entra sign-in log of the account says more',
  })
}

/**
 * Whether this sign-in is of no use for what was asked for, though another may be: its application
 * may not, or nothing is left of it. A second factor that is missing is no such thing.
 */
export function isOfNoUse(thrown: unknown, { code }: PimError): boolean {
  const read = v.safeParse(Thrown, thrown)
  const name = read.success ? (read.output.errorCode ?? '') : ''
  return uselessNames.has(name) || uselessCodes.has(code)
}

const uselessNames = new Set(['invalid_grant', 'unauthorized_client', 'consent_required'])
const uselessCodes = new Set([
  'consent-missing',
  'application-unknown',
  'resource-unknown',
  'sign-in-expired',
])

/** The number behind `AADSTS`; undefined where there is none. */
function numberOf(thrown: unknown): string | undefined {
  const read = v.safeParse(Thrown, thrown)
  if (!read.success) return undefined
  const { errorNo, message } = read.output
  // The libraries give the number apart only sometimes; it is an identifier, not words.
  return (
    /\bAADSTS(\d{4,8})\b/.exec(message)?.[1] ??
    /\bError\(s\): (\d{4,8})\b/.exec(message)?.[1] ??
    (errorNo === undefined ? undefined : `${errorNo}`)
  )
}

function answerOf(
  { errorCode, status, correlationId }: v.InferOutput<typeof Thrown>,
  number: string | undefined,
): ProviderAnswer {
  const code = number === undefined ? errorCode : `AADSTS${number}`
  return {
    ...(code !== undefined && { code: code.slice(0, 100) }),
    ...(status !== undefined && { status }),
    ...(correlationId !== undefined && correlationId !== '' && { requestId: correlationId }),
  }
}

function byName(thrown: v.InferOutput<typeof Thrown> | undefined): SignInMeaning | undefined {
  return signInMeanings[numberOfName[thrown?.errorCode ?? ''] ?? '']
}

/** Names without a number, from the authority or the library, by a number that means the same. */
const numberOfName: Readonly<Record<string, string>> = {
  endpoints_resolution_error: '90002',
  access_denied: '65004',
  authorization_declined: '65004',
  no_tokens_found: '700082',
  refresh_token_expired: '700082',
  bad_token: '700082',
  device_code_expired: '70020',
  expired_token: '70020',
  code_expired: '70020',
  temporarily_unavailable: '90033',
  server_error: '90033',
}

function consentMissing(
  { resource, consent }: SignInAttempt,
  context: { readonly provider: ProviderAnswer | undefined; readonly cause: unknown },
): PimError {
  if (resource === 'arm') {
    return new PimError(
      'sign-in',
      'consent-missing',
      `the application ${printable(consent.clientId)} may not ask for Azure resource roles`,
      {
        ...context,
        hint: 'sign in with `az login`; or sign in through an application of your own: `pim config set azure.clientId <id>`',
      },
    )
  }
  const wanted = graphScopes.map(({ name, why }) => `${name} (${why})`).join(', ')
  return new PimError(
    'sign-in',
    'consent-missing',
    `consent is missing for Microsoft Graph: ${wanted}`,
    { ...context, hint: `${consentAdvice(adminConsentUrl(consent))}; then sign in again` },
  )
}

const longestMessage = 400

/** Microsoft's own sentence: without what a library puts around it, and the numbers that follow. */
function wordsOf(thrown: unknown): string {
  const read = v.safeParse(Thrown, thrown)
  const own = read.success ? read.output.errorResponse?.errorDescription : undefined
  const message = own ?? (thrown instanceof Error ? thrown.message : String(thrown))
  const said = [/ - Description: (.+)/s, /\b(AADSTS\d.+)/s]
    .map((pattern) => pattern.exec(message)?.[1])
    .find((words) => words !== undefined)
  const [sentence = ''] = (said ?? message).split(
    /\r?\n|\s+(?:- )?(?:Trace ID|Correlation ID|Timestamp):/,
  )
  const words = printable(withoutTokens(sentence.replace(libraryName, ''))).trim()
  return words.slice(0, longestMessage) || 'Microsoft gave no reason'
}

/** As in `ManagedIdentityCredential: ` and `invalid_grant: `. */
const libraryName = /^(?:\w*Credential(?: authentication failed)?\b[:.]?\s*|[a-z]+(?:_[a-z]+)+: )+/

/** An authority that says back what it was sent must not get it onto a screen or into a log. */
function withoutTokens(text: string): string {
  return text.replace(/[\w.~+/=-]{40,}/g, '[secret]')
}
