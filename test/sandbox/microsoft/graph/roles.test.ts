import { expect, test } from 'vitest'

import {
  berlin,
  directoryRoles,
  tenantAlice,
  tenantBob,
  tenantEligibilities,
  tenantSeed,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../../../sandbox/microsoft/seed/model.ts'
import { claimsOf, fiveMinutes, graphScope, openTenant, stepUp, withMfa } from '../fixture.ts'
import type { Json, Reply, Room } from '../fixture.ts'

const base = '/roleManagement/directory'
const own = "filterByCurrentUser(on='principal')"
const listActive = `${base}/roleAssignmentScheduleInstances/${own}`
const { userAdministrator, helpdeskBerlin, securityReader } = tenantEligibilities
const { globalAdministrator, privilegedRoleAdministrator } = tenantEligibilities

function post(
  { graph }: Room,
  one: Eligibility,
  differences: Record<string, unknown> = {},
  token?: string,
): Promise<Reply> {
  return graph(`POST ${base}/roleAssignmentScheduleRequests`, {
    ...(token !== undefined && { token }),
    body: {
      action: 'selfActivate',
      principalId: tenantAlice.id,
      roleDefinitionId: one.roleId,
      directoryScopeId: one.scope,
      justification: 'reset a password',
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
      ...differences,
    },
  })
}

const codeOf = ({ status, body }: Reply) => [status, body?.error?.code]

test('lists what one may activate, with the role where it is asked for', async () => {
  const { graph } = await openTenant()
  const path = `${base}/roleEligibilityScheduleInstances/${own}`
  const { body } = await graph(`${path}?$expand=roleDefinition`)
  expect(
    body.value.map((one: Json) => [one.roleDefinition.displayName, one.directoryScopeId]),
  ).toEqual([
    ['User Administrator', '/'],
    ['Helpdesk Administrator', `/administrativeUnits/${berlin.id}`],
    ['Security Reader', '/'],
    ['Global Administrator', '/'],
    ['Privileged Role Administrator', '/'],
    ['Conditional Access Administrator', '/'],
  ])
  expect((await graph(path)).body.value[0]).not.toHaveProperty('roleDefinition')
  expect((await graph(`/directory/administrativeUnits/${berlin.id}`)).body.displayName).toBe(
    'Berlin',
  )
})

test('a page leads to the next on the same host', async () => {
  const { graph, tenant } = await openTenant()
  tenant.pageSize = 4
  const { body } = await graph(
    `${base}/roleEligibilityScheduleInstances/${own}?$expand=roleDefinition`,
  )
  expect(body['@odata.nextLink']).toContain(`${tenant.endpoints.graph}/v1.0/`)
  const { body: second } = await graph(body['@odata.nextLink'])
  expect(second.value).toMatchObject([
    { roleDefinition: { displayName: 'Privileged Role Administrator' } },
    { roleDefinition: { displayName: 'Conditional Access Administrator' } },
  ])
  expect(second).not.toHaveProperty('@odata.nextLink')
})

test('activates, lists, and gives back after five minutes', async () => {
  const room = await openTenant()
  const { status, body } = await post(room, userAdministrator)
  expect([status, body]).toMatchObject([
    201,
    {
      status: 'Provisioned',
      action: 'selfActivate',
      directoryScopeId: '/',
      createdBy: { user: { id: tenantAlice.id } },
      scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } },
    },
  ])
  expect((await room.graph(`${base}/roleAssignmentScheduleRequests/${body.id}`)).body).toEqual(body)
  const activated = await room.graph(`${listActive}?$filter=assignmentType eq 'Activated'`)
  expect(activated.body.value).toMatchObject([
    { roleDefinitionId: userAdministrator.roleId, endDateTime: '2026-03-01T13:00:00.000Z' },
  ])
  expect((await room.graph(listActive)).body.value).toHaveLength(2)
  expect(codeOf(await post(room, userAdministrator))).toEqual([400, 'RoleAssignmentExists'])
  const release = { action: 'selfDeactivate', scheduleInfo: undefined }
  room.advance(fiveMinutes - 1)
  expect(codeOf(await post(room, userAdministrator, release))).toEqual([
    400,
    'ActiveDurationTooShort',
  ])
  room.advance(1)
  expect((await post(room, userAdministrator, release)).body).toMatchObject({
    status: 'Revoked',
    action: 'selfDeactivate',
  })
  expect((await room.graph(listActive)).body.value).toHaveLength(1)
})

test('a role is in tokens once it works, and only where it is for the whole tenant', async () => {
  const room = await openTenant()
  room.tenant.propagationLag = 60
  await post(room, userAdministrator)
  await post(room, helpdeskBerlin)
  const roles = async () => claimsOf((await room.signIn())['access_token'])['wids']
  const always = [directoryRoles.directoryReaders.id, 'b79fbf4d-3ef9-4689-8143-76b194e85509']
  expect(await roles()).toEqual(always)
  room.advance(60)
  expect(await roles()).toEqual([always[0], userAdministrator.roleId, always[1]])
})

test('says which rules failed as a list, unless told otherwise', async () => {
  const room = await openTenant()
  const failing = () => post(room, securityReader, { justification: '' })
  expect((await failing()).body.error).toMatchObject({
    code: 'RoleAssignmentRequestPolicyValidationFailed',
    message: 'The following policy rules failed: ["MfaRule","JustificationRule"]',
    innerError: { date: '2026-03-01T12:00:00' },
  })
  room.tenant.policyFailures = 'text'
  expect((await failing()).body.error.message).toContain('MfaRule - Multi-factor')
})

test('steps up for MFA and for an authentication context, and then waits for approval', async () => {
  const room = await openTenant()
  const token = async (claims: string) =>
    (await room.signIn({ scope: graphScope, claims }))['access_token'] ?? ''
  expect((await post(room, securityReader, {}, await token(withMfa))).status).toBe(201)
  const acrs = [400, 'RoleAssignmentRequestAcrsValidationFailed']
  expect(codeOf(await post(room, privilegedRoleAdministrator, {}, await token(withMfa)))).toEqual(
    acrs,
  )
  const stepped = await token(stepUp)
  const { body } = await post(room, globalAdministrator, {}, stepped)
  expect(body).toMatchObject({
    status: 'PendingApproval',
    approvalId: body.id,
    completedDateTime: null,
  })
  room.tenant.decide(body.id, 'deny', 'ask on Monday')
  const steps = `${base}/roleAssignmentApprovals/${body.id}/steps`
  expect((await room.beta(steps)).body.value).toMatchObject([
    { reviewResult: 'Deny', justification: 'ask on Monday', reviewedBy: { id: tenantBob.id } },
  ])
})

test('can be tried first, which changes nothing', async () => {
  const room = await openTenant()
  const { body, status } = await post(room, userAdministrator, { isValidationOnly: true })
  expect([status, body.status, body.isValidationOnly]).toEqual([201, 'Granted', true])
  expect(codeOf(await post(room, securityReader, { isValidationOnly: true }))).toEqual([
    400,
    'RoleAssignmentRequestPolicyValidationFailed',
  ])
  expect(room.tenant.requests).toEqual([])
  expect(
    room.tenant.calls
      .filter(({ surface }) => surface === 'graph')
      .map(({ operation }) => operation),
  ).toEqual(['validate-role', 'validate-role'])
})

test('a start to come is granted, and can be taken back', async () => {
  const room = await openTenant()
  const startDateTime = '2026-03-01T12:10:00Z'
  const { body } = await post(room, userAdministrator, {
    scheduleInfo: { startDateTime, expiration: { type: 'afterDuration', duration: 'PT1H' } },
  })
  expect(body.status).toBe('Granted')
  expect(codeOf(await post(room, userAdministrator))).toEqual([400, 'RoleAssignmentExists'])
  const path = `${base}/roleAssignmentScheduleRequests/${body.id}`
  expect(await room.graph(`POST ${path}/cancel`)).toMatchObject({ status: 204, body: undefined })
  expect((await room.graph(path)).body.status).toBe('Canceled')
  expect(codeOf(await room.graph(`POST ${path}/cancel`))).toEqual([
    400,
    'RoleAssignmentRequestCannotBeCanceled',
  ])
})

test.each([
  [
    'a role of Azure',
    { roleDefinitionId: 'b24988ac-6180-42a0-ab88-20f7382dd24c' },
    [400, 'RoleNotFound'],
  ],
  [
    'another scope',
    { directoryScopeId: '/administrativeUnits/none' },
    [400, 'RoleAssignmentDoesNotExist'],
  ],
  ['somebody else', { principalId: tenantBob.id }, [403, 'InsufficientPermissions']],
  ['an administrator’s action', { action: 'adminAssign' }, [403, 'Authorization_RequestDenied']],
  ['half a request', { directoryScopeId: undefined }, [400, 'BadRequest']],
])('refuses %s', async (_, differences, expected) => {
  expect(codeOf(await post(await openTenant(), userAdministrator, differences))).toEqual(expected)
})

test('tells what a role demands, by rules with types', async () => {
  const { graph } = await openTenant()
  const filter = `scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '${globalAdministrator.roleId}'`
  const path = `/policies/roleManagementPolicyAssignments?$filter=${filter}`
  expect((await graph(path)).body.value[0]).not.toHaveProperty('policy')
  const { body } = await graph(`${path}&$expand=policy($expand=rules)`)
  const [{ policy }] = body.value
  const rule = (id: string) => policy.rules.find((one: Json) => one.id === id)
  expect(policy.rules).toHaveLength(17)
  expect(rule('AuthenticationContext_EndUser_Assignment')).toMatchObject({
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule',
    isEnabled: true,
    claimValue: 'c1',
  })
  const [stage] = rule('Approval_EndUser_Assignment').setting.approvalStages
  expect(stage.primaryApprovers).toEqual([
    { '@odata.type': '#microsoft.graph.singleUser', userId: tenantBob.id },
  ])
  const all = await graph(
    "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'Directory'",
  )
  expect(all.body.value).toHaveLength(tenantSeed.directoryRoles.length)
  expect(codeOf(await graph('/policies/roleManagementPolicyAssignments'))).toEqual([
    400,
    'BadRequest',
  ])
})
