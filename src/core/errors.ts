import { systemRefusal } from './system-error.ts'

/** What kind of end an error is. Each kind has one exit code; scripts rely on it. */
export type ErrorKind =
  | 'unexpected'
  | 'usage'
  | 'refused'
  | 'sign-in'
  | 'pending'
  | 'unavailable'
  | 'audit'
  | 'interrupted'

const exitCodes: Record<ErrorKind, number> = {
  unexpected: 1,
  usage: 2,
  refused: 3,
  'sign-in': 4,
  pending: 5,
  unavailable: 6,
  audit: 7,
  interrupted: 130,
}

/** What the provider itself said: its error code, the HTTP status and its request id. */
export type ProviderAnswer = {
  code?: string
  status?: number
  requestId?: string
  /** How long the provider asks to be left alone, in seconds. */
  retryAfterSeconds?: number
}

interface ErrorContext {
  hint?: string | undefined
  target?: string | undefined
  provider?: ProviderAnswer | undefined
  ownInput?: boolean
  elevationId?: string | undefined
  cause?: unknown
}

/** The JSON form of an error, `pim.error/v1` without its envelope. */
export type ErrorJson = {
  code: string
  exitCode: number
  message: string
  hint?: string
  target?: string
  provider?: ProviderAnswer
}

/**
 * An error a person can act on: what happened, to which target, why, and what to do next.
 * `code` is stable and kebab-case; `message` never holds a secret.
 */
export class PimError extends Error {
  override readonly name = 'PimError'
  readonly kind: ErrorKind
  readonly code: string
  readonly hint: string | undefined
  readonly target: string | undefined
  readonly provider: ProviderAnswer | undefined
  /** It may be owed to what this process alone had to give, as a one-time code: another may fare better. */
  readonly ownInput: boolean
  /** The elevation on record that it ended; absent where nothing was recorded yet. */
  readonly elevationId: string | undefined

  constructor(kind: ErrorKind, code: string, message: string, context: ErrorContext = {}) {
    super(message, 'cause' in context ? { cause: context.cause } : undefined)
    this.kind = kind
    this.code = code
    this.hint = context.hint
    this.target = context.target
    this.provider = context.provider
    this.ownInput = context.ownInput ?? false
    this.elevationId = context.elevationId
  }

  get exitCode(): number {
    return exitCodes[this.kind]
  }

  /** The same error, naming the target it happened to. */
  about(target: string): PimError {
    return this.target === undefined ? this.with({ target }) : this
  }

  /** The same error, naming the elevation that it ended. */
  of(elevationId: string): PimError {
    return this.elevationId === undefined ? this.with({ elevationId }) : this
  }

  private with(more: Pick<ErrorContext, 'target' | 'elevationId'>): PimError {
    const { kind, code, message, hint, target, provider, ownInput, elevationId, cause } = this
    const context = { hint, target, provider, ownInput, elevationId, cause }
    return new PimError(kind, code, message, { ...context, ...more })
  }

  toJSON(): ErrorJson {
    return {
      code: this.code,
      exitCode: this.exitCode,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.target !== undefined && { target: this.target }),
      ...(this.provider !== undefined && { provider: this.provider }),
    }
  }
}

/**
 * Any thrown value as a PimError. A refusal of the system becomes a sentence; what pim did not foresee is
 * `unexpected`, exit code 1.
 */
export function asPimError(thrown: unknown): PimError {
  if (thrown instanceof PimError) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError') return interrupted(thrown)
  const refusal = systemRefusal(thrown)
  if (refusal !== undefined) {
    const { code, message, hint } = refusal
    return new PimError('unavailable', code, message, { hint, cause: thrown })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new PimError('unexpected', 'unexpected', message, {
    cause: thrown,
    hint: 'this is a bug in pim; run again with `--verbose` and report what it prints',
  })
}

export function interrupted(cause?: unknown): PimError {
  return new PimError('interrupted', 'interrupted', 'interrupted', { cause })
}

/** Whether what was asked for may have been done, though no answer says so. */
export function mayHaveArrived({ kind, code, provider }: PimError): boolean {
  const { status, code: said } = provider ?? {}
  // A word without a status is one that the provider gave of the request itself.
  const isLost = status === undefined ? said === undefined : status >= 500
  return kind === 'unavailable' && isLost && !neverSent.has(code)
}

/** Errors of connections that never came about, and of this machine's own files. */
const neverSent: ReadonlySet<string> = new Set([
  'system-error',
  'provider-unreachable',
  'proxy-unreachable',
  'proxy-sign-in',
  'proxy-refused',
  'proxy-failing',
])

/** The most serious exit code of several, in the order a script would want to know of them. */
export function worstExitCode(codes: readonly number[]): number {
  const order = [130, 7, 1, 2, 4, 3, 6, 5]
  return order.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? 0
}
