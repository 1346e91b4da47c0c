import { describe, expect, test } from 'vitest'
import { groupCalls } from '../../../../../src/providers/microsoft/entra/groups/group-operations.ts'
import { roleCalls } from '../../../../../src/providers/microsoft/entra/roles/role-operations.ts'
import {
  at,
  graph,
  groupRow,
  groupTarget,
  list,
  never,
  refusal,
  request,
  roleRow,
  roleTarget,
  userAdministrator,
  roleElevation,
  minutesBefore,
  type Answers,
} from '../graph.ts'

describe('what is active now', () => {
  test('is what is listed for this role and scope', async () => {
    const { asker } = graph({
      [at.roles.active]: list(
        roleRow({ directoryScopeId: '/administrativeUnits/berlin-1' }),
        roleRow({ roleDefinitionId: userAdministrator.toUpperCase() }),
      ),
    })
    expect(await roleCalls.current(roleTarget, asker, never)).toMatchObject({
      path: 'user-administrator',
      expiresAt: new Date('2026-03-01T13:00:00Z'),
      facts: { principalId: 'alice-1', directoryScopeId: '/' },
    })
  })

  test.each([
    ['another access', groupRow()],
    ['what was assigned', groupRow({ accessId: 'owner', assignmentType: 'assigned' })],
    ['what cannot be read', 'junk'],
  ])('is not %s', async (_, row) => {
    const { asker } = graph({ [at.groups.active]: list(row) })
    expect(await groupCalls.current(groupTarget, asker, never)).toBeUndefined()
  })
})

describe('an elevation is', () => {
  const seen = (status: string, rows: readonly object[]): Answers => ({
    [at.roles.active]: list(...rows),
    [at.roles.own]: list(),
    [at.roles.request]: () => request({ status }),
  })
  test.each([
    ['active, once it is listed', 'Provisioned', [roleRow()], 'active'],
    ['active, when the list knows it first', 'PendingProvisioning', [roleRow()], 'active'],
    ['on its way, while it is not listed', 'Provisioned', [], 'provisioning'],
    [
      'waiting for an approver, whatever the lists say',
      'PendingApproval',
      [roleRow()],
      'pending-approval',
    ],
    ['denied', 'Denied', [], 'denied'],
    ['released', 'Revoked', [], 'released'],
    [
      'active while its list says so, though it is being released',
      'Revoked',
      [roleRow()],
      'active',
    ],
  ])('%s', async (_, status, rows, state) => {
    const { asker } = graph(seen(status, rows))
    expect(await roleCalls.progress(roleElevation(), asker, never)).toMatchObject({ state, status })
  })

  test('denied, with the reason that the approver gave', async () => {
    const { asker } = graph({
      [at.roles.request]: () => request({ status: 'Denied', approvalId: 'approval-1' }),
      'GET /beta/roleManagement/directory/roleAssignmentApprovals/approval-1/steps': list({
        reviewResult: 'Deny',
        justification: 'too broad',
      }),
    })
    expect(
      await roleCalls.progress(roleElevation({ state: 'pending-approval' }), asker, never),
    ).toMatchObject({
      state: 'denied',
      reason: 'too broad',
    })
  })

  test('denied without a reason, where that may not be read', async () => {
    const { asker } = graph({
      [at.roles.request]: () => request({ status: 'Denied', approvalId: 'approval-1' }),
      'GET /beta/': refusal(403, 'Authorization_RequestDenied'),
    })
    expect(
      await roleCalls.progress(roleElevation({ state: 'pending-approval' }), asker, never),
    ).not.toHaveProperty('reason')
  })

  test.each([
    [
      'as it was, where its request is not known',
      roleElevation({ state: 'pending-approval' }),
      'pending-approval',
    ],
    ['not active on the word of this machine alone', roleElevation(), 'provisioning'],
    ['over, when its time is', roleElevation({ expiresAt: minutesBefore(1) }), 'expired'],
  ])('%s', async (_, known, state) => {
    const { asker } = graph({
      [at.roles.active]: list(),
      [at.roles.own]: list(),
      [at.roles.request]: refusal(404, 'ResourceNotFound'),
    })
    expect(await roleCalls.progress(known, asker, never)).toMatchObject({ state })
  })

  test('found without a request, where it was activated elsewhere', async () => {
    const { providerRequestId: _, ...adopted } = roleElevation()
    const { asker, sent } = graph({ [at.roles.active]: list(roleRow()) })
    expect(await roleCalls.progress(adopted, asker, never)).toMatchObject({ state: 'active' })
    expect(sent).toHaveLength(1)
  })

  test('an error where its request has a status that nobody knows', async () => {
    const { asker } = graph(seen('BrandNew', []))
    await expect(roleCalls.progress(roleElevation(), asker, never)).rejects.toMatchObject({
      kind: 'pending',
      message: expect.stringContaining('BrandNew'),
    })
  })
})
