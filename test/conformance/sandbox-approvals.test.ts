import { expect, test } from 'vitest'

import { tenantEligibilities } from '../../sandbox/microsoft/seed/seed.ts'
import {
  aliceApplicationAdministrator,
  everywhere,
  no,
  yes,
} from '../sandbox/microsoft/approval-calls.ts'
import type { Approving } from '../sandbox/microsoft/approval-calls.ts'
import { openTenant } from '../sandbox/microsoft/fixture.ts'
import type { Room } from '../sandbox/microsoft/fixture.ts'
import { describeWithSpecs } from './specs.ts'
import { createReferee } from './tenant-calls.ts'

const authorization = '/providers/Microsoft.Authorization'
const preview = 'api-version=2021-01-01-preview'
const directory = '/roleManagement/directory'
const groups = '/identityGovernance/privilegedAccess/group'
const [[, azure], [, roles], [, places]] = everywhere as [
  [string, Approving],
  [string, Approving],
  [string, Approving],
]

async function open(): Promise<Room> {
  const room = await openTenant()
  room.tenant.add({ eligibilities: [aliceApplicationAdministrator] })
  return room
}

describeWithSpecs('where people approve, the embedded tenant conforms', (specs) => {
  const { expectConforming } = createReferee(specs)

  test.each(['top-level', 'wrapped'] as const)(
    'for Azure resource roles, with decisions that are %s',
    async (form) => {
      const room = await open()
      room.tenant.approvalBody = form
      const bob = room.as('bob')
      const { id } = await azure.ask(room, azure.once)
      await azure.toApprove(bob)
      const approvals = `${authorization}/roleAssignmentApprovals`
      await bob.arm(`${approvals}?${preview}&$filter=asApprover()`)
      await bob.arm(`${approvals}/${id}?${preview}`)
      await azure.stages(bob, id)
      const stage = `${approvals}/${id}/stages/${id}`
      await bob.arm(`${stage}?${preview}`)
      const body = form === 'wrapped' ? { properties: no } : no
      await bob.arm(`PUT ${stage}?${preview}`, { body })
      await bob.arm(`PATCH ${stage}?${preview}`, { body })
      await azure.stages(room, id)
      expectConforming(room.tenant, [
        'activate 201',
        'list-requests-to-approve 200',
        'list-approvals 200',
        'approval 200',
        'approval-stages 200',
        'approval-stage 200',
        'decide 200',
        'decide 409',
        'approval-stages 200',
      ])
    },
  )

  test('for Azure resource roles that two have to approve, and who lists their own', async () => {
    const room = await open()
    const { twice } = azure
    const asked = await azure.ask(room, twice)
    const [{ id: stage }] = await azure.stages(room, asked.id)
    await azure.decide(room.as('carol'), { id: asked.id, stage }, yes)
    await azure.decide(room.as('bob'), { id: asked.id, stage }, yes)
    await azure.stages(room.as('carol'), asked.id)
    const requests = `${authorization}/roleAssignmentScheduleRequests?api-version=2020-10-01`
    await room.arm(`${requests}&$filter=asTarget()`)
    await room.arm(`${requests}&$filter=asRequestor()`)
    await azure.cancel(room, asked)
    const policies = 'roleManagementPolicyAssignments?api-version=2020-10-01'
    await room.arm(`${twice.scope}${authorization}/${policies}`)
    expectConforming(room.tenant, [
      'activate 201',
      'approval-stages 200',
      'decide 403',
      'decide 200',
      'approval-stages 200',
      'list-requests 200',
      'list-requests 403',
      'cancel 200',
      'policies 200',
    ])
  })

  test('for directory roles', async () => {
    const room = await open()
    const [bob, carol] = [room.as('bob'), room.as('carol')]
    const { id } = await roles.ask(room, roles.once)
    await roles.toApprove(bob)
    const list = `${directory}/roleAssignmentScheduleRequests/filterByCurrentUser(on='approver')`
    await bob.graph(`${list}?$expand=principal,roleDefinition($select=id,displayName)`)
    const approvals = `${directory}/roleAssignmentApprovals`
    await bob.beta(`${approvals}/filterByCurrentUser(on='approver')?$expand=steps`)
    await bob.beta(`${approvals}/${id}?$expand=steps`)
    await bob.beta(`${approvals}/${id}/steps/${id}`)
    await roles.decide(carol, { id }, yes)
    await roles.decide(bob, { id }, no)
    await roles.decide(bob, { id }, no)
    await roles.stages(room, id)
    await roles.decide(bob, { id: 'none' }, yes)
    const asked = await roles.ask(room, roles.twice)
    await roles.stages(room, asked.id)
    await roles.cancel(room, asked)
    expectConforming(room.tenant, [
      'activate-role 201',
      'list-role-requests-to-approve 200',
      'list-role-requests-to-approve 200',
      'list-role-approvals 200',
      'approval-role 200',
      'approval-role-stage 200',
      'decide-role 403',
      'decide-role 204',
      'decide-role 409',
      'approval-role-stages 200',
      'decide-role 404',
      'activate-role 201',
      'approval-role-stages 200',
      'cancel-role-request 204',
    ])
  })

  test.each([
    ['graph', 'stages'],
    ['beta', 'steps'],
  ] as const)('for groups, in %s by %s', async (version, segment) => {
    const room = await open()
    const bob = room.as('bob')
    const { id } = await places.ask(room, places.once)
    await places.toApprove(bob)
    const approvals = `${groups}/assignmentApprovals`
    await bob[version](`${approvals}/filterByCurrentUser(on='approver')?$expand=${segment}`)
    await bob[version](`${approvals}/${id}`)
    await bob[version](`${approvals}/${id}/${segment}`)
    await bob[version](`${approvals}/${id}/${segment}/${id}`)
    await bob[version](`PATCH ${approvals}/${id}/${segment}/${id}`, { body: yes })
    await bob[version](`${approvals}/${id}/${segment}`)
    expectConforming(room.tenant, [
      'activate-group 201',
      'list-group-requests-to-approve 200',
      'list-group-approvals 200',
      'approval-group 200',
      'approval-group-stages 200',
      'approval-group-stage 200',
      'decide-group 204',
      'approval-group-stages 200',
    ])
  })

  test('in decisions that nobody could take for one, and in a batch', async () => {
    const room = await open()
    const bob = room.as('bob')
    const { id } = await azure.ask(room, azure.once)
    await azure.decide(bob, { id }, { justification: 'what?' })
    const url = `${authorization}/roleAssignmentApprovals/${id}/stages/${id}?${preview}`
    const content = { properties: yes }
    const requests = [{ httpMethod: 'PUT', name: id, url, content }]
    const { body } = await bob.arm('POST /batch?api-version=2020-06-01', { body: { requests } })
    expect(body.responses).toMatchObject([{ name: id, httpStatusCode: 204 }])
    const role = await roles.ask(room, roles.once)
    await roles.decide(bob, role, { ...yes, reviewResult: 'approved' })
    expectConforming(
      room.tenant,
      ['activate 201', 'decide 400', 'batch 200', 'activate-role 201', 'decide-role 400'],
      ['decide 400', 'decide-role 400'],
    )
  })

  test('in what a role demands that more than one has to approve', async () => {
    const room = await open()
    const { roleId } = tenantEligibilities.conditionalAccessAdministrator
    const filter = `$filter=scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '${roleId}'`
    const path = `/policies/roleManagementPolicyAssignments?${filter}&$expand=policy($expand=rules)`
    const { body } = await room.graph(path)
    const rule = body.value[0].policy.rules.find(
      ({ id }: { id: string }) => id === 'Approval_EndUser_Assignment',
    )
    expect(rule.setting.approvalStages).toHaveLength(2)
    expectConforming(room.tenant, ['policies 200'])
  })
})
