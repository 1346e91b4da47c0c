import { appendFileSync } from 'node:fs'

/** One call as the server saw it, without its one-time codes, identity tokens and signatures. */
export interface StsCall {
  /** RFC 3339, by the clock of the server. */
  readonly time: string
  readonly requestId: string
  readonly action: string
  readonly parameters: Readonly<Record<string, string>>
  readonly accessKeyId: string | undefined
  readonly roleSessionName: string | undefined
  readonly status: number
  /** The error code, where the call was refused; `ConnectionDropped` where a fault took its answer. */
  readonly code: string | undefined
  readonly issuedAccessKeyId: string | undefined
}

const secretParameters = new Set(['TokenCode', 'WebIdentityToken'])

/** The parameters of a call, fit to be written down. */
export function safeParameters(form: URLSearchParams): Record<string, string> {
  const safe = [...form]
    .filter(([name]) => name !== 'Action' && name !== 'Version')
    .map(([name, value]) => [name, secretParameters.has(name) ? '[secret]' : value])
  return Object.fromEntries(safe)
}

/** Adds a call to the journal file. It is there when this returns, even if the process is killed next. */
export function appendCall(path: string, call: StsCall): void {
  appendFileSync(path, `${JSON.stringify(call)}\n`, { mode: 0o600 })
}
