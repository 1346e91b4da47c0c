import { describe, expect, test } from 'vitest'
import { groupCalls } from '../../../../../src/providers/microsoft/entra/groups/group-operations.ts'
import { roleCalls } from '../../../../../src/providers/microsoft/entra/roles/role-operations.ts'
import {
  at,
  graph,
  groupRow,
  list,
  never,
  refusal,
  roleRow,
  userAdministrator,
  roleElevation,
  groupElevation,
} from '../graph.ts'

describe('a role works', () => {
  test.each([
    [[userAdministrator.toUpperCase()], true],
    [['another'], false],
    [[], false],
  ])('once a new token names it: %j', async (freshRoles, works) => {
    const { asker, sent } = graph({}, { freshRoles })
    expect(await roleCalls.isEffective(roleElevation(), asker, never)).toBe(works)
    expect(sent).toEqual([])
  })

  test.each([
    [[roleRow()], true],
    [[], false],
  ])('once it is listed, where the token names no roles at all', async (rows, works) => {
    const { asker } = graph({ [at.roles.active]: list(...rows) }, { freshRoles: undefined })
    expect(await roleCalls.isEffective(roleElevation(), asker, never)).toBe(works)
  })

  test.each([
    [[roleRow()], true],
    [[], false],
  ])('once it is listed, where no token would name it', async (rows, works) => {
    const facts = { roleDefinitionId: userAdministrator, directoryScopeId: '/' }
    const { asker } = graph({ [at.roles.active]: list(...rows) })
    expect(await roleCalls.isEffective(roleElevation({ facts }), asker, never)).toBe(works)
  })
})

describe('a place in a group works', () => {
  const memberships = 'POST /v1.0/me/checkMemberGroups'
  const owned = 'GET /v1.0/me/ownedObjects'

  test.each([
    [['GROUP-1'], true],
    [[], false],
  ])('once the directory has the member: %j', async (ids, works) => {
    const { asker, sent } = graph({ [memberships]: list(...ids) })
    expect(await groupCalls.isEffective(groupElevation('member'), asker, never)).toBe(works)
    expect(sent.map(({ body }) => body)).toEqual([{ groupIds: ['group-1'] }])
  })

  test.each([
    [[{ id: 'app-1' }, { id: 'GROUP-1' }], true],
    [[{ id: 'app-1' }, 'junk'], false],
  ])('once the directory has the owner: %j', async (objects, works) => {
    const { asker } = graph({ [owned]: list(...objects) })
    expect(await groupCalls.isEffective(groupElevation('owner'), asker, never)).toBe(works)
  })

  test.each(['member', 'owner', 'steward'])(
    'once it is listed, where one may not ask, as a %s',
    async (accessId) => {
      const denied = refusal(403, 'Authorization_RequestDenied')
      const rows = [groupRow({ accessId })]
      const { asker } = graph({
        'GET /v1.0/me': denied,
        'POST /v1.0/me': denied,
        [at.groups.active]: list(...rows),
      })
      expect(await groupCalls.isEffective(groupElevation(accessId), asker, never)).toBe(true)
    },
  )

  test('and what cannot be asked at all is an error', async () => {
    const { asker } = graph({ [memberships]: refusal(503, 'ServiceUnavailable') })
    await expect(
      groupCalls.isEffective(groupElevation('member'), asker, never),
    ).rejects.toMatchObject({
      kind: 'unavailable',
    })
  })
})
