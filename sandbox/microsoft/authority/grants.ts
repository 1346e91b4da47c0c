import { createHash, randomBytes } from 'node:crypto'

import { readClaims } from './claims.ts'
import type { ClaimsAsked } from './claims.ts'
import { oauthError } from './error.ts'
import { grantScopes } from './scopes.ts'
import type { AuthorityState, SignIn } from './state.ts'
import { issueIdToken, issueToken } from './tokens.ts'
import type { Subject } from './tokens.ts'
import { sameText, type TenantPerson } from '../seed/model.ts'

type Form = Readonly<Record<string, string | undefined>>

const grants: Readonly<Record<string, (form: Form, state: AuthorityState) => unknown>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  device_code: redeemDeviceCode,
  'urn:ietf:params:oauth:grant-type:device_code': redeemDeviceCode,
  client_credentials: signInApp,
}

/** Answers the token endpoint. Throws what OAuth calls the error. */
export function grantToken(form: Form, state: AuthorityState): unknown {
  const grant = grants[form['grant_type'] ?? '']
  if (grant === undefined) {
    throw oauthError('unsupported_grant_type', 70003, 'The grant type is not supported.')
  }
  return grant(form, state)
}

function redeemCode(form: Form, state: AuthorityState): unknown {
  const { code = '', code_verifier: verifier = '' } = form
  const found = state.codes.get(code)
  state.codes.delete(code)
  if (found === undefined || found.expiresAt <= state.now()) {
    throw oauthError('invalid_grant', 70008, 'The authorization code is expired or was used.')
  }
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  if (found.challenge !== challenge) {
    throw oauthError('invalid_grant', 50148, 'The code_verifier does not match the code_challenge.')
  }
  if (found.redirectUri !== form['redirect_uri']) {
    throw oauthError('invalid_grant', 500112, 'The redirect URI is not the one of the code.')
  }
  return answerPerson(found.signIn, { scope: found.scope, ...form }, state)
}

function refresh(form: Form, state: AuthorityState): unknown {
  const signIn = state.refreshTokens.get(form['refresh_token'] ?? '')
  if (signIn === undefined || !sameText(signIn.clientId, form['client_id'] ?? '')) {
    throw oauthError('invalid_grant', 9002313, 'The refresh token is not valid.')
  }
  if (signIn.number < state.firstValidSignIn) {
    throw oauthError(
      'invalid_grant',
      50173,
      'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
      { suberror: 'bad_token' },
    )
  }
  return answerPerson(signIn, form, state)
}

function redeemDeviceCode(form: Form, state: AuthorityState): unknown {
  const { device_code: deviceCode = '' } = form
  const found = state.deviceCodes.get(deviceCode)
  const { deviceAnswer } = state.settings
  if (found === undefined) {
    throw oauthError('invalid_grant', 70000, 'The device code is not known.')
  }
  if (deviceAnswer === 'expire' || found.expiresAt <= state.now()) {
    throw oauthError('expired_token', 70020, 'The device code has expired.')
  }
  if (deviceAnswer === 'decline') {
    throw oauthError('authorization_declined', 70019, 'The end user denied the authorization.')
  }
  found.timesAsked += 1
  if (deviceAnswer === 'wait' || found.timesAsked < 2) {
    throw oauthError(
      'authorization_pending',
      70016,
      'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
    )
  }
  state.deviceCodes.delete(deviceCode)
  state.settings.signIns += 1
  return answerPerson(found.signIn, { scope: found.scope, ...form }, state)
}

function signInApp(form: Form, state: AuthorityState): unknown {
  const { client_id: clientId = '', client_secret: secret, client_assertion: assertion } = form
  const app = state.seed().apps.find((one) => sameText(one.clientId, clientId))
  if (app === undefined) {
    throw oauthError('unauthorized_client', 700016, `No application '${clientId}' in the tenant.`)
  }
  // What signed an assertion is not looked at: anything of its form will do.
  const isProven = secret === app.clientSecret || assertion?.split('.').length === 3
  if (!isProven) throw oauthError('invalid_client', 7000215, 'Invalid client secret provided.')
  const claims = readClaims(form['claims'])
  const { token, granted } = issue({ kind: 'app', app }, { form, claims, amr: [], acrs: [] }, state)
  return { ...tokenAnswer(token, state), scope: granted.spelt }
}

/** A person's tokens. What the claims ask and the sign-in did not meet, only the browser can mend. */
function answerPerson(signIn: SignIn, form: Form, state: AuthorityState): unknown {
  const claims = readClaims(form['claims'])
  checkStepUp(signIn, claims, form['claims'])
  const { person, clientId, amr, acrs, nonce } = signIn
  const subject: Subject = { kind: 'person', person }
  const { token, granted } = issue(subject, { form, claims, amr, acrs }, state)
  const refreshToken = randomBytes(60).toString('base64url')
  state.refreshTokens.set(refreshToken, signIn)
  const about = {
    clientId,
    tenantId: state.seed().organization.id,
    issuer: issuerOf(state, 'v2.0'),
    now: state.now(),
    nonce,
  }
  return {
    ...tokenAnswer(token, state),
    scope: granted.spelt,
    refresh_token: refreshToken,
    id_token: issueIdToken(person, about, state.book.key),
    client_info: clientInfo(person, state),
  }
}

function checkStepUp(signIn: SignIn, { contexts, mfa }: ClaimsAsked, claims?: string): void {
  const isMet =
    contexts.every((context) => signIn.acrs.includes(context)) &&
    (!mfa || signIn.amr.includes('mfa'))
  if (isMet) return
  throw oauthError(
    'interaction_required',
    50076,
    'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
    { suberror: 'basic_action', ...(claims !== undefined && { claims }) },
  )
}

interface Issue {
  readonly form: Form
  readonly claims: ClaimsAsked
  readonly amr: readonly string[]
  readonly acrs: readonly string[]
}

function issue(subject: Subject, { form, claims, amr, acrs }: Issue, state: AuthorityState) {
  const { settings, endpoints, now, book } = state
  const clientId = form['client_id'] ?? ''
  const { withheldScopes: withheld, consentedScopes: consented } = settings
  const consents = { endpoints: endpoints(), withheld, consented }
  const granted = grantScopes(form['scope'], clientId, consents)
  const token = issueToken(
    {
      audience: granted.audience,
      subject,
      clientId,
      scopes: granted.names,
      amr,
      acrs,
      capabilities: claims.capabilities,
      issuedAt: now(),
      lifetime: settings.tokenLifetime,
      directoryRoles: rolesOf(subject, state),
      issuer: issuerOf(state, ''),
      tenantId: state.seed().organization.id,
    },
    book,
  )
  return { token, granted }
}

/** What `wids` says, which names no custom roles; undefined where it is left out. */
function rolesOf(subject: Subject, state: AuthorityState): readonly string[] | undefined {
  if (subject.kind !== 'person' || !state.settings.rolesInTokens) return undefined
  const { directoryRoles } = state.seed()
  const isCustom = (id: string): boolean =>
    directoryRoles.some((role) => role.id === id && role.isCustom === true)
  return state.directoryRolesOf(subject.person.id).filter((id) => !isCustom(id))
}

function tokenAnswer(accessToken: string, { settings }: AuthorityState) {
  const { seconds } = settings.tokenLifetime
  return {
    token_type: 'Bearer',
    expires_in: seconds,
    ext_expires_in: seconds,
    access_token: accessToken,
  }
}

export function issuerOf({ endpoints, seed }: AuthorityState, version: 'v2.0' | ''): string {
  return `${endpoints().authority}/${seed().organization.id}/${version}`
}

/** What msal takes the account's id from: that of where the person is at home. */
export function clientInfo({ id, home }: TenantPerson, { seed }: AuthorityState): string {
  const { id: uid, tenantId: utid } = home ?? { id, tenantId: seed().organization.id }
  return Buffer.from(JSON.stringify({ uid, utid })).toString('base64url')
}
