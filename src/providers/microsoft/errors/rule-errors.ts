import {
  durationRefused,
  justificationRequired,
  mfaNeeded,
  ticketRequired,
  type Meaning,
} from './error-codes.ts'

/** The code under which a policy's rules refuse a request. */
export const rulesFailedCode = 'roleassignmentrequestpolicyvalidationfailed'

const rules: Readonly<Record<string, Meaning>> = {
  justificationrule: justificationRequired,
  ticketingrule: ticketRequired,
  expirationrule: durationRefused,
  mfarule: mfaNeeded,
  eligibilityrule: {
    kind: 'refused',
    code: 'not-eligible',
    says: 'the policy says that you are not eligible',
    hint: '`pim list --refresh` shows what you are eligible for',
  },
}

/**
 * The rules that a message names, in lower case. Two forms are in use: `["MfaRule","ExpirationRule"]`
 * and `JustificationRule - Justification is required`; there is no code for them.
 */
export function failedRules(message: string): readonly string[] {
  return [...new Set((message.match(/\b\w+Rule\b/g) ?? []).map((name) => name.toLowerCase()))]
}

/**
 * What refused rules mean together. Where a sign-in alone would help, it is that. Undefined where
 * a rule is unknown, or none is named: Microsoft's words then say more.
 */
export function meaningOfRules(message: string): Meaning | undefined {
  const found = failedRules(message).map((name) => rules[name])
  const known = found.filter((meaning) => meaning !== undefined)
  const [first] = known
  if (first === undefined || known.length < found.length) return undefined
  if (known.length === 1) return first
  return {
    kind: 'refused',
    code: 'policy-refused',
    says: known.map(({ says, code }) => says ?? code).join('; '),
    hint: known.map(({ hint }) => hint).join('; '),
  }
}
