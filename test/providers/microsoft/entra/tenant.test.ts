import { describe, expect, test } from 'vitest'
import { hours } from '../../../../src/core/time/duration.ts'
import { tenantEligibilities } from '../../../../sandbox/microsoft/seed/seed.ts'
import { attemptAt, never } from './graph.ts'
import { elevate, openRoom, targetNamed } from './fixture.ts'

test('everything in the tenant is found, by roles and by groups', async () => {
  const { roles, groups, tenant } = await openRoom()
  tenant.pageSize = 2
  const found = await roles.discover(never)
  expect(found.targets.map(({ path }) => path)).toMatchInlineSnapshot(`
    [
      "user-administrator",
      "helpdesk-administrator@berlin",
      "security-reader",
      "global-administrator",
      "privileged-role-administrator",
      "conditional-access-administrator",
    ]
  `)
  expect(found.troubles).toEqual([])
  expect(found.active).toEqual([])
  const inGroups = await groups.discover(never)
  expect(inGroups.targets.map(({ path }) => path)).toMatchInlineSnapshot(`
    [
      "sec-ops",
      "sec-ops@owner",
      "db-admins",
      "vault-keepers",
    ]
  `)
  expect(inGroups.troubles).toEqual([])
})

test('what is demanded is what the policies say', async () => {
  const { roles, groups } = await openRoom()
  const globalAdministrator = await targetNamed('global-administrator', roles)
  expect(await roles.requirements(globalAdministrator, never)).toMatchObject({
    maxDuration: hours(8),
    justification: true,
    ticket: false,
    approval: true,
    authenticationContext: 'c1',
  })
  const member = await targetNamed('sec-ops', groups)
  expect(await groups.requirements(member, never)).toMatchObject({ approval: false })
  const owner = await targetNamed('sec-ops@owner', groups)
  expect(await groups.requirements(owner, never)).toMatchObject({ approval: true })
})

describe.each([
  ['a directory role', 'user-administrator', 'roles'],
  ['a place in a group', 'sec-ops', 'groups'],
] as const)('%s', (_, path, which) => {
  test('is activated, listed, works, and is given back after five minutes', async () => {
    const room = await openRoom()
    const provider = room[which]
    room.tenant.listingLag = 30
    room.tenant.propagationLag = 60
    const made = await elevate(path, provider, room.now())
    expect(made).toMatchObject({ state: 'active' })
    expect(await provider.progress(made, never)).toMatchObject({ state: 'provisioning' })
    expect(await provider.isEffective(made, undefined, never)).toBe(false)
    room.advance(45)
    const target = await targetNamed(path, provider)
    expect(await provider.progress(made, never)).toMatchObject({ state: 'active' })
    expect(await provider.isEffective(made, undefined, never)).toBe(false)
    expect(await provider.current(target, never)).toMatchObject({
      path,
      expiresAt: made.expiresAt,
      facts: made.facts,
    })
    expect(made.facts).toHaveProperty('scheduleId')
    room.advance(30)
    expect(await provider.isEffective(made, undefined, never)).toBe(true)
    expect(await provider.release(made, never)).toMatchObject({ state: 'not-yet' })
    room.advance(300)
    expect(await provider.release(made, never)).toEqual({ state: 'released' })
    expect(await provider.release(made, never)).toEqual({ state: 'released' })
    expect(await provider.current(target, never)).toBeUndefined()
    await expect(provider.activate(attemptAt(target))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'still-settling',
      target: `${provider.id}:${path}`,
    })
  })

  test('whose answer was lost is activated once, and known to be', async () => {
    const room = await openRoom()
    const provider = room[which]
    const target = await targetNamed(path, provider)
    room.tenant.skewSeconds = 120
    room.tenant.fail({ surface: 'graph', operation: `activate-${noun[which]}`, drop: 'unanswered' })
    const activation = await provider.activate(attemptAt(target))
    expect(activation).toMatchObject({ state: 'active', clockAheadMs: 120_000 })
    expect(room.tenant.requests.map(({ id }) => id)).toEqual([activation.providerRequestId])
  })

  test('whose request never arrived is not active', async () => {
    const room = await openRoom()
    const provider = room[which]
    const target = await targetNamed(path, provider)
    room.tenant.fail({
      surface: 'graph',
      operation: `activate-${noun[which]}`,
      drop: 'unheard',
      times: 4,
    })
    await expect(provider.activate(attemptAt(target))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'no-answer',
    })
    expect(room.tenant.requests).toEqual([])
  })

  test('that cannot be activated for now is asked for and looked for a few times', async () => {
    const room = await openRoom()
    const provider = room[which]
    const target = await targetNamed(path, provider)
    room.asked()
    room.tenant.fail({ surface: 'graph', status: 503, times: 100 })
    await expect(provider.activate(attemptAt(target))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'provider-failing',
    })
    const round = [`activate-${noun[which]}`, `list-${noun[which]}-requests`]
    expect(room.asked()).toEqual([...round, ...round, ...round, ...round])
  })

  test('is checked without being activated', async () => {
    const room = await openRoom()
    const provider = room[which]
    const target = await targetNamed(path, provider)
    await provider.validate?.(attemptAt(target))
    await expect(
      provider.validate?.(attemptAt(target, { duration: hours(9) })),
    ).rejects.toMatchObject({ kind: 'refused', target: `${provider.id}:${path}` })
    expect(room.tenant.requests).toEqual([])
  })
})

const noun = { roles: 'role', groups: 'group' } as const

test('who has to be asked is waited for, and the request can be withdrawn', async () => {
  const { groups, tenant, now, advance } = await openRoom()
  const made = await elevate('sec-ops@owner', groups, now())
  expect(made.state).toBe('pending-approval')
  expect(await groups.progress(made, never)).toMatchObject({ state: 'pending-approval' })
  advance(1)
  const target = await targetNamed('sec-ops@owner', groups)
  const again = await groups.activate(attemptAt(target, { justification: 'another reason' }))
  expect(again).toMatchObject({
    state: 'pending-approval',
    providerRequestId: made.providerRequestId,
    notices: [expect.stringContaining('was made elsewhere')],
  })
  expect(await groups.release(made, never)).toEqual({ state: 'released' })
  expect(tenant.requests).toHaveLength(1)
  expect(await groups.progress(made, never)).toMatchObject({ state: 'canceled' })
})

test('what an approver decides is seen', async () => {
  const { groups, tenant, now } = await openRoom()
  const made = await elevate('sec-ops@owner', groups, now())
  tenant.decide(made.providerRequestId ?? '', 'approve')
  expect(await groups.progress(made, never)).toMatchObject({ state: 'active' })
  expect(await groups.isEffective(made, undefined, never)).toBe(true)
})

test('a sign-in that has to be stronger is asked for, once', async () => {
  const { groups, tenant, now, asked } = await openRoom()
  const before = tenant.signIns
  asked()
  const made = await elevate('db-admins', groups, now(), { authenticationContext: 'c1' })
  expect(made.state).toBe('active')
  expect(tenant.signIns).toBe(before + 1)
  expect(asked().filter((operation) => operation === 'activate-group')).toHaveLength(1)
})

test('a role of an administrative unit is activated just there', async () => {
  const { roles, tenant, now } = await openRoom()
  const { scope } = tenantEligibilities.helpdeskBerlin
  const path = 'helpdesk-administrator@berlin'
  const made = await elevate(path, roles, now())
  expect(tenant.requests.map((request) => request.scope)).toEqual([scope])
  expect(await roles.isEffective(made, undefined, never)).toBe(true)
})

test('what is assigned for good is neither eligible nor an elevation', async () => {
  const { roles } = await openRoom()
  const { targets, active } = await roles.discover(never)
  expect(targets.some(({ path }) => path === 'directory-readers')).toBe(false)
  expect(active).toEqual([])
})

test('what may not be read for want of consent says so, and is not taken for nothing', async () => {
  const { roles, groups, tenant } = await openRoom()
  for (const [provider, surface] of [
    [roles, 'Entra directory roles'],
    [groups, 'PIM for Groups'],
  ] as const) {
    const message = JSON.stringify({
      errorCode: 'PermissionScopeNotGranted',
      message: 'Authorization failed due to missing permission scope.',
    })
    tenant.fail({
      surface: 'graph',
      path: 'eligibility',
      status: 403,
      code: 'UnknownError',
      message,
    })
    await expect(provider.discover(never)).rejects.toMatchObject({
      kind: 'sign-in',
      code: 'consent-missing',
      message: expect.stringMatching(new RegExp(`^${surface}: `)),
    })
  }
})

test("nothing is handed out: the right is the person's own", async () => {
  const { roles, now } = await openRoom()
  const made = await elevate('user-administrator', roles, now())
  expect(roles.lend(made, undefined)).toEqual({ set: {}, unset: [] })
  expect(roles.lentNames).toEqual([])
  expect(roles.credentialProcess).toBeUndefined()
})
