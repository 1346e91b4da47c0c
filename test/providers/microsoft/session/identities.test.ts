import { describe, expect, test } from 'vitest'
import { minutes } from '../../../../src/core/time/duration.ts'
import type { Identity } from '../../../../src/core/identity/identity.ts'
import {
  tenantAlice,
  tenantApp,
  tenantBob,
  tenantId,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { addFabrikam, fabrikam, guest } from '../../../real/identities.ts'
import { personTokenScript } from '../../../real/azure-cli.ts'
import { roomWithAzureCli } from '../tokens/scripted-azure-cli.ts'
import { openRoom, signal, type Room } from '../fixture.ts'

const me = { method: 'GET', path: '/v1.0/me', signal } as const
const tenants = { method: 'GET', path: '/tenants?api-version=2022-12-01', signal } as const
const nobodyNamed = { env: { AZURE_TENANT_ID: undefined } }

const alice: Identity = {
  cloud: 'microsoft',
  tenant: tenantId,
  account: tenantAlice.id,
  name: tenantAlice.userPrincipalName,
  tenantName: 'Sandbox',
}
const bob: Identity = { ...alice, account: tenantBob.id, name: tenantBob.userPrincipalName }
const inFabrikam: Identity = {
  ...alice,
  tenant: fabrikam.id,
  account: guest.id,
  tenantName: fabrikam.displayName,
}

/** Alice signed in, and then bob, who is in use. */
async function twoPeople(): Promise<Room> {
  const room = await openRoom(nobodyNamed)
  for (const person of [tenantAlice, tenantBob]) {
    room.tenant.signsIn = person
    await room.session.signIn({}, signal)
  }
  room.tenant.signsIn = tenantBob
  return room
}

/** Whose tokens ARM and Graph have got since. */
function watchCallers({ tenant }: Room): () => readonly (string | undefined)[] {
  const from = tenant.calls.length
  return () => [
    ...new Set(
      tenant.calls
        .slice(from)
        .filter(({ surface }) => surface !== 'authority')
        .map(({ caller }) => caller),
    ),
  ]
}

describe('a session of whoever holds an elevation', () => {
  test.each([
    ['alice, who signed in before', alice, tenantAlice.id],
    ['bob, who is in use', bob, tenantBob.id],
  ])('sends the token of %s', async (_, identity, id) => {
    const room = await twoPeople()
    const callers = watchCallers(room)
    const session = room.next({ identity })
    for (const resource of ['graph', 'arm'] as const) {
      const client = await session.client(resource)
      await client.send(resource === 'graph' ? me : tenants)
      expect(await client.identity(signal)).toMatchObject({ objectId: id, tenantName: 'Sandbox' })
    }
    expect(callers()).toEqual([id])
  })

  test('is refused where that one is signed out, and sends nobody’s token', async () => {
    const room = await openRoom(nobodyNamed)
    room.tenant.signsIn = tenantBob
    await room.session.signIn({}, signal)
    const callers = watchCallers(room)
    for (const resource of ['graph', 'arm'] as const) {
      const client = await room.next({ identity: alice }).client(resource)
      await expect(client.send(resource === 'graph' ? me : tenants)).rejects.toMatchObject({
        kind: 'sign-in',
        code: 'other-identity',
        message: 'alice@sandbox.example in Sandbox holds this and is not signed in',
        hint: `sign in as alice@sandbox.example: \`pim login azure --tenant ${tenantId} --account alice@sandbox.example\``,
      })
    }
    expect(callers()).toEqual([])
  })

  test('is not that of the same name in another tenant', async () => {
    const room = await openRoom(nobodyNamed)
    addFabrikam(room.tenant)
    await room.session.signIn({ tenant: tenantId }, signal)
    await room.session.signIn({ tenant: fabrikam.domain }, signal)
    for (const [identity, id] of [
      [alice, tenantAlice.id],
      [inFabrikam, guest.id],
    ] as const) {
      const graph = await room.next({ identity }).client('graph')
      expect((await graph.send(me)).body).toMatchObject({ id })
    }
    await room.session.signOut({ tenant: fabrikam.id }, signal)
    const graph = await room.next({ identity: inFabrikam }).client('graph')
    await expect(graph.send(me)).rejects.toMatchObject({ code: 'other-identity' })
  })

  test('uses what else is signed in as that one, and not what is signed in as another', async () => {
    const { room, az } = await roomWithAzureCli()
    const app: Identity = { ...alice, account: tenantApp.id, name: tenantApp.displayName }
    const callers = watchCallers(room)
    await (await room.next({ identity: app }).client('arm')).send(tenants)
    expect(callers()).toEqual([tenantApp.id])
    const other = await room.next({ identity: alice }).client('arm')
    await expect(other.send(tenants)).rejects.toMatchObject({ code: 'other-identity' })
    expect(callers()).toEqual([tenantApp.id])
    expect(az.calls().length).toBeGreaterThan(0)
  })
})

test('a tool that is signed in as another while pim is at work is noticed, and its token not sent', async () => {
  const { room, az } = await roomWithAzureCli()
  const arm = await room.session.client('arm')
  await arm.send(tenants)
  const script = await personTokenScript(room.tenant)
  az.does(script)
  room.advance(minutes(74))
  const callers = watchCallers(room)
  await expect(arm.send(tenants)).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'identity-changed',
    message: 'the Azure CLI was signed in as another account while pim was at work',
  })
  expect(callers()).toEqual([])
})

describe('the account and the tenant that a person names', () => {
  test.each([
    [{ account: tenantAlice.userPrincipalName }, tenantAlice.id],
    [{ account: tenantAlice.userPrincipalName.toUpperCase() }, tenantAlice.id],
    [{ account: tenantAlice.id }, tenantAlice.id],
    [{ account: tenantBob.userPrincipalName }, tenantBob.id],
    [{ tenant: 'sandbox' }, tenantBob.id],
    [{}, tenantBob.id],
  ])('%j', async (choice, id) => {
    const room = await twoPeople()
    const graph = await room.next({ choice }).client('graph')
    expect((await graph.send(me)).body).toMatchObject({ id })
  })

  test('are nobody where no sign-in is theirs', async () => {
    const room = await twoPeople()
    const graph = await room.next({ choice: { account: 'dora@sandbox.example' } }).client('graph')
    await expect(graph.send(me)).rejects.toMatchObject({
      kind: 'sign-in',
      code: 'account-not-signed-in',
      message: 'dora@sandbox.example is not signed in',
    })
  })

  test('are not those of a tool in another tenant', async () => {
    const { room } = await roomWithAzureCli()
    const callers = watchCallers(room)
    const arm = await room.next({ choice: { tenant: fabrikam.id } }).client('arm')
    await expect(arm.send(tenants)).rejects.toMatchObject({
      kind: 'sign-in',
      code: 'not-signed-in',
    })
    expect(callers()).toEqual([])
  })

  test('are refused where several tenants have that name', async () => {
    const room = await openRoom(nobodyNamed)
    addFabrikam(room.tenant, { displayName: 'Sandbox' })
    for (const tenant of [tenantId, fabrikam.id]) await room.session.signIn({ tenant }, signal)
    const configuration = room.next({ choice: { tenant: 'sandbox' } }).configuration('graph')
    await expect(configuration).rejects.toMatchObject({ exitCode: 2, code: 'ambiguous-tenant' })
  })
})

describe('who is signed in', () => {
  test('is everybody, once, with the names of their tenants', async () => {
    const room = await twoPeople()
    addFabrikam(room.tenant)
    await room.session.signIn({ tenant: fabrikam.domain }, signal)
    const { identities, troubles } = await room.next().identities('graph', signal)
    expect(troubles).toEqual([])
    expect(identities).toEqual([inFabrikam, bob, alice])
    const own = await room.next({ choice: { tenant: fabrikam.domain } }).identities('graph', signal)
    expect(own.identities).toEqual([inFabrikam])
  })

  test('is also whoever a tool is signed in as; one that fails is named', async () => {
    const { room, az } = await roomWithAzureCli()
    await room.session.signIn({}, signal)
    const first = await room.next().identities('arm', signal)
    expect(first.identities.map(({ account }) => account)).toEqual([tenantAlice.id, tenantApp.id])
    az.does('echo "ERROR: AADSTS70043: the session ended" >&2; exit 1')
    room.advance(minutes(80))
    const { identities, troubles } = await room.next().identities('arm', signal)
    expect(identities.map(({ account }) => account)).toEqual([tenantAlice.id])
    expect(troubles).toMatchObject([{ message: expect.stringContaining('AADSTS70043') }])
  })

  test('has no name for a tenant that does not say it, and is signed in all the same', async () => {
    const room = await openRoom(nobodyNamed)
    room.tenant.fail({ surface: 'graph', operation: 'organization', status: 403, code: 'Denied' })
    const { identity } = await room.session.signIn({}, signal)
    const { tenantName: _, ...unnamed } = alice
    expect(identity).toEqual(unnamed)
  })
})
