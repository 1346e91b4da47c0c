import { lengthOf } from './schedule.ts'
import type { Schedule } from './schedule.ts'
import type { PimState } from './state.ts'
import { TenantError } from '../server/error.ts'
import type { PimKind, Policy } from '../seed/model.ts'

/** What an activation brings along to meet a policy. */
export interface Evidence {
  readonly justification: string | undefined
  readonly ticketNumber: string | undefined
  readonly schedule: Schedule
  readonly start: Date
  /** Of the token. */
  readonly amr: readonly string[]
  readonly acrs: readonly string[]
  readonly capabilities: readonly string[]
}

const shortest = 5 * 60

/** Throws where an activation does not meet the policy: for its rules first, then for the sign-in. */
export function checkPolicy(
  policy: Policy,
  evidence: Evidence,
  kind: PimKind,
  { settings }: Pick<PimState, 'settings'>,
): void {
  const length = lengthOf(evidence.schedule, evidence.start)
  if (length !== undefined && length.seconds < shortest) throw tooShort()
  const failed = failedRules(policy, evidence, length?.seconds ?? Number.POSITIVE_INFINITY)
  if (failed.length > 0) {
    const form = settings.policyFailures ?? (kind === 'azure' ? 'text' : 'list')
    const list =
      form === 'text'
        ? failed.map(([rule, why]) => `${rule} - ${why}`).join(', ')
        : JSON.stringify(failed.map(([rule]) => rule))
    throw new TenantError(
      400,
      'RoleAssignmentRequestPolicyValidationFailed',
      `The following policy rules failed: ${list}`,
    )
  }
  checkAuthenticationContext(policy, evidence)
}

export function tooShort(): TenantError {
  return new TenantError(
    400,
    'ActiveDurationTooShort',
    // The spelling is Microsoft's.
    'The Active duration is too short. Miniumum Required is 5 minutes.',
  )
}

type FailedRule = readonly [rule: string, why: string]

function failedRules(policy: Policy, evidence: Evidence, length: number): readonly FailedRule[] {
  const { justification = '', ticketNumber = '', amr } = evidence
  const rules: readonly (readonly [isBroken: boolean, ...FailedRule])[] = [
    [policy.mfa && !amr.includes('mfa'), 'MfaRule', 'Multi-factor authentication is required'],
    [
      policy.justification && justification.trim() === '',
      'JustificationRule',
      'Justification is required',
    ],
    [policy.ticket && ticketNumber.trim() === '', 'TicketingRule', 'Ticket is required'],
    [
      length > policy.maxDuration.seconds,
      'ExpirationRule',
      'The requested duration exceeds the maximum',
    ],
  ]
  return rules.flatMap(([isBroken, rule, why]) => (isBroken ? [[rule, why] as const] : []))
}

/** The context counts only from a client that says it can cope with challenges (`cp1`). */
function checkAuthenticationContext({ authenticationContext }: Policy, evidence: Evidence): void {
  if (authenticationContext === undefined) return
  const { acrs, capabilities } = evidence
  if (acrs.includes(authenticationContext) && capabilities.includes('cp1')) return
  const claims = `{"access_token":{"acrs":{"essential":true, "value":"${authenticationContext}"}}}`
  throw new TenantError(
    400,
    'RoleAssignmentRequestAcrsValidationFailed',
    `&claims=${encodeURIComponent(claims)}`,
  )
}
