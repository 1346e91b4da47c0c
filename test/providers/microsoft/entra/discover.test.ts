import { describe, expect, test } from 'vitest'
import {
  discoverGroups,
  discoverRoles,
} from '../../../../src/providers/microsoft/entra/discover.ts'
import {
  at,
  berlin,
  graph,
  groupRow,
  list,
  never,
  refusal,
  roleRow,
  unreachable,
  userAdministrator,
} from './graph.ts'

const unit = 'GET /v1.0/directory/administrativeUnits/'
const byIds = 'POST /v1.0/directoryObjects/getByIds'
const byFilter = 'GET /v1.0/groups?'

describe('directory roles:', () => {
  test('what one is eligible for is listed to the last page, and what of it is active', async () => {
    const { asker, sent } = graph({
      [`${at.roles.eligible}?$expand=roleDefinition`]: () => ({
        value: [roleRow({ endDateTime: null })],
        '@odata.nextLink': 'https://graph.example/next',
      }),
      'GET https://graph.example/next': list(roleRow({ directoryScopeId: berlin })),
      [at.roles.active]: list(roleRow()),
      [`${unit}berlin-1?$select=id,displayName`]: () => ({ id: 'berlin-1', displayName: 'Berlin' }),
    })
    const { targets, active, troubles } = await discoverRoles(asker, never)
    expect(targets.map(({ path }) => path)).toEqual([
      'user-administrator',
      'user-administrator@berlin',
    ])
    expect(active).toEqual([
      {
        path: 'user-administrator',
        startsAt: new Date('2026-03-01T12:00:00Z'),
        accessEndsAt: new Date('2026-03-01T14:30:00Z'),
        expiresAt: new Date('2026-03-01T13:00:00Z'),
        facts: {
          tenantId: 'tenant-1',
          principalId: 'alice-1',
          roleDefinitionId: userAdministrator,
          directoryScopeId: '/',
          tokenRoleId: userAdministrator,
          scheduleId: 'schedule-1',
        },
      },
    ])
    expect(troubles).toEqual([])
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET'])
  })

  test.each([
    ['assigned for good', { assignmentType: 'Assigned', endDateTime: null }],
    ['over by now, though it is listed still', { endDateTime: '2026-03-01T12:00:00Z' }],
  ])('what is %s is no elevation', async (_, differences) => {
    const { asker } = graph({
      [at.roles.eligible]: list(),
      [at.roles.active]: list(roleRow(differences)),
    })
    expect(await discoverRoles(asker, never)).toEqual({ targets: [], active: [], troubles: [] })
  })

  test('of an activation that is listed twice the later end counts', async () => {
    const { asker } = graph({
      [at.roles.eligible]: list(),
      [at.roles.active]: list(roleRow(), roleRow({ endDateTime: '2026-03-01T14:00:00Z' })),
    })
    const { active } = await discoverRoles(asker, never)
    expect(active.map(({ expiresAt }) => expiresAt)).toEqual([new Date('2026-03-01T14:00:00Z')])
  })

  test('a unit whose name may not be read goes by its id, and that is no trouble', async () => {
    const { asker } = graph({
      [at.roles.eligible]: list(roleRow({ directoryScopeId: berlin })),
      [at.roles.active]: list(),
      [unit]: refusal(403, 'Authorization_RequestDenied'),
    })
    const { targets, troubles } = await discoverRoles(asker, never)
    expect(targets.map(({ path }) => path)).toEqual(['user-administrator@berlin-1'])
    expect(troubles).toEqual([])
  })

  test('a unit whose name could not be read is a trouble, since it will have a name again', async () => {
    const { asker } = graph({
      [at.roles.eligible]: list(roleRow({ directoryScopeId: berlin })),
      [at.roles.active]: list(),
      [unit]: unreachable,
    })
    const { targets, troubles } = await discoverRoles(asker, never)
    expect(targets.map(({ path }) => path)).toEqual(['user-administrator@berlin-1'])
    expect(troubles.map(({ message }) => message)).toEqual([
      'Entra directory roles: cannot reach it',
    ])
  })
})

describe('groups:', () => {
  test('names are asked for a thousand at once', async () => {
    const rows = Array.from({ length: 1001 }, (_, index) => groupRow({ groupId: `g${index}` }))
    const { asker, sent } = graph({
      [at.groups.eligible]: list(...rows),
      [at.groups.active]: list(groupRow({ groupId: 'G1', accessId: 'Owner' })),
      [byIds]: ({ body }) => ({ value: namedAsAsked(body) }),
    })
    const { targets, active, troubles } = await discoverGroups(asker, never)
    expect(targets).toHaveLength(1002)
    expect(targets[1000]?.path).toBe('group-g1000')
    expect(active.map(({ path, facts }) => [path, facts.accessId, facts.groupId])).toEqual([
      ['group-g1@owner', 'owner', 'G1'],
    ])
    expect(troubles).toEqual([])
    const asked = sent.filter(({ method }) => method === 'POST')
    expect(asked.map(({ body }) => body)).toMatchObject([{ types: ['group'] }, { ids: ['g1000'] }])
  })

  test('where that is refused, fifteen at once are asked for', async () => {
    const rows = Array.from({ length: 16 }, (_, index) => groupRow({ groupId: `g${index}` }))
    const { asker, sent } = graph({
      [at.groups.eligible]: list(...rows),
      [at.groups.active]: list(),
      [byIds]: refusal(403, 'Authorization_RequestDenied'),
      [byFilter]: ({ path }) => ({
        value: [...decodeURIComponent(path).matchAll(/'(g\d+)'/g)].map(([, id]) => ({
          id,
          displayName: `Group ${id}`,
        })),
      }),
    })
    const { targets } = await discoverGroups(asker, never)
    expect(targets.map(({ path }) => path)).toEqual(rows.map((_, index) => `group-g${index}`))
    const asked = sent.filter(({ path }) => path.startsWith('/v1.0/groups'))
    expect(asked.map(({ path }) => decodeURIComponent(path))).toEqual([
      expect.stringMatching(
        /^\/v1\.0\/groups\?\$filter=id in \('g0',.*'g14'\)&\$select=id,displayName$/,
      ),
      "/v1.0/groups?$filter=id in ('g15')&$select=id,displayName",
    ])
  })

  test('a group that nobody names goes by its id, and that is no trouble', async () => {
    const { asker } = graph({
      [at.groups.eligible]: list(groupRow()),
      [at.groups.active]: list(),
      [byIds]: list({ id: 'group-1', displayName: null }, 'junk'),
    })
    const { targets, troubles } = await discoverGroups(asker, never)
    expect(targets.map(({ path }) => path)).toEqual(['group-1'])
    expect(troubles).toEqual([])
  })

  test('names that could not be read are one trouble', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => groupRow({ groupId: `g${index}` }))
    const { asker } = graph({
      [at.groups.eligible]: list(...rows),
      [at.groups.active]: list(),
      [byIds]: unreachable,
      [byFilter]: unreachable,
    })
    const { targets, troubles } = await discoverGroups(asker, never)
    expect(targets).toHaveLength(40)
    expect(troubles.map(({ message }) => message)).toEqual(['PIM for Groups: cannot reach it'])
  })
})

describe.each([
  ['Entra directory roles', discoverRoles, at.roles, roleRow],
  ['PIM for Groups', discoverGroups, at.groups, groupRow],
] as const)('%s:', (surface, discover, where, row) => {
  const names = { [byIds]: list() }

  test('a list of eligibilities that fails is an error that names the surface', async () => {
    const { asker } = graph({
      [where.eligible]: refusal(403, 'PermissionScopeNotGranted'),
      [where.active]: list(),
    })
    await expect(discover(asker, never)).rejects.toMatchObject({
      kind: 'sign-in',
      message: `${surface}: Microsoft says PermissionScopeNotGranted`,
      hint: expect.any(String),
      provider: { code: 'PermissionScopeNotGranted', status: 403 },
    })
  })

  test('a list of what is active that fails hides no eligibility', async () => {
    const { asker } = graph({
      ...names,
      [where.eligible]: list(row()),
      [where.active]: unreachable,
    })
    const { targets, active, troubles } = await discover(asker, never)
    expect(targets).toHaveLength(1)
    expect(active).toEqual([])
    expect(troubles.map(({ message }) => message)).toEqual([`${surface}: cannot reach it`])
  })

  test('what is no list is not taken for an empty one', async () => {
    const { asker } = graph({ [where.eligible]: () => ({}), [where.active]: list() })
    await expect(discover(asker, never)).rejects.toMatchObject({ code: 'unreadable-answer' })
  })

  test('entries that cannot be read hide no others, and are told of', async () => {
    const { asker } = graph({
      ...names,
      [where.eligible]: list(row(), 'junk', row({ endDateTime: 'soon' })),
      [where.active]: list(row({ startDateTime: null })),
    })
    const { targets, troubles } = await discover(asker, never)
    expect(targets).toHaveLength(1)
    expect(troubles.map(({ code, message }) => [code, message])).toEqual([
      ['unreadable-answer', `${surface}: 2 entries of its lists cannot be read`],
      ['unreadable-answer', `${surface}: an entry of its lists cannot be read`],
    ])
  })
})

function namedAsAsked(body: unknown): readonly object[] {
  const { ids } = body as { readonly ids: readonly string[] }
  return ids.map((id) => ({
    '@odata.type': '#microsoft.graph.group',
    id,
    displayName: `Group ${id}`,
  }))
}
