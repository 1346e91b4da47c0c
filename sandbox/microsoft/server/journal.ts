import { appendFileSync } from 'node:fs'

import type { Surface, TenantAnswer, TenantRequest } from './request.ts'

/** One exchange, without its tokens, codes, secrets and assertions. */
export interface TenantCall {
  /** RFC 3339, by the clock of the tenant. */
  readonly time: string
  readonly surface: Surface
  /** What it was about, as in `activate`; `unknown` where the tenant has no such thing. */
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** JSON, or the fields of a form. */
  readonly request: unknown
  /** 0 where the connection was cut. */
  readonly status: number
  /** The error code, where the call was refused; `ConnectionDropped` where a fault took its answer. */
  readonly code: string | undefined
  readonly answer: unknown
  /** What the `claims` parameter asked for. */
  readonly claims: unknown
  /** The object id of whoever's token was sent. */
  readonly caller: string | undefined
}

/** What is put down beside a request and its answer. */
export interface CallNotes {
  readonly now: Date
  readonly operation: string
  readonly isDropped: boolean
  readonly caller: string | undefined
}

const secretNames = new Set([
  'access_token',
  'assertion',
  'client_assertion',
  'client_info',
  'client_secret',
  'code',
  'code_verifier',
  'device_code',
  'id_token',
  'password',
  'refresh_token',
  'state',
  'user_code',
])

/** An exchange, fit to be written down. */
export function describeCall(
  request: TenantRequest,
  answer: TenantAnswer,
  { now, operation, isDropped, caller }: CallNotes,
): TenantCall {
  const { surface, method, path } = request
  const isAuthority = surface === 'authority'
  const hide = (value: unknown) => (isAuthority ? withoutSecrets(value) : value)
  return {
    time: now.toISOString(),
    surface,
    operation,
    method,
    path,
    query: Object.fromEntries(
      [...request.query].map(([name, value]) => [name, isAuthority ? safe(name, value) : value]),
    ),
    request: hide(request.body),
    status: isDropped ? 0 : answer.status,
    code: isDropped ? 'ConnectionDropped' : errorCode(answer.body),
    answer: isDropped ? undefined : hide(answer.body),
    claims: isAuthority ? claimsOf(request) : undefined,
    caller,
  }
}

/** Adds a call to the journal file. It is there when this returns, even if the process is killed next. */
export function appendTenantCall(path: string, call: TenantCall): void {
  appendFileSync(path, `${JSON.stringify(call)}\n`, { mode: 0o600 })
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, safe(name, inner)]))
}

function safe<T>(name: string, value: T): T | '[secret]' {
  if (secretNames.has(name)) return '[secret]'
  return value
}

function errorCode(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  const { error } = body
  if (typeof error === 'string') return error
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function claimsOf({ body, query }: TenantRequest): unknown {
  const field = typeof body === 'object' && body !== null && 'claims' in body && body.claims
  const text = typeof field === 'string' ? field : query.get('claims')
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
