import { createPublicKey, randomBytes, sign } from 'node:crypto'

import { after } from '../../../src/core/time/duration.ts'
import type { Duration } from '../../../src/core/time/duration.ts'
import type { Audience } from './scopes.ts'
import type { TenantApp, TenantPerson } from '../seed/model.ts'

/** Whom a token speaks for. */
export type Subject =
  | { readonly kind: 'person'; readonly person: TenantPerson }
  | { readonly kind: 'app'; readonly app: TenantApp }

/** An access token the tenant gave out, as it remembers it: without the token. */
export interface Token {
  /** The how-manieth it is. */
  readonly number: number
  readonly audience: Audience
  readonly subject: Subject
  readonly clientId: string
  readonly scopes: readonly string[]
  /** How the person signed in, as in `pwd` and `mfa`. */
  readonly amr: readonly string[]
  /** The authentication contexts that the sign-in met. */
  readonly acrs: readonly string[]
  readonly capabilities: readonly string[]
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** What a token is made from, beside what is remembered of it. */
export interface TokenIssue extends Omit<Token, 'number' | 'expiresAt'> {
  readonly lifetime: Duration
  /** The ids of the directory roles in force now; undefined where the token is not to name them. */
  readonly directoryRoles: readonly string[] | undefined
  readonly issuer: string
  readonly tenantId: string
}

/** The tokens that are known, and the key that signs them. */
export interface TokenBook {
  readonly known: Map<string, Token>
  readonly key: string
}

const audiences: Readonly<Record<Audience, string>> = {
  arm: 'https://management.core.windows.net/',
  graph: '00000003-0000-0000-c000-000000000000',
}
/** Every member of a tenant has it in `wids`: it stands for having signed in there. */
const everybodysRole = 'b79fbf4d-3ef9-4689-8143-76b194e85509'

/** Makes an access token and remembers it. */
export function issueToken(issue: TokenIssue, book: TokenBook): string {
  const { lifetime, directoryRoles, issuer, tenantId, ...remembered } = issue
  const { subject, clientId, amr, acrs, capabilities, scopes, audience, issuedAt } = issue
  const expiresAt = after(issuedAt, lifetime)
  const isPerson = subject.kind === 'person'
  const text = signJwt(
    {
      aud: audiences[audience],
      iss: issuer,
      ...times(issuedAt, expiresAt),
      appid: clientId,
      ...identityClaims(subject),
      tid: tenantId,
      ver: '1.0',
      ...(isPerson && { amr, scp: scopes.join(' ') }),
      ...(directoryRoles !== undefined && { wids: [...directoryRoles, everybodysRole] }),
      ...(acrs.length > 0 && { acrs }),
      ...(capabilities.length > 0 && { xms_cc: capabilities }),
      // Two tokens of the same second must not be the same.
      uti: randomBytes(16).toString('base64url'),
    },
    book.key,
  )
  book.known.set(text, { ...remembered, number: book.known.size, expiresAt })
  return text
}

/** Tells the client, not an API, who signed in. */
export function issueIdToken(
  person: TenantPerson,
  about: {
    readonly clientId: string
    readonly tenantId: string
    readonly issuer: string
    readonly now: Date
    readonly nonce: string | undefined
  },
  key: string,
): string {
  const { clientId, tenantId, issuer, now, nonce } = about
  return signJwt(
    {
      aud: clientId,
      iss: issuer,
      ...times(now, new Date(now.getTime() + 3600_000)),
      name: person.displayName,
      oid: person.id,
      preferred_username: person.userPrincipalName,
      sub: person.id,
      tid: tenantId,
      ver: '2.0',
      ...(nonce !== undefined && { nonce }),
    },
    key,
  )
}

/** The public half of the key, as clients look for it. */
export function publicKeys(key: string): unknown {
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  return { keys: [{ ...jwk, kid: 'sandbox', use: 'sig', alg: 'ES256' }] }
}

function identityClaims(subject: Subject): Record<string, unknown> {
  if (subject.kind === 'app') {
    const { id } = subject.app
    return { oid: id, sub: id, idtyp: 'app', app_displayname: subject.app.displayName }
  }
  const { id, displayName, userPrincipalName } = subject.person
  return {
    oid: id,
    sub: id,
    idtyp: 'user',
    name: displayName,
    upn: userPrincipalName,
    unique_name: userPrincipalName,
    preferred_username: userPrincipalName,
  }
}

function times(from: Date, to: Date) {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000)
  return { iat: seconds(from), nbf: seconds(from), exp: seconds(to) }
}

function signJwt(payload: Record<string, unknown>, key: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = `${part({ typ: 'JWT', alg: 'ES256', kid: 'sandbox' })}.${part(payload)}`
  const signature = sign('sha256', Buffer.from(head), { key, dsaEncoding: 'ieee-p1363' })
  return `${head}.${signature.toString('base64url')}`
}
