import { describe, expect, test } from 'vitest'

import { hours } from '../../../../src/core/time/duration.ts'
import {
  directoryRoles,
  tenantAlice,
  tenantApp,
  tenantBob,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { aliceApplicationAdministrator, everywhere, yes } from '../approval-calls.ts'
import type { Approving } from '../approval-calls.ts'
import { askToken, graphScope, openTenant } from '../fixture.ts'
import type { Room } from '../fixture.ts'

const directory = '/roleManagement/directory'
const groups = '/identityGovernance/privilegedAccess/group'
const [, [, roles], [, places]] = everywhere as [unknown, [string, Approving], [string, Approving]]

async function waiting(surface: Approving): Promise<Room & { readonly id: string }> {
  const room = await openTenant()
  room.tenant.add({ eligibilities: [aliceApplicationAdministrator] })
  const { id } = await surface.ask(room, surface.once)
  return { ...room, id }
}

describe('approvals are in one version or both, by a name for their stages', () => {
  test.each([
    [roles, 'beta', `${directory}/roleAssignmentApprovals`, 'steps', 200],
    [roles, 'beta', `${directory}/roleAssignmentApprovals`, 'stages', 404],
    [roles, 'graph', `${directory}/roleAssignmentApprovals`, 'steps', 404],
    [roles, 'graph', `${directory}/roleAssignmentApprovals`, 'stages', 404],
    [places, 'graph', `${groups}/assignmentApprovals`, 'stages', 200],
    [places, 'graph', `${groups}/assignmentApprovals`, 'steps', 404],
    [places, 'beta', `${groups}/assignmentApprovals`, 'steps', 200],
    [places, 'beta', `${groups}/assignmentApprovals`, 'stages', 404],
  ] as const)('%# in %s', async (surface, version, path, segment, expected) => {
    const { as, id } = await waiting(surface)
    const bob = as('bob')
    const stage = `${path}/${id}/${segment}/${id}`
    expect((await bob[version](`${path}/${id}/${segment}`)).status).toBe(expected)
    expect((await bob[version](stage)).status).toBe(expected)
    const decided = await bob[version](`PATCH ${stage}`, { body: yes })
    expect([decided.status, decided.body === undefined]).toEqual(
      expected === 200 ? [204, true] : [404, false],
    )
  })
})

test.each([
  [roles, 'beta', `${directory}/roleAssignmentApprovals`, 'steps'],
  [places, 'graph', `${groups}/assignmentApprovals`, 'stages'],
] as const)(
  'approvals are listed, with their stages where these are asked for: %#',
  async (surface, version, path, segment) => {
    const { id, ...room } = await waiting(surface)
    const list = (name: string, on: string, expand = '') =>
      room.as(name)[version](`${path}/filterByCurrentUser(on='${on}')${expand}`)
    expect((await list('bob', 'approver')).body.value).toEqual([{ id }])
    expect((await list('alice', 'target')).body.value).toEqual([{ id }])
    expect((await list('alice', 'approver')).body.value).toEqual([])
    const { body } = await list('bob', 'approver', `?$expand=${segment}`)
    expect(body.value).toMatchObject([{ id, [segment]: [{ id, assignedToMe: true }] }])
    expect((await room.as('bob')[version](`${path}/${id}`)).body).toEqual({ id })
    expect((await room.as('carol')[version](`${path}/${id}`)).status).toBe(403)
  },
)

describe('requests for an approver', () => {
  const requests = `${directory}/roleAssignmentScheduleRequests`
  const list = (on: string, query = '') => `${requests}/filterByCurrentUser(on='${on}')${query}`
  const pending = "?$filter=status eq 'PendingApproval'"

  test('stay in the list once they are decided, unless the filter says otherwise', async () => {
    const { id, as, tenant } = await waiting(roles)
    const bob = as('bob')
    expect((await bob.graph(list('approver', pending))).body.value).toMatchObject([{ id }])
    tenant.decide(id, 'approve')
    expect((await bob.graph(list('approver', pending))).body.value).toEqual([])
    expect((await bob.graph(list('approver'))).body.value).toMatchObject([{ id }])
    expect(tenant.calls.at(-1)?.operation).toBe('list-role-requests-to-approve')
    for (const on of ['principal', 'createdBy']) {
      expect((await bob.graph(list(on))).body.value).toEqual([])
      expect((await as('alice').graph(list(on))).body.value).toMatchObject([{ id }])
    }
    expect((await bob.graph(list('approver', '?$filter=id ne 1'))).status).toBe(400)
  })

  test('come with the person and the role where these are asked for', async () => {
    const { id, as } = await waiting(roles)
    const expand = '$expand=principal,roleDefinition($select=id,displayName)'
    const { graph } = as('bob')
    const { body } = await graph(list('approver', `${pending}&${expand}`))
    expect(body.value).toMatchObject([
      {
        principal: {
          '@odata.type': '#microsoft.graph.user',
          id: tenantAlice.id,
          displayName: 'Alice Example',
        },
        roleDefinition: { displayName: directoryRoles.applicationAdministrator.displayName },
      },
    ])
    expect((await graph(`${requests}/${id}?${expand}`)).body).toEqual(body.value[0])
    expect((await graph(`${requests}/${id}`)).body).not.toHaveProperty('principal')
  })
})

describe('the scopes for it', () => {
  test.each([
    [roles, 'beta', 'RoleAssignmentSchedule.Read.Directory', [403, 403]],
    [roles, 'beta', 'RoleAssignmentSchedule.ReadWrite.Directory', [200, 204]],
    [places, 'graph', 'PrivilegedAssignmentSchedule.Read.AzureADGroup', [200, 403]],
    [places, 'graph', 'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup', [200, 204]],
    [places, 'graph', 'RoleAssignmentSchedule.ReadWrite.Directory', [403, 403]],
  ] as const)('%#: %s %s reads and decides: %j', async (surface, version, scope, expected) => {
    const room = await waiting(surface)
    const wish = { scope: `https://graph.microsoft.com/${scope}`, hint: 'bob@sandbox.example' }
    const token = (await room.signIn(wish))['access_token'] ?? ''
    const [approvals, segment] =
      surface === roles
        ? [`${directory}/roleAssignmentApprovals`, 'steps']
        : [`${groups}/assignmentApprovals`, 'stages']
    const path = `${approvals}/${room.id}/${segment}`
    const read = await room[version](path, { token })
    const decided = await room[version](`PATCH ${path}/${room.id}`, { token, body: yes })
    expect([read.status, decided.status]).toEqual(expected)
  })

  test('an application has none of what people have to decide', async () => {
    const { id, beta, tenant } = await waiting(roles)
    const { access_token: token = '' } = await askToken(tenant.endpoints.authority, {
      grant_type: 'client_credentials',
      client_id: tenantApp.clientId,
      client_secret: tenantApp.clientSecret,
      scope: graphScope,
    })
    const path = `${directory}/roleAssignmentApprovals/${id}/steps/${id}`
    expect((await beta(`PATCH ${path}`, { token, body: yes })).status).toBe(403)
  })
})

test('a request that nobody decides is over when it lapses, not when it was made', async () => {
  const room = await openTenant()
  room.tenant.tokenLifetime = hours(48)
  const { id } = await places.ask(room, places.once)
  room.advance(hours(30).seconds)
  expect((await room.graph(`${groups}/assignmentScheduleRequests/${id}`)).body).toMatchObject({
    status: 'TimedOut',
    completedDateTime: '2026-03-02T12:00:00.000Z',
  })
})

test('a reviewer is named', async () => {
  const { id, as } = await waiting(roles)
  await roles.decide(as('bob'), { id }, yes)
  expect((await roles.stages(as('alice'), id))[0].reviewedBy).toEqual({
    id: tenantBob.id,
    displayName: 'Bob Example',
    userPrincipalName: 'bob@sandbox.example',
  })
})
