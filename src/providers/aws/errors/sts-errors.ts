import type { PimError } from '../../../core/errors.ts'
import { callError, errorCode, type Service } from './service-errors.ts'
import { meanings, wrongMfaCode, type FailedCall } from './sts-error-codes.ts'

export const sts: Service = { name: 'STS', meanings }

/** Whatever an STS call threw, as the error a person can act on. */
export function stsError(thrown: unknown, call: FailedCall): PimError {
  const insisted = insistedHint(thrown, call.target)
  return callError(thrown, call, sts, {
    ...(isWrongMfaCode(thrown) && { known: wrongMfaCode }),
    hint: insisted,
    // A role may be closed to one device and open to another.
    ownInput: call.withMfa && errorCode(thrown) === 'AccessDenied' && insisted === undefined,
  })
}

/**
 * The action that AWS says is not allowed, as in `sts:TagSession`. AWS tells an untaggable role
 * from a forbidden one only in the message; there is no code for it.
 */
export function refusedAction(thrown: unknown): string | undefined {
  if (errorCode(thrown) !== 'AccessDenied' || !(thrown instanceof Error)) return undefined
  return /is not authorized to perform: (sts:\w+)/.exec(thrown.message)?.[1]
}

/** Whether STS took the device but not its code. */
function isWrongMfaCode(thrown: unknown): boolean {
  if (errorCode(thrown) !== 'AccessDenied' || !(thrown instanceof Error)) return false
  return /invalid MFA one time pass code/i.test(thrown.message)
}

/** Whether STS says that a shorter session would be granted. It has no code for this either. */
export function wantsShorterSession(thrown: unknown): boolean {
  if (errorCode(thrown) !== 'ValidationError' || !(thrown instanceof Error)) return false
  return /DurationSeconds exceeds/.test(thrown.message)
}

/** What was insisted on, and how to insist no more. */
function insistedHint(thrown: unknown, target: string | undefined): string | undefined {
  const action = refusedAction(thrown)
  const setting = action === undefined ? undefined : settings[action]
  if (target === undefined || setting === undefined) return undefined
  return `its trust policy and your own must allow ${action}; \`pim config set targets.${target}.${setting} try\` goes without where it is refused`
}

const settings: Readonly<Record<string, string>> = {
  'sts:TagSession': 'sessionTags',
  'sts:SetSourceIdentity': 'sourceIdentity',
}
