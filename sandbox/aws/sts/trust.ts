import { hours } from '../../../src/core/time/duration.ts'
import type { Duration } from '../../../src/core/time/duration.ts'
import { accessDenied, notAuthorized, validationError } from '../server/error.ts'
import type { Identity, Key } from './keys.ts'
import type { AssumeRoleInput, MfaInput } from './parameters.ts'
import type { Role } from './roles.ts'

/** Whether the MFA device showed this code, and it has not been used before. */
export type TakeCode = (code: string) => boolean

/** Refuses as STS does, unless the role's trust policy lets this caller in with these parameters. */
export function checkTrust(
  role: Role,
  caller: Key,
  input: AssumeRoleInput,
  takeCode: TakeCode,
): void {
  const { identity } = caller
  const refusal = (action: string) => notAuthorized(identity.arn, action, role.arn)
  const withMfa = passesMfa(identity, input, takeCode) || caller.withMfa
  if (!role.trusts.includes(identity.kind === 'user' ? 'users' : 'roles')) {
    throw refusal('sts:AssumeRole')
  }
  if (role.needsMfa && !withMfa) throw refusal('sts:AssumeRole')
  if (role.externalId !== undefined && role.externalId !== input.externalId) {
    throw refusal('sts:AssumeRole')
  }
  if (input.tags.length > 0 && !role.allowsTags) throw refusal('sts:TagSession')
  if (!maySetSourceIdentity(role, identity, input)) throw refusal('sts:SetSourceIdentity')
}

/** Whether a valid MFA code came with the call. A code that is wrong is refused whatever the role. */
export function passesMfa(
  identity: Identity,
  { serialNumber, tokenCode }: MfaInput,
  takeCode: TakeCode,
): boolean {
  if (serialNumber === undefined && tokenCode === undefined) return false
  if (serialNumber === undefined || tokenCode === undefined) {
    throw mfaFailed(', must provide both MFA serial number and one time pass code.')
  }
  if (identity.kind !== 'user' || serialNumber !== identity.person.mfaSerial) {
    throw mfaFailed(
      ', unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    )
  }
  if (!takeCode(tokenCode)) throw mfaFailed(' with invalid MFA one time pass code. ')
  return true
}

/** How long a session of the role lasts, or a refusal where the caller asked for more than it may. */
export function sessionDuration(
  role: Role,
  requested: number | undefined,
  isChained: boolean,
): Duration {
  const hour = hours(1).seconds
  const most = role.maxSession.seconds
  if (requested === undefined) return { seconds: Math.min(hour, most) }
  if (isChained && requested > hour) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  if (requested > most) {
    throw validationError(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  return { seconds: requested }
}

// Once set, a source identity stays for the whole chain, and every role on it has to allow it.
function maySetSourceIdentity(role: Role, caller: Identity, input: AssumeRoleInput): boolean {
  const inherited = caller.kind === 'role' ? caller.sourceIdentity : undefined
  const requested = input.sourceIdentity ?? inherited
  if (requested === undefined) return true
  return role.allowsSourceIdentity && (inherited === undefined || inherited === requested)
}

function mfaFailed(how: string) {
  return accessDenied(`MultiFactorAuthentication failed${how}`)
}
