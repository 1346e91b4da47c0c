import * as v from 'valibot'
import { minutes, parseDuration, type Duration } from '../../../core/time/duration.ts'
import type { Requirements } from '../../../core/elevation/requirements.ts'

/** Less than this is refused as too short, whatever the policy says. */
const shortestActivation = minutes(5)

/** What is left to say where no policy can be read. */
export const unknownRequirements: Requirements = {
  maxDuration: 'unknown',
  minDuration: shortestActivation,
  justification: 'unknown',
  ticket: 'unknown',
  mfa: 'unknown',
  approval: 'unknown',
  mfaDevices: [],
}

/**
 * What the rules of a policy demand of somebody who activates a role: `effectiveRules` of ARM,
 * `rules` of Graph. What they do not say, or say unreadably, is unknown. Never throws.
 */
export function readRules(rules: unknown): Requirements {
  const expiration = ruleOf(rules, 'Expiration_EndUser_Assignment', Expiration)
  const enabled = ruleOf(rules, 'Enablement_EndUser_Assignment', Enablement)?.enabledRules
  const approval = ruleOf(rules, 'Approval_EndUser_Assignment', Approval)?.setting
  const context = ruleOf(rules, 'AuthenticationContext_EndUser_Assignment', AuthenticationContext)
  const isEnabled = (name: string): boolean | 'unknown' =>
    enabled?.some((rule) => rule.toLowerCase() === name) ?? 'unknown'
  const explained =
    approval?.isApprovalRequired === true && approval.isRequestorJustificationRequired === true
  return {
    ...unknownRequirements,
    maxDuration: readLongest(expiration?.maximumDuration) ?? 'unknown',
    justification: explained || isEnabled('justification'),
    ticket: isEnabled('ticketing'),
    mfa: isEnabled('multifactorauthentication'),
    approval: approval?.isApprovalRequired ?? 'unknown',
    ...(context !== undefined &&
      context.isEnabled &&
      context.claimValue && { authenticationContext: context.claimValue }),
  }
}

const Named = v.object({ id: v.string() })
const Expiration = v.object({ maximumDuration: v.string() })
const Enablement = v.object({ enabledRules: v.array(v.string()) })
const Approval = v.object({
  setting: v.object({
    isApprovalRequired: v.boolean(),
    isRequestorJustificationRequired: v.nullish(v.boolean()),
  }),
})
const AuthenticationContext = v.object({
  isEnabled: v.boolean(),
  claimValue: v.nullish(v.string()),
})

/** What a rule of a policy says, by its id; undefined where it is not there, or says something else. */
export function ruleOf<Schema extends v.GenericSchema>(
  rules: unknown,
  id: string,
  schema: Schema,
): v.InferOutput<Schema> | undefined {
  if (!Array.isArray(rules)) return undefined
  const rule: unknown = rules.find(
    (each) => v.is(Named, each) && each.id.toLowerCase() === id.toLowerCase(),
  )
  const read = v.safeParse(schema, rule)
  return read.success ? read.output : undefined
}

function readLongest(text: string | undefined): Duration | undefined {
  if (text === undefined || !/^P/i.test(text)) return undefined
  try {
    return parseDuration(text)
  } catch {
    return undefined
  }
}
