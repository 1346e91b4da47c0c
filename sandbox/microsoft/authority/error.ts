import { randomUUID } from 'node:crypto'

import { TenantError } from '../server/error.ts'

interface OauthExtra {
  readonly suberror?: string
  /** The claims the client has to sign in with. */
  readonly claims?: string
}

/** A refusal of the sign-in, with its AADSTS number. */
export function oauthError(
  error: string,
  number: number,
  message: string,
  extra: OauthExtra = {},
): TenantError {
  const status = error === 'invalid_client' ? 401 : 400
  return new TenantError(status, error, `AADSTS${number}: ${message}`, {
    extra: { error_codes: [number], ...extra },
  })
}

/** The error as the token endpoint words it: flat, with ids and a time in the description too. */
export function wordOauthError(error: TenantError, now: Date): Record<string, unknown> {
  const [trace, correlation] = [randomUUID(), randomUUID()]
  const timestamp = `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`
  return {
    error: error.code,
    error_description: `${error.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    ...error.extra,
  }
}
