import { randomBytes } from 'node:crypto'

import { after, minutes } from '../../../src/core/time/duration.ts'
import { readClaims } from './claims.ts'
import { oauthError, wordOauthError } from './error.ts'
import { clientInfo } from './grants.ts'
import { grantScopes } from './scopes.ts'
import type { AuthorityState, SignIn } from './state.ts'
import { TenantError } from '../server/error.ts'
import { personParameter } from '../seed/files.ts'
import { sameText } from '../seed/model.ts'
import type { TenantPerson } from '../seed/model.ts'
import { formOf } from '../server/request.ts'
import type { TenantAnswer, TenantRequest } from '../server/request.ts'

type Parameters = Readonly<Record<string, string | undefined>>

/**
 * Signs the person in at once and sends the browser back to the client with a code, or with the error.
 * Throws where the redirect URI is not on this machine, as nobody can be sent back then.
 */
export function authorize(request: TenantRequest, state: AuthorityState): TenantAnswer {
  const parameters: Parameters = { ...Object.fromEntries(request.query), ...formOf(request) }
  const redirectUri = parameters['redirect_uri'] ?? ''
  if (!isLoopback(redirectUri)) {
    throw oauthError(
      'invalid_request',
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application.`,
    )
  }
  return sendBack(parameters, redirectUri, outcomeOf(parameters, redirectUri, state))
}

/** A code for somebody who signs in at another device. */
export function startDeviceCode(request: TenantRequest, state: AuthorityState): TenantAnswer {
  const form = formOf(request)
  const { client_id: clientId = '', scope } = form
  checkScopes(scope, clientId, state)
  const { settings } = state
  const { mfa, contexts } = readClaims(form['claims'])
  // A second factor is given on the other device; any other context has to be met where the client runs.
  const met = contexts.filter((context) => context === 'p1')
  const deviceCode = randomBytes(60).toString('base64url')
  const userCode = randomBytes(6).toString('hex').slice(0, 9).toUpperCase()
  state.deviceCodes.set(deviceCode, {
    signIn: newSignIn(
      { clientId, mfa: mfa || met.length > 0, contexts: met, nonce: undefined },
      state,
    ),
    scope,
    expiresAt: after(state.now(), minutes(15)),
    timesAsked: 0,
  })
  const uri = `${state.endpoints().authority}/devicelogin`
  const message = `To sign in, use a web browser to open the page ${uri} and enter the code ${userCode} to authenticate.`
  return {
    status: 200,
    body: {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: uri,
      expires_in: 900,
      interval: settings.deviceCodeInterval,
      message,
    },
  }
}

function outcomeOf(
  parameters: Parameters,
  redirectUri: string,
  state: AuthorityState,
): Record<string, string> {
  try {
    return { ...signIn(parameters, redirectUri, state), session_state: 'sandbox' }
  } catch (error) {
    if (!(error instanceof TenantError)) throw error
    const { error: code, error_description: description } = wordOauthError(error, state.now())
    return { error: String(code), error_description: String(description) }
  }
}

function signIn(
  parameters: Parameters,
  redirectUri: string,
  state: AuthorityState,
): Record<string, string> {
  const { client_id: clientId = '', scope, code_challenge: challenge = '', nonce } = parameters
  if (parameters['response_type'] !== 'code') {
    throw oauthError('unsupported_response_type', 70007, 'Only the response type code is known.')
  }
  if (challenge === '' || parameters['code_challenge_method'] !== 'S256') {
    throw oauthError('invalid_request', 9002325, 'Proof Key for Code Exchange (S256) is required.')
  }
  checkScopes(scope, clientId, state)
  const { contexts, mfa } = readClaims(parameters['claims'])
  const needsPerson = contexts.length > 0 || mfa
  if (parameters['prompt'] === 'none' && needsPerson) {
    throw oauthError('interaction_required', 50076, 'The user has to be asked.')
  }
  const hint = parameters['login_hint']
  const atBrowser = parameters[personParameter]
  const signedIn = newSignIn(
    { clientId, contexts, mfa: needsPerson, nonce, hint, atBrowser },
    state,
  )
  state.settings.signIns += 1
  const code = randomBytes(60).toString('base64url')
  const expiresAt = after(state.now(), minutes(10))
  state.codes.set(code, { signIn: signedIn, redirectUri, challenge, scope, expiresAt })
  return { code, client_info: clientInfo(signedIn.person, state) }
}

/** What nobody consented to cannot be asked for; the browser says it in a word of its own. */
function checkScopes(scope: string | undefined, clientId: string, state: AuthorityState): void {
  const { settings, endpoints } = state
  try {
    const { withheldScopes: withheld, consentedScopes: consented } = settings
    grantScopes(scope, clientId, { endpoints: endpoints(), withheld, consented })
  } catch (error) {
    if (!(error instanceof TenantError) || error.code !== 'invalid_grant') throw error
    throw new TenantError(400, 'consent_required', error.message, { extra: error.extra })
  }
}

interface SignInWish {
  readonly clientId: string
  readonly contexts: readonly string[]
  readonly mfa: boolean
  readonly nonce: string | undefined
  readonly hint?: string | undefined
  /** Who says to sit at the browser. */
  readonly atBrowser?: string | undefined
}

function newSignIn(
  { clientId, contexts, mfa, nonce, hint, atBrowser }: SignInWish,
  state: AuthorityState,
): SignIn {
  const people = state.seed().people
  const hinted = people.find((one) => sameText(one.userPrincipalName, hint ?? ''))
  const person =
    atBrowser === undefined ? (hinted ?? state.settings.signsIn) : findPerson(atBrowser, people)
  state.signInsMade += 1
  return {
    number: state.signInsMade,
    person,
    clientId,
    amr: mfa ? ['pwd', 'mfa'] : ['pwd'],
    acrs: contexts,
    nonce,
  }
}

/** By the whole name, or by what stands before its `@`. */
function findPerson(name: string, people: readonly TenantPerson[]): TenantPerson {
  const found = people.find(({ userPrincipalName }) =>
    [userPrincipalName, userPrincipalName.split('@')[0] ?? ''].some((one) => sameText(one, name)),
  )
  if (found !== undefined) return found
  throw oauthError(
    'access_denied',
    50034,
    `The user account ${name} does not exist in the directory.`,
  )
}

/**
 * `form_post` is done from here: a browser would be given a page that posts itself, but what stands in
 * for a browser only follows redirects.
 */
function sendBack(
  { response_mode: mode = 'query', state }: Parameters,
  redirectUri: string,
  outcome: Record<string, string>,
): TenantAnswer {
  const fields = new URLSearchParams({ ...outcome, ...(state !== undefined && { state }) })
  if (mode === 'form_post') {
    const before = async () => {
      await fetch(redirectUri, { method: 'POST', body: fields }).then((answer) => answer.text())
    }
    return { status: 200, page: '<p>Signed in. You can close this window.</p>', before }
  }
  const location = new URL(redirectUri)
  if (mode === 'fragment') location.hash = fields.toString()
  else for (const [name, value] of fields) location.searchParams.set(name, value)
  return { status: 302, headers: { Location: location.href } }
}

function isLoopback(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
