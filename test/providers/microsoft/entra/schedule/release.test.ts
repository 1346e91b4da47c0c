import { describe, expect, test } from 'vitest'
import { groupCalls } from '../../../../../src/providers/microsoft/entra/groups/group-operations.ts'
import { roleCalls } from '../../../../../src/providers/microsoft/entra/roles/role-operations.ts'
import { later } from '../../../../core/sample-elevations.ts'
import {
  at,
  graph,
  list,
  never,
  refusal,
  request,
  roleRow,
  userAdministrator,
  roleElevation,
  groupElevation,
  minutesBefore,
} from '../graph.ts'

describe('giving back', () => {
  const old = roleElevation({ startsAt: minutesBefore(10) })

  test('asks for just that', async () => {
    const { asker, sent } = graph({
      [at.roles.ask]: () => request({ action: 'selfDeactivate', status: 'Revoked' }),
    })
    expect(await roleCalls.release(old, asker, never)).toEqual({ state: 'released' })
    expect(sent.map(({ body }) => body)).toEqual([
      {
        action: 'selfDeactivate',
        principalId: 'alice-1',
        roleDefinitionId: userAdministrator,
        directoryScopeId: '/',
      },
    ])
  })

  test('is done where a request of ours ended it, and no list shows it', async () => {
    const long = { ...groupElevation('owner'), startsAt: minutesBefore(10) }
    const place = { groupId: 'GROUP-1', accessId: 'owner' }
    const end = request({ ...place, action: 'selfDeactivate', status: 'Revoked' })
    const release = async (...own: readonly object[]) =>
      groupCalls.release(
        long,
        graph({
          [at.groups.ask]: refusal(404, 'RoleAssignmentDoesNotExist'),
          [at.groups.active]: list(),
          [at.groups.own]: list(...own),
          [at.groups.request]: () => request(place),
        }).asker,
        never,
      )
    expect(await release(request(place), end)).toEqual({ state: 'released' })
    await expect(release(request(place))).rejects.toMatchObject({ code: 'release-unconfirmed' })
  })

  test.each([
    ['RoleAssignmentDoesNotExist', roleElevation()],
    ['ActiveDurationTooShort', roleElevation()],
    ['RoleAssignmentDoesNotExist', roleElevation({ startsAt: minutesBefore(60) })],
  ])('comes too early within five minutes: %s', async (code, young) => {
    const { asker } = graph({
      [at.roles.ask]: refusal(400, code),
      [at.roles.own]: list(),
      [at.roles.active]: list(roleRow()),
    })
    const answer = await roleCalls.release(young, asker, never)
    expect(answer).toMatchObject({ state: 'not-yet', possibleAt: later({ seconds: 305 }) })
  })

  test.each(['pending-approval', 'scheduled'] as const)('withdraws what is %s', async (state) => {
    const { asker, sent } = graph({ [`${at.roles.ask}/request-1/cancel`]: () => undefined })
    expect(await roleCalls.release(roleElevation({ state }), asker, never)).toEqual({
      state: 'released',
    })
    expect(sent).toHaveLength(1)
  })

  test.each([
    ['is given back where it was approved meanwhile', 'Provisioned', 'selfDeactivate'],
    ['is done where it was denied meanwhile', 'Denied', undefined],
  ])('what waits for an approver %s', async (_, status, action) => {
    const { asker, sent } = graph({
      [`${at.roles.ask}/request-1/cancel`]: refusal(400, 'RequestCannotBeCancelled'),
      [at.roles.request]: () => request({ status }),
      [at.roles.ask]: () => request({ action: 'selfDeactivate', status: 'Revoked' }),
    })
    const waiting = roleElevation({ state: 'pending-approval' })
    expect(await roleCalls.release(waiting, asker, never)).toEqual({ state: 'released' })
    expect(sent[2]?.body).toEqual(action && expect.objectContaining({ action }))
  })

  test('is not said to be done where the request waits still', async () => {
    const { asker } = graph({
      [`${at.roles.ask}/request-1/cancel`]: refusal(403, 'Authorization_RequestDenied'),
      [at.roles.request]: () => request({ status: 'PendingApproval' }),
    })
    const waiting = roleElevation({ state: 'pending-approval' })
    await expect(roleCalls.release(waiting, asker, never)).rejects.toThrow('RequestDenied')
  })

  test('throws what Microsoft refuses, and what it fails at', async () => {
    const { asker } = graph({ [at.roles.ask]: refusal(403, 'Authorization_RequestDenied') })
    await expect(roleCalls.release(old, asker, never)).rejects.toThrow('RequestDenied')
    const failing = graph({
      [at.roles.ask]: () => request({ action: 'selfDeactivate', status: 'Failed' }),
    })
    await expect(roleCalls.release(old, failing.asker, never)).rejects.toMatchObject({
      kind: 'unavailable',
    })
  })
})
