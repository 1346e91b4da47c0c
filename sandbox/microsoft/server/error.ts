/** A refusal, before a surface puts it into its own words. */
export class TenantError extends Error {
  override readonly name = 'TenantError'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** What the error object carries beside code and message. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, more: More = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = more.headers ?? {}
    this.extra = more.extra ?? {}
  }
}

interface More {
  readonly headers?: Readonly<Record<string, string>>
  readonly extra?: Readonly<Record<string, unknown>>
}

export function badRequest(message: string): TenantError {
  return new TenantError(400, 'BadRequest', message)
}
