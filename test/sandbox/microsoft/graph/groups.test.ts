import { expect, test } from 'vitest'

import {
  tenantAlice,
  tenantBob,
  tenantEligibilities,
  tenantGroups,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../../../sandbox/microsoft/seed/model.ts'
import { fiveMinutes, openTenant } from '../fixture.ts'
import type { Json, Reply, Room } from '../fixture.ts'

const base = '/identityGovernance/privilegedAccess/group'
const own = "filterByCurrentUser(on='principal')"
const { secOpsMember, secOpsOwner, dbAdminsMember } = tenantEligibilities
const { secOps, platformTeam } = tenantGroups

function post(
  { graph }: Room,
  one: Eligibility,
  differences: Record<string, unknown> = {},
): Promise<Reply> {
  return graph(`POST ${base}/assignmentScheduleRequests`, {
    body: {
      action: 'selfActivate',
      principalId: tenantAlice.id,
      accessId: one.roleId,
      groupId: one.scope,
      justification: 'an incident',
      scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } },
      ...differences,
    },
  })
}

const codeOf = ({ status, body }: Reply) => [status, body?.error?.code]

test('lists the places in groups one may take', async () => {
  const { graph } = await openTenant()
  const { body } = await graph(`${base}/eligibilityScheduleInstances/${own}`)
  expect(body.value.map((one: Json) => [one.groupId, one.accessId, one.memberType])).toEqual([
    [secOps.id, 'member', 'direct'],
    [secOps.id, 'owner', 'direct'],
    [dbAdminsMember.scope, 'member', 'direct'],
    [tenantGroups.vaultKeepers.id, 'member', 'direct'],
  ])
})

test('a membership works once it has spread, and ends when it is given back', async () => {
  const room = await openTenant()
  room.tenant.propagationLag = 30
  const { body } = await post(room, secOpsMember)
  expect(body).toMatchObject({ status: 'Provisioned', accessId: 'member', groupId: secOps.id })
  const { body: active } = await room.graph(`${base}/assignmentScheduleInstances/${own}`)
  expect(active.value).toMatchObject([
    {
      assignmentType: 'activated',
      assignmentScheduleId: expect.stringMatching(`^${secOps.id}_member_`),
    },
  ])
  const check = async () => {
    const groupIds = [secOps.id, tenantGroups.dbAdmins.id, platformTeam.id]
    return (await room.graph('POST /me/checkMemberGroups', { body: { groupIds } })).body.value
  }
  expect(await check()).toEqual([platformTeam.id])
  room.advance(fiveMinutes)
  expect(await check()).toEqual([secOps.id, platformTeam.id])
  const all = await room.graph('POST /me/getMemberGroups', { body: { securityEnabledOnly: true } })
  expect(all.body.value).toEqual([platformTeam.id, secOps.id])
  expect((await post(room, secOpsMember, { action: 'selfDeactivate' })).body.status).toBe('Revoked')
  expect(await check()).toEqual([platformTeam.id])
})

test('says otherwise than for roles that it is active, and that it is not', async () => {
  const room = await openTenant()
  const release = { action: 'selfDeactivate' }
  expect(codeOf(await post(room, secOpsMember, release))).toEqual([
    404,
    'RoleAssignmentDoesNotExist',
  ])
  await post(room, secOpsMember)
  const { body } = await post(room, secOpsMember)
  expect(body.error).toMatchObject({
    code: 'RoleAssignmentExists',
    message: expect.stringContaining('Request_BadRequest'),
  })
})

test('an ownership needs bob, and is another thing than a membership', async () => {
  const room = await openTenant()
  await post(room, secOpsMember)
  const { body } = await post(room, secOpsOwner)
  expect(body.status).toBe('PendingApproval')
  const owned = async () =>
    (await room.graph('/me/ownedObjects')).body.value.map(({ id }: Json) => id)
  expect(await owned()).toEqual([])
  room.tenant.decide(body.id, 'approve')
  expect(await owned()).toEqual([secOps.id])
  expect(codeOf(await post(room, { ...dbAdminsMember, roleId: 'owner' }))).toEqual([
    400,
    'RoleAssignmentDoesNotExist',
  ])
})

test('what a group gives is had by those who activated their membership', async () => {
  const byGroup = { ...tenantEligibilities.userAdministrator, principalId: secOps.id }
  const room = await openTenant({ eligibilities: [secOpsMember, byGroup] })
  const roles = async () => {
    const path = `/roleManagement/directory/roleEligibilityScheduleInstances/${own}`
    return (await room.graph(path)).body.value
  }
  expect(await roles()).toEqual([])
  await post(room, secOpsMember)
  expect(await roles()).toMatchObject([{ memberType: 'Group', principalId: secOps.id }])
})

test('names come from the directory', async () => {
  const { graph } = await openTenant()
  const { body } = await graph('POST /directoryObjects/getByIds', {
    body: { ids: [secOps.id, tenantBob.id, 'nobody'], types: ['group', 'user'] },
  })
  expect(body.value).toMatchObject([
    { '@odata.type': '#microsoft.graph.group', displayName: 'sec-ops' },
    { '@odata.type': '#microsoft.graph.user', userPrincipalName: 'bob@sandbox.example' },
  ])
  const groups = await graph(
    `/groups?$filter=id in ('${secOps.id}', 'none')&$select=id,displayName`,
  )
  expect(groups.body.value).toMatchObject([{ id: secOps.id, displayName: 'sec-ops' }])
  const many = Array.from({ length: 16 }, (_, index) => `'${index}'`).join(',')
  expect(codeOf(await graph(`/groups?$filter=id in (${many})`))).toEqual([400, 'BadRequest'])
  expect((await graph('/me')).body.userPrincipalName).toBe('alice@sandbox.example')
  expect(codeOf(await graph('/groups/none'))).toEqual([404, 'Request_ResourceNotFound'])
})

test.each([
  [
    `${base}/eligibilityScheduleInstances/${own}`,
    'PrivilegedEligibilitySchedule.Read.AzureADGroup',
  ],
  [
    `${base}/assignmentScheduleInstances/${own}`,
    'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
  ],
  [
    `/roleManagement/directory/roleEligibilityScheduleInstances/${own}`,
    'RoleEligibilitySchedule.Read.Directory',
  ],
  [
    `/roleManagement/directory/roleAssignmentScheduleInstances/${own}`,
    'RoleAssignmentSchedule.Read.Directory',
  ],
  [
    `/roleManagement/directory/roleAssignmentScheduleRequests/${own}`,
    'RoleAssignmentSchedule.ReadWrite.Directory',
  ],
  [
    "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'",
    'RoleManagementPolicy.Read.Directory',
  ],
  [
    `/policies/roleManagementPolicyAssignments?$filter=scopeId eq '${secOps.id}' and scopeType eq 'Group'`,
    'RoleManagementPolicy.Read.AzureADGroup',
  ],
])('GET %s needs %s', async (path, scope) => {
  const { graph, signIn } = await openTenant()
  const tokenWith = async (name: string) =>
    (await signIn({ scope: `https://graph.microsoft.com/${name}` }))['access_token'] ?? ''
  const { status, body } = await graph(path, { token: await tokenWith('User.Read') })
  expect([status, body.error.code]).toEqual([403, 'UnknownError'])
  expect(JSON.parse(body.error.message)).toMatchObject({
    errorCode: 'PermissionScopeNotGranted',
    message: expect.stringContaining(scope),
  })
  expect((await graph(path, { token: await tokenWith(scope) })).status).toBe(200)
})
