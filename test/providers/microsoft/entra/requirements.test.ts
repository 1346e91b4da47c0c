import { describe, expect, test } from 'vitest'
import { hours } from '../../../../src/core/time/duration.ts'
import {
  groupRequirements,
  roleRequirements,
} from '../../../../src/providers/microsoft/entra/requirements.ts'
import { graph, list, never, refusal, unreachable, userAdministrator } from './graph.ts'

const policies = 'GET /v1.0/policies/roleManagementPolicyAssignments?$filter='
const role = { roleDefinitionId: userAdministrator, directoryScopeId: '/administrativeUnits/b' }
const owner = { groupId: 'group-1', accessId: 'owner' }
const unknown = {
  maxDuration: 'unknown',
  justification: 'unknown',
  ticket: 'unknown',
  mfa: 'unknown',
  approval: 'unknown',
  mfaDevices: [],
}

const rules = [
  {
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyExpirationRule',
    id: 'Expiration_EndUser_Assignment',
    isExpirationRequired: true,
    maximumDuration: 'PT8H',
  },
  {
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyEnablementRule',
    id: 'Enablement_EndUser_Assignment',
    enabledRules: ['Justification', 'MultiFactorAuthentication'],
  },
  {
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyApprovalRule',
    id: 'Approval_EndUser_Assignment',
    setting: {
      isApprovalRequired: true,
      approvalStages: [
        { primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: 'bob' }] },
      ],
    },
  },
  {
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule',
    id: 'AuthenticationContext_EndUser_Assignment',
    isEnabled: true,
    claimValue: 'c1',
  },
]

const demands = {
  maxDuration: hours(8),
  justification: true,
  ticket: false,
  mfa: true,
  approval: true,
  authenticationContext: 'c1',
}

describe('what a directory role demands', () => {
  test('is in the one policy of the role, whatever the scope', async () => {
    const policy = { roleDefinitionId: userAdministrator, policy: { rules } }
    const { client, sent } = graph({ [policies]: list(policy) })
    expect(await roleRequirements(role, client, never)).toMatchObject(demands)
    expect(sent.map(({ path }) => decodeURIComponent(path))).toEqual([
      `/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '${userAdministrator}'&$expand=policy($expand=rules)`,
    ])
  })

  test('is asked for in the other spelling where the first is refused', async () => {
    const { client, sent } = graph({
      [`${policies}scopeId%20eq%20'%2F'%20and%20scopeType%20eq%20'DirectoryRole'`]: refusal(
        400,
        'BadRequest',
      ),
      [`${policies}scopeId%20eq%20'%2F'%20and%20scopeType%20eq%20'Directory'`]: list({
        policy: { rules },
      }),
    })
    expect(await roleRequirements(role, client, never)).toMatchObject(demands)
    expect(sent).toHaveLength(2)
  })

  test('is not taken from the policy of another role', async () => {
    const { client } = graph({
      [policies]: list({ roleDefinitionId: 'role-2', policy: { rules } }),
    })
    expect(await roleRequirements(role, client, never)).toMatchObject(unknown)
  })
})

test('what becoming an owner demands is in the policy of the group for owners', async () => {
  const { client, sent } = graph({
    [policies]: list({ roleDefinitionId: 'owner', policy: { rules } }),
  })
  expect(await groupRequirements(owner, client, never)).toMatchObject(demands)
  expect(sent.map(({ path }) => decodeURIComponent(path))).toEqual([
    "/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq 'group-1' and scopeType eq 'Group' and roleDefinitionId eq 'owner'&$expand=policy($expand=rules)",
  ])
})

describe('what is demanded is unknown', () => {
  test.each([
    ['where the policy may not be read', refusal(403, 'PermissionScopeNotGranted')],
    ['where there is no such thing', refusal(404, 'ResourceNotFound')],
    ['where no spelling is understood', refusal(400, 'BadRequest')],
    ['where there is no policy', list()],
    ['where a policy comes without its rules', list({ roleDefinitionId: null, policy: null })],
    ['where what comes is none', list('junk', 7, null)],
  ])('%s', async (_, answer) => {
    const { client } = graph({ [policies]: answer })
    expect(await roleRequirements(role, client, never)).toMatchObject(unknown)
    expect(await groupRequirements(owner, client, never)).toMatchObject(unknown)
  })
})

test('a policy that cannot be reached is an error', async () => {
  const { client } = graph({ [policies]: unreachable })
  await expect(roleRequirements(role, client, never)).rejects.toMatchObject({ kind: 'unavailable' })
  await expect(groupRequirements(owner, client, never)).rejects.toMatchObject({
    kind: 'unavailable',
  })
})
