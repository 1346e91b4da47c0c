import { describe, expect, test } from 'vitest'

import {
  berlin,
  directoryRoles,
  tenantAlice,
  tenantEligibilities,
  tenantGroups,
} from '../../sandbox/microsoft/seed/seed.ts'
import { openTenant } from '../sandbox/microsoft/fixture.ts'
import { describeWithSpecs } from './specs.ts'
import { createReferee } from './tenant-calls.ts'

const directory = '/roleManagement/directory'
const groups = '/identityGovernance/privilegedAccess/group'
const own = "filterByCurrentUser(on='principal')"
const { userAdministrator, globalAdministrator, secOpsMember, secOpsOwner } = tenantEligibilities

const common = {
  principalId: tenantAlice.id,
  justification: 'on call',
  scheduleInfo: {
    startDateTime: '2026-03-01T12:00:00Z',
    expiration: { type: 'afterDuration', duration: 'PT1H' },
  },
}
const role = (action: string, { roleId, scope } = userAdministrator) => ({
  ...common,
  action,
  roleDefinitionId: roleId,
  directoryScopeId: scope,
})
const place = (action: string, { roleId, scope } = secOpsMember) => ({
  ...common,
  action,
  accessId: roleId,
  groupId: scope,
})

describeWithSpecs('the embedded Microsoft Graph conforms', (specs) => {
  const { expectConforming } = createReferee(specs)

  test('in lists, page by page', async () => {
    const { tenant, graph } = await openTenant()
    tenant.pageSize = 3
    const first = await graph(
      `${directory}/roleEligibilityScheduleInstances/${own}?$expand=roleDefinition`,
    )
    await graph(first.body['@odata.nextLink'])
    await graph(`${directory}/roleAssignmentScheduleInstances/${own}`)
    await graph(
      `${directory}/roleAssignmentScheduleInstances/${own}?$filter=assignmentType eq 'Activated'`,
    )
    await graph(`${groups}/eligibilityScheduleInstances/${own}`)
    await graph(`${groups}/assignmentScheduleInstances/${own}`)
    expectConforming(tenant, [
      'list-eligible-roles 200',
      'list-eligible-roles 200',
      'list-active-roles 200',
      'list-active-roles 200',
      'list-eligible-groups 200',
      'list-active-groups 200',
    ])
  })

  test('in what roles and groups demand', async () => {
    const { tenant, graph } = await openTenant()
    const rules = '&$expand=policy($expand=rules)'
    const policies = '/policies/roleManagementPolicyAssignments'
    await graph(`${policies}?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'${rules}`)
    await graph(
      `${policies}?$filter=scopeId eq '${tenantGroups.secOps.id}' and scopeType eq 'Group' and roleDefinitionId eq 'owner'${rules}`,
    )
    await graph(`${policies}?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'`)
    expectConforming(tenant, ['policies 200', 'policies 200', 'policies 200'])
  })

  test('in names', async () => {
    const { tenant, graph } = await openTenant()
    const { id } = tenantGroups.secOps
    await graph(`/groups?$filter=id in ('${id}')&$select=id,displayName`)
    await graph(`/groups/${id}`)
    await graph('POST /directoryObjects/getByIds', { body: { ids: [id, tenantAlice.id] } })
    await graph(`/directory/administrativeUnits/${berlin.id}?$select=id,displayName`)
    await graph(`${directory}/roleDefinitions/${directoryRoles.userAdministrator.id}`)
    await graph('/me')
    await graph('/organization?$select=id,displayName,verifiedDomains')
    await graph('POST /me/checkMemberGroups', { body: { groupIds: [id] } })
    await graph('POST /me/getMemberGroups', { body: { securityEnabledOnly: true } })
    expectConforming(tenant, [
      'list-groups 200',
      'group 200',
      'get-by-ids 200',
      'administrative-unit 200',
      'role-definition 200',
      'me 200',
      'organization 200',
      'check-member-groups 200',
      'get-member-groups 200',
    ])
  })

  test('from validating a request for a role to giving it back', async () => {
    const { tenant, graph, advance } = await openTenant()
    const requests = `${directory}/roleAssignmentScheduleRequests`
    const activation = role('selfActivate')
    await graph(`POST ${requests}`, { body: { ...activation, isValidationOnly: true } })
    const { body } = await graph(`POST ${requests}`, { body: activation })
    await graph(`${requests}/${body.id}`)
    await graph(`${requests}/${own}`)
    await graph(`${directory}/roleAssignmentScheduleInstances/${own}?$expand=activatedUsing`)
    advance(600)
    const { justification: _, scheduleInfo: __, ...deactivation } = role('selfDeactivate')
    await graph(`POST ${requests}`, { body: deactivation })
    expectConforming(tenant, [
      'validate-role 201',
      'activate-role 201',
      'read-role-request 200',
      'list-role-requests 200',
      'list-active-roles 200',
      'deactivate-role 201',
    ])
  })

  test('from asking for a place in a group to taking the request back', async () => {
    const { tenant, graph } = await openTenant()
    const requests = `${groups}/assignmentScheduleRequests`
    await graph(`POST ${requests}`, { body: place('selfActivate') })
    await graph(`${groups}/assignmentScheduleInstances/${own}`)
    const ticketInfo = { ticketNumber: '42', ticketSystem: 'OPS' }
    const { body } = await graph(`POST ${requests}`, {
      body: { ...place('selfActivate', secOpsOwner), ticketInfo },
    })
    expect(body.status).toBe('PendingApproval')
    await graph(`${requests}/${body.id}`)
    await graph(`POST ${requests}/${body.id}/cancel`)
    await graph(`${requests}/${own}`)
    expectConforming(tenant, [
      'activate-group 201',
      'list-active-groups 200',
      'activate-group 201',
      'read-group-request 200',
      'cancel-group-request 204',
      'list-group-requests 200',
    ])
  })

  describe('in refusals:', () => {
    test('what is active, not allowed or not there', async () => {
      const { tenant, graph } = await openTenant()
      const roleRequests = `${directory}/roleAssignmentScheduleRequests`
      const groupRequests = `${groups}/assignmentScheduleRequests`
      await graph(`POST ${groupRequests}`, { body: place('selfDeactivate') })
      await graph(`POST ${groupRequests}`, { body: place('selfActivate') })
      await graph(`POST ${groupRequests}`, { body: place('selfActivate') })
      await graph(`POST ${roleRequests}`, { body: role('selfActivate', globalAdministrator) })
      await graph(`POST ${roleRequests}`, { body: { ...role('selfActivate'), justification: '' } })
      await graph(`${roleRequests}/none`)
      await graph('/groups/none')
      expectConforming(tenant, [
        'deactivate-group 404',
        'activate-group 201',
        'activate-group 400',
        'activate-role 400',
        'activate-role 400',
        'read-role-request 404',
        'group 404',
      ])
    })

    test('sign-ins that will not do', async () => {
      const { tenant, graph, signIn } = await openTenant()
      const scope = 'https://graph.microsoft.com/User.Read'
      const { access_token: token = '' } = await signIn({ scope })
      const path = `${directory}/roleEligibilityScheduleInstances/${own}`
      await graph(path, { token })
      await graph(path, { token: 'x' })
      expectConforming(tenant, ['list-eligible-roles 403', 'list-eligible-roles 401'])
    })

    test('requests that are not of the form', async () => {
      const { tenant, graph } = await openTenant()
      await graph(`POST ${directory}/roleAssignmentScheduleRequests`, { body: {} })
      await graph('/policies/roleManagementPolicyAssignments')
      expectConforming(tenant, ['activate-role 400', 'policies 400'], ['activate-role 400'])
    })
  })
})
