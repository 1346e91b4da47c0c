import { toIsoDuration } from '../../../src/core/time/duration.ts'
import { chainOf } from './activate.ts'
import type { PimState } from './state.ts'
import { isSameGrantable, sameText } from '../seed/model.ts'
import type { Grantable, Policy } from '../seed/model.ts'
import { sandboxPolicy } from '../seed/seed.ts'

type RuleKind = 'Expiration' | 'Enablement' | 'Approval' | 'AuthenticationContext' | 'Notification'

/** A rule of a policy, before a surface gives it its type and target. */
export interface Rule {
  readonly id: string
  readonly kind: RuleKind
  readonly caller: 'Admin' | 'EndUser'
  readonly level: 'Eligibility' | 'Assignment'
  readonly fields: Readonly<Record<string, unknown>>
}

/** How a surface writes down somebody who may approve. */
export type WriteApprover = (id: string) => Readonly<Record<string, unknown>>

/** What applies to something: the policy of what it is eligible by, or everybody's ordinary one. */
export function policyFor(grantable: Grantable, state: Pick<PimState, 'seed'>): Policy {
  const all = state.seed().eligibilities.filter((one) => one.kind === grantable.kind)
  const exact = all.find((one) => isSameGrantable(one, grantable))
  const wider = all.find(({ roleId, scope }) => {
    if (!sameText(roleId, grantable.roleId)) return false
    // A directory role has one policy, wherever in the directory it is given.
    if (grantable.kind === 'entra') return true
    return chainOf(grantable.scope, state).some((above) => sameText(above, scope))
  })
  return (exact ?? wider)?.policy ?? sandboxPolicy()
}

/** The seventeen rules of a policy. Those for administrators ask for nothing. */
export function rulesOf(policy: Policy, writeApprover: WriteApprover): readonly Rule[] {
  return [
    ...adminRules('Eligibility', 'P365D'),
    ...adminRules('Assignment', 'P180D'),
    ...endUserRules(policy, writeApprover),
    ...notifications('EndUser', 'Assignment'),
  ]
}

function adminRules(level: Rule['level'], maximumDuration: string): readonly Rule[] {
  return [
    rule('Expiration', 'Admin', level, { isExpirationRequired: false, maximumDuration }),
    rule('Enablement', 'Admin', level, { enabledRules: [] }),
    ...notifications('Admin', level),
  ]
}

function endUserRules(policy: Policy, writeApprover: WriteApprover): readonly Rule[] {
  const { maxDuration, mfa, justification, ticket, authenticationContext } = policy
  const enabledRules = [
    ...(mfa ? ['MultiFactorAuthentication'] : []),
    ...(justification ? ['Justification'] : []),
    ...(ticket ? ['Ticketing'] : []),
  ]
  const toUser = (kind: RuleKind, fields: Rule['fields']) =>
    rule(kind, 'EndUser', 'Assignment', fields)
  return [
    toUser('Expiration', {
      isExpirationRequired: true,
      maximumDuration: toIsoDuration(maxDuration),
    }),
    toUser('Enablement', { enabledRules }),
    toUser('Approval', { setting: approvalSetting(policy, writeApprover) }),
    toUser('AuthenticationContext', {
      isEnabled: authenticationContext !== undefined,
      claimValue: authenticationContext ?? '',
    }),
  ]
}

function approvalSetting({ approvalStages }: Policy, writeApprover: WriteApprover) {
  // A policy that asks nobody has a stage all the same: an empty one.
  const stages = approvalStages.length === 0 ? [[]] : approvalStages
  return {
    isApprovalRequired: approvalStages.length > 0,
    isApprovalRequiredForExtension: false,
    isRequestorJustificationRequired: true,
    approvalMode: stages.length > 1 ? 'Serial' : 'SingleStage',
    approvalStages: stages.map((approvers) => ({
      approvalStageTimeOutInDays: 1,
      isApproverJustificationRequired: true,
      escalationTimeInMinutes: 0,
      primaryApprovers: approvers.map((id) => writeApprover(id)),
      isEscalationEnabled: false,
      escalationApprovers: [],
    })),
  }
}

function notifications(caller: Rule['caller'], level: Rule['level']): readonly Rule[] {
  return ['Admin', 'Requestor', 'Approver'].map((recipientType) => ({
    ...rule('Notification', caller, level, {
      notificationType: 'Email',
      recipientType,
      isDefaultRecipientsEnabled: true,
      notificationLevel: 'All',
      notificationRecipients: [],
    }),
    id: `Notification_${recipientType}_${caller}_${level}`,
  }))
}

function rule(
  kind: RuleKind,
  caller: Rule['caller'],
  level: Rule['level'],
  fields: Rule['fields'],
): Rule {
  return { id: `${kind}_${caller}_${level}`, kind, caller, level, fields }
}
