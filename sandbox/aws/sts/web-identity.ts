import { StsError } from '../server/error.ts'

/** The identity provider the sandbox trusts. The name resolves nowhere. */
const sandboxIssuer = 'https://tokens.sandbox.invalid'

const audience = 'sts.amazonaws.com'

export interface WebIdentityClaims {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly expiresAt: Date
}

/** A token in the form of a JWT, without a signature: the sandbox believes whoever brings one. */
export function webIdentityToken(
  claims: Partial<WebIdentityClaims> & Pick<WebIdentityClaims, 'subject' | 'expiresAt'>,
): string {
  const payload = {
    iss: claims.issuer ?? sandboxIssuer,
    sub: claims.subject,
    aud: claims.audience ?? audience,
    exp: Math.floor(claims.expiresAt.getTime() / 1000),
  }
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.`
}

/** What a token says, once it is known to come from the sandbox's issuer and to be current. */
export function readWebIdentityToken(token: string, now: Date): WebIdentityClaims {
  const claims = decode(token)
  if (claims.issuer !== sandboxIssuer) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.issuer}`)
  }
  if (claims.audience !== audience) throw invalidToken('Incorrect token audience')
  if (claims.expiresAt <= now) {
    const [at, before] = [now, claims.expiresAt].map((time) => Math.floor(time.getTime() / 1000))
    const message = `Token expired: current date/time ${at} must be before the expiration date/time ${before}`
    throw new StsError(400, 'ExpiredTokenException', message)
  }
  return claims
}

function encode(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

function decode(token: string): WebIdentityClaims {
  const [, payload, , ...rest] = token.split('.')
  const claims = rest.length === 0 ? parseObject(payload ?? '') : undefined
  const { iss, sub, aud, exp } = claims ?? {}
  if (
    typeof iss !== 'string' ||
    typeof sub !== 'string' ||
    typeof aud !== 'string' ||
    typeof exp !== 'number'
  ) {
    throw invalidToken('The ID Token provided is not a valid JWT.')
  }
  return { issuer: iss, subject: sub, audience: aud, expiresAt: new Date(exp * 1000) }
}

function parseObject(payload: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function invalidToken(message: string): StsError {
  return new StsError(400, 'InvalidIdentityToken', message)
}
