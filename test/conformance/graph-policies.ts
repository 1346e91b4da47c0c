import { exchange, group, me, role } from './graph-exchange.ts'
import type { Exchange } from './graph-exchange.ts'

/** What a role demands. */
export const policyExchanges: readonly Exchange[] = [
  exchange('the rules of a directory role', {
    url: `/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '${role}'&$expand=policy($expand=rules)`,
    given: {
      value: [
        {
          id: 'DirectoryRole_1',
          policyId: 'DirectoryRole_p',
          scopeId: '/',
          scopeType: 'DirectoryRole',
          roleDefinitionId: role,
          policy: {
            id: 'DirectoryRole_p',
            displayName: 'DirectoryRole',
            description: 'DirectoryRole',
            isOrganizationDefault: false,
            scopeId: '/',
            scopeType: 'DirectoryRole',
            lastModifiedDateTime: null,
            lastModifiedBy: { displayName: null, id: null },
            rules: policyRules(),
          },
        },
      ],
    },
  }),
]

function policyRules(): readonly unknown[] {
  const target = {
    caller: 'EndUser',
    operations: ['all'],
    level: 'Assignment',
    inheritableSettings: [],
    enforcedSettings: [],
  }
  const rule = (kind: string, id: string, more: object) => ({
    '@odata.type': `#microsoft.graph.unifiedRoleManagementPolicy${kind}Rule`,
    id: `${id}_EndUser_Assignment`,
    target,
    ...more,
  })
  const approvers = [
    { '@odata.type': '#microsoft.graph.singleUser', userId: me, description: 'Alice' },
    { '@odata.type': '#microsoft.graph.groupMembers', groupId: group },
  ]
  const stage = {
    approvalStageTimeOutInDays: 1,
    primaryApprovers: approvers,
    escalationApprovers: [],
    isEscalationEnabled: false,
  }
  const setting = { isApprovalRequired: true, approvalMode: 'SingleStage', approvalStages: [stage] }
  return [
    rule('Expiration', 'Expiration', { isExpirationRequired: true, maximumDuration: 'PT8H' }),
    rule('Enablement', 'Enablement', {
      enabledRules: ['Justification', 'MultiFactorAuthentication'],
    }),
    rule('Approval', 'Approval', { setting }),
    rule('AuthenticationContext', 'AuthenticationContext', { isEnabled: false, claimValue: null }),
  ]
}
