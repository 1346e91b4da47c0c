import * as v from 'valibot'
import { ruleOf } from '../pim/policy-rules.ts'

/** Somebody, or a group of people, who may decide a stage. */
export interface Approver {
  readonly id: string
  /** As the policy describes them, where it does. */
  readonly name: string | undefined
}

const word = v.fallback(v.nullish(v.string()), undefined)

// ARM and Graph's beta name them by `id`, Graph by `userId` or `groupId`.
const Named = v.object({ id: word, userId: word, groupId: word, description: word })

const Approval = v.object({
  setting: v.object({
    isApprovalRequired: v.boolean(),
    approvalStages: v.array(v.object({ primaryApprovers: v.array(v.unknown()) })),
  }),
})

/**
 * Who may approve, stage by stage, by the rules of a policy: `effectiveRules` of ARM, `rules` of
 * Graph. Nobody where they do not say it, or cannot be read. Never throws.
 */
export function readApprovers(rules: unknown): readonly (readonly Approver[])[] {
  const setting = ruleOf(rules, 'Approval_EndUser_Assignment', Approval)?.setting
  if (setting?.isApprovalRequired !== true) return []
  return setting.approvalStages.map(({ primaryApprovers }) => primaryApprovers.flatMap(approver))
}

function approver(entry: unknown): readonly Approver[] {
  const read = v.safeParse(Named, entry)
  if (!read.success) return []
  const { id, userId, groupId, description } = read.output
  const known = userId || groupId || id
  return known ? [{ id: known, name: description?.trim() || undefined }] : []
}
