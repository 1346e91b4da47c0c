import type { IncomingHttpHeaders } from 'node:http'

import type { Audience } from './scopes.ts'
import type { AuthorityState } from './state.ts'
import type { Token } from './tokens.ts'
import { TenantError } from '../server/error.ts'

/** The token that was sent, where the tenant gave it out; whether it is any good is not said. */
export function tokenOf(headers: IncomingHttpHeaders, { book }: AuthorityState): Token | undefined {
  const [, text] = /^bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  return text === undefined ? undefined : book.known.get(text)
}

export function objectIdOf({ subject }: Token): string {
  return subject.kind === 'person' ? subject.person.id : subject.app.id
}

/** The token of a request that an API may answer. Throws 401 for every other. */
export function authenticate(
  headers: IncomingHttpHeaders,
  audience: Audience,
  state: AuthorityState,
): Token {
  if (headers.authorization === undefined) {
    throw unauthorized(state, "Authentication failed. The 'Authorization' header is missing.")
  }
  const token = tokenOf(headers, state)
  if (token === undefined) throw unauthorized(state, 'The access token is invalid.')
  if (token.audience !== audience) {
    throw unauthorized(state, 'The access token has been obtained for wrong audience.')
  }
  if (token.expiresAt <= state.now()) {
    throw unauthorized(state, 'Lifetime validation failed, the token is expired.')
  }
  if (token.number < state.firstValidToken) throw challenge(state)
  return token
}

function unauthorized(state: AuthorityState, message: string): TenantError {
  const header = `Bearer ${authorizationUri(state)}, error="invalid_token", error_description="${message}"`
  return new TenantError(401, 'InvalidAuthenticationToken', message, {
    headers: { 'WWW-Authenticate': header },
  })
}

/** Continuous access evaluation: the token was revoked, and the header says what a new one must claim. */
function challenge(state: AuthorityState): TenantError {
  const value = String(Math.floor(state.now().getTime() / 1000))
  const claims = JSON.stringify({ access_token: { nbf: { essential: true, value } } })
  const encoded = Buffer.from(claims).toString('base64')
  const header = `Bearer realm="", ${authorizationUri(state)}, error="insufficient_claims", claims="${encoded}"`
  return new TenantError(
    401,
    'InvalidAuthenticationToken',
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    { headers: { 'WWW-Authenticate': header } },
  )
}

function authorizationUri({ endpoints, seed }: AuthorityState): string {
  const { id } = seed().organization
  return `authorization_uri="${endpoints().authority}/${id}/oauth2/v2.0/authorize"`
}
