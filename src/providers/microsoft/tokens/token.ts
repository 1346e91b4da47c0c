import * as v from 'valibot'
import { Secret } from '../../../core/credentials.ts'
import { PimError } from '../../../core/errors.ts'
import type { Challenge } from './claims-challenge.ts'

/** A token, and what can be seen of it. */
export interface HeldToken {
  readonly token: Secret
  readonly expiresAt: Date
  readonly obtainedAt: Date
  readonly tenantId: string
  readonly objectId: string
  readonly username: string
  readonly scopes: readonly string[]
  /** Undefined where the token does not say: that is no word about any role. */
  readonly directoryRoles: readonly string[] | undefined
  /** The authentication contexts that it says it meets. */
  readonly contexts: readonly string[]
  /** Whether it was got with a second factor; undefined where the token does not say how it was got. */
  readonly mfa: boolean | undefined
}

/** Who it is by the word of whoever signed in, for what the token does not say. */
export interface KnownIdentity {
  readonly tenantId: string
  readonly objectId: string
  readonly username: string
  readonly scopes: readonly string[]
}

const Texts = v.fallback(v.array(v.string()), [])
const Text = v.fallback(v.optional(v.string()), undefined)

const Payload = v.object({
  tid: Text,
  oid: Text,
  upn: Text,
  preferred_username: Text,
  unique_name: Text,
  app_displayname: Text,
  appid: Text,
  scp: Text,
  wids: v.fallback(v.optional(v.array(v.string())), undefined),
  acrs: v.optional(
    v.union([
      v.pipe(
        v.string(),
        v.transform((text) => [text]),
      ),
      Texts,
    ]),
    [],
  ),
  amr: v.fallback(v.optional(v.array(v.string())), undefined),
})

/**
 * Looks into a token, which its signature does not concern: it only says who we are, and it came
 * from the authority. Throws `unavailable` (`unreadable-token`) where nothing says who that is.
 */
export function readToken(
  text: string,
  { expiresAt, obtainedAt }: Pick<HeldToken, 'expiresAt' | 'obtainedAt'>,
  known?: KnownIdentity,
): HeldToken {
  const payload = v.safeParse(Payload, payloadOf(text))
  const says = payload.success ? payload.output : undefined
  const tenantId = says?.tid ?? known?.tenantId
  const objectId = says?.oid ?? known?.objectId
  if (tenantId === undefined || objectId === undefined) {
    throw new PimError('unavailable', 'unreadable-token', 'the token does not say who it is for', {
      hint: 'sign in with `pim login azure`',
    })
  }
  const name = says?.upn ?? says?.preferred_username ?? says?.unique_name ?? known?.username
  return {
    token: new Secret(text),
    expiresAt,
    obtainedAt,
    tenantId,
    objectId,
    username: name ?? says?.app_displayname ?? says?.appid ?? objectId,
    scopes: says?.scp?.split(' ').filter((scope) => scope !== '') ?? known?.scopes ?? [],
    directoryRoles: says?.wids,
    contexts: says?.acrs ?? [],
    mfa: says?.amr?.includes('mfa'),
  }
}

function payloadOf(token: string): unknown {
  const [, payload = ''] = token.split('.')
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

const leewayMs = 5 * 60_000

/** Whether it is good for a while: five minutes, or half its life where that is shorter. */
export function isFresh({ expiresAt, obtainedAt }: HeldToken, now: Date): boolean {
  const leeway = Math.min(leewayMs, (expiresAt.getTime() - obtainedAt.getTime()) / 2)
  return expiresAt.getTime() - now.getTime() > Math.max(0, leeway)
}

/** Whether a token says of itself that it brings what is asked for. How new it is, is the caller's to know. */
export function meets(token: HeldToken, { contexts, mfa }: Challenge): boolean {
  return (
    contexts.every((context) => token.contexts.includes(context)) && (!mfa || token.mfa === true)
  )
}
