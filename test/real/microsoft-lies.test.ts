import { describe, expect, test } from 'vitest'

import { openSignedIn, type Stand } from './fixture.ts'

type Surface = 'arm' | 'graph'

const kinds = [
  ['azure:payments-prod/Contributor', 'arm', 'read-request', 'list-active'],
  ['entra:user-administrator', 'graph', 'read-role-request', 'list-active-roles'],
  ['group:sec-ops', 'graph', 'read-group-request', 'list-active-groups'],
] as const

const somebodyElse = '00000000-0000-4000-8000-000000000bad'

interface Lie {
  readonly status: string
  readonly id?: string
  readonly principalId?: string
}

/** The request of the elevation as Microsoft would show it, but for what the lie says. */
function answer(surface: Surface, target: string, stand: Stand, lie: Lie): unknown {
  const made = stand.tenant.requests.at(-1)
  if (made === undefined) throw new Error('nothing was asked for')
  const { status, id = made.id, principalId = made.principalId } = lie
  if (surface === 'arm') {
    const under = `${made.scope}/providers/Microsoft.Authorization`
    return {
      id: `${under}/roleAssignmentScheduleRequests/${id}`,
      name: id,
      properties: {
        status,
        requestType: 'SelfActivate',
        principalId,
        roleDefinitionId: `${under}/roleDefinitions/${made.roleId}`,
        scope: made.scope,
      },
    }
  }
  const right = target.startsWith('group:')
    ? { groupId: made.scope, accessId: 'member' }
    : { roleDefinitionId: made.roleId, directoryScopeId: '/' }
  return { id, status, action: 'selfActivate', principalId, ...right }
}

const lies: readonly (readonly [string, Lie])[] = [
  ['somebody else’s that was revoked', { status: 'Revoked', principalId: somebodyElse }],
  ['another one that was revoked', { status: 'Revoked', id: somebodyElse }],
  ['somebody else’s that failed', { status: 'Failed', principalId: somebodyElse }],
  ['another one that was denied', { status: 'Denied', id: somebodyElse }],
]

describe.concurrent.each(kinds)('%s, where Microsoft answers about', (...kind) => {
  const [target, surface, operation, list] = kind

  test.each(lies)('%s, stays active', async (_, lie) => {
    await using stand = await openSignedIn()
    await stand.pim(['elevate', target, '-j', 'why', '--wait', 'active'])
    const body = answer(surface, target, stand, lie)
    stand.tenant.fail({ surface, operation, status: 200, body, times: 9 })
    stand.tenant.fail({ surface, operation: list, status: 200, body: { value: [] } })
    const { out, err } = await stand.pim(['status', '--refresh', '--json'])
    expect(JSON.parse(out).elevations).toMatchObject([
      { target, state: 'active', error: { code: 'contradicting-answer', exitCode: 6 } },
    ])
    expect(err).toContain('the answer is about another request than was sent')
    expect(stand.events()).toEqual(['elevation.requested', 'elevation.active'])
  })

  test.each(['Failed', 'Denied', 'Canceled'])(
    'its own request as %s, stays active while the list shows it',
    async (status) => {
      await using stand = await openSignedIn()
      await stand.pim(['elevate', target, '-j', 'why', '--wait', 'active'])
      const body = answer(surface, target, stand, { status })
      stand.tenant.fail({ surface, operation, status: 200, body })
      const { out } = await stand.pim(['status', '--refresh', '--json'])
      expect(JSON.parse(out).elevations).toMatchObject([{ target, state: 'active' }])
      expect(stand.events()).toEqual(['elevation.requested', 'elevation.active'])
    },
  )
})
