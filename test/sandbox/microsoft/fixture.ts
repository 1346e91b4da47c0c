import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { onTestFinished } from 'vitest'

import { after, minutes, seconds } from '../../../src/core/time/duration.ts'
import { startTenant } from '../../../sandbox/microsoft/tenant.ts'
import type { Tenant, TenantOptions } from '../../../sandbox/microsoft/tenant.ts'
import { tenantId } from '../../../sandbox/microsoft/seed/seed.ts'

export const clientId = '5a4d0b0c-0000-4000-8000-0000000000c1'
export const cp1 = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
export const stepUp =
  '{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["cp1"]}}}'
export const withMfa = '{"access_token":{"amr":{"values":["mfa"]},"xms_cc":{"values":["cp1"]}}}'

/** Whatever JSON said; a test that takes it for something else fails. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}

type Call = (call: string, options?: CallOptions) => Promise<Reply>

/** The APIs, for one person with an ordinary sign-in, unless a token is named. */
export interface Calls {
  readonly arm: Call
  /** Version 1.0. */
  readonly graph: Call
  readonly beta: Call
}

/** Calls are alice's, unless `as` somebody else. */
export interface Room extends Calls {
  readonly tenant: Tenant
  readonly folder: string
  readonly advance: (count: number) => void
  readonly signIn: (wish?: SignInWish) => Promise<Record<string, string>>
  readonly as: (name: string) => Calls
}

interface SignInWish {
  readonly scope?: string
  readonly claims?: string
  readonly hint?: string
}
interface CallOptions {
  readonly token?: string
  readonly body?: unknown
}

/** A tenant with a stopped clock, noon of 2026-03-01, that ends with the test. */
export async function openTenant(options: Partial<TenantOptions> = {}): Promise<Room> {
  const folder = mkdtempSync(join(tmpdir(), 'pim-tenant-'))
  let now = new Date('2026-03-01T12:00:00Z')
  const tenant = await startTenant({ folder, now: () => now, ...options })
  trust(tenant.ca)
  onTestFinished(async () => {
    await tenant.stop()
    rmSync(folder, { recursive: true })
  })
  const signIn = (wish: SignInWish = {}) => signInAt(tenant, wish)
  const tokens = new Map<string, Promise<string>>()
  const tokenFor = (scope: string, hint: string) => {
    const key = `${hint} ${scope}`
    const known =
      tokens.get(key) ?? signIn({ scope, hint }).then((got) => got['access_token'] ?? '')
    tokens.set(key, known)
    return known
  }
  const as = (name: string): Calls => {
    const api =
      (endpoint: string, scope: string): Call =>
      async (call, more = {}) => {
        const token = more.token ?? (await tokenFor(scope, `${name}@sandbox.example`))
        return send(endpoint, call, { ...more, token })
      }
    const { arm, graph } = tenant.endpoints
    return {
      arm: api(arm, armScope),
      graph: api(`${graph}/v1.0`, graphScope),
      beta: api(`${graph}/beta`, graphScope),
    }
  }
  return {
    tenant,
    folder,
    advance: (count) => (now = after(now, seconds(count))),
    signIn,
    as,
    ...as('alice'),
  }
}

export const armScope = 'https://management.core.windows.net//.default'
export const graphScope = 'https://graph.microsoft.com/.default'
export const fiveMinutes = minutes(5).seconds

/** Authorities already trusted stay so: tests of one process share the list. */
function trust(ca: string): void {
  setDefaultCACertificates([...getCACertificates('default'), ca])
}

async function signInAt(
  { endpoints }: Tenant,
  { scope = armScope, claims = cp1, hint = 'alice@sandbox.example' }: SignInWish,
): Promise<Record<string, string>> {
  const base = `${endpoints.authority}/${tenantId}/oauth2/v2.0`
  const verifier = randomBytes(32).toString('base64url')
  const redirect_uri = 'http://localhost:1/'
  const common = { client_id: clientId, redirect_uri, scope: `openid offline_access ${scope}` }
  const query = new URLSearchParams({
    ...common,
    response_type: 'code',
    response_mode: 'query',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: hint,
    claims,
  })
  const answer = await fetch(`${base}/authorize?${query.toString()}`, { redirect: 'manual' })
  const location = new URL(answer.headers.get('location') ?? redirect_uri)
  const code = location.searchParams.get('code')
  if (code === null) return Object.fromEntries(location.searchParams)
  return askToken(endpoints.authority, {
    ...common,
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    claims,
  })
}

export async function askToken(
  authority: string,
  form: Record<string, string>,
): Promise<Record<string, string>> {
  const url = `${authority}/${tenantId}/oauth2/v2.0/token`
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  return (await answer.json()) as Record<string, string>
}

async function send(endpoint: string, call: string, { token, body }: CallOptions): Promise<Reply> {
  const [method, path] = /^[A-Z]+ /.test(call) ? splitOnce(call) : ['GET', call]
  const url = path.startsWith('http') ? path : endpoint + path
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token !== '' && { Authorization: `Bearer ${token}` }),
      'Content-Type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const { status, headers } = answer
  return { status, headers, body: text === '' ? undefined : JSON.parse(text) }
}

function splitOnce(call: string): [string, string] {
  const index = call.indexOf(' ')
  return [call.slice(0, index), call.slice(index + 1)]
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string | undefined): Record<string, unknown> {
  const [, payload = ''] = (token ?? '').split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}
