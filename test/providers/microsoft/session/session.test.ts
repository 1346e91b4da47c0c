import { expect, test } from 'vitest'
import { hours, minutes } from '../../../../src/core/time/duration.ts'
import { tenantAlice, tenantBob, tenantId } from '../../../../sandbox/microsoft/seed/seed.ts'
import { openRoom, secretsIn, signal, testStore } from '../fixture.ts'

const me = '/v1.0/me'
const tenants = '/tenants?api-version=2022-12-01'

test('a person signs in by browser, and Graph knows them', async () => {
  const { session, said, opened } = await openRoom()
  const account = await session.signIn({}, signal)
  expect(account).toMatchObject({
    tenantId,
    username: tenantAlice.userPrincipalName,
    objectId: tenantAlice.id,
    clientId: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
    store: 'keychain',
    identity: {
      cloud: 'microsoft',
      tenant: tenantId,
      account: tenantAlice.id,
      name: tenantAlice.userPrincipalName,
      tenantName: 'Sandbox',
    },
    tenantDomains: ['sandbox.example'],
    missing: [],
  })
  expect(said).toEqual(['sign in to Microsoft in the browser that has opened'])
  expect(opened.count).toBe(1)
  const graph = await session.client('graph')
  const answer = await graph.send({ method: 'GET', path: me, signal })
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({ id: tenantAlice.id })
  expect(graph.clockAheadMs()).toBe(0)
  expect(answer.requestId).toMatch(/./)
})

test('the next process goes on without a browser and without asking the authority', async () => {
  const room = await openRoom()
  await room.session.signIn({}, signal)
  room.asked()
  const graph = await room.next().client('graph')
  await graph.send({ method: 'GET', path: me, signal })
  expect(room.asked()).toEqual([])
  expect(room.opened.count).toBe(1)
})

test('a token is renewed in silence five minutes before it ends', async () => {
  const room = await openRoom()
  await room.session.signIn({}, signal)
  room.asked()
  room.advance(minutes(71))
  const graph = await room.next({ mayBeAsked: false }).client('graph')
  await graph.send({ method: 'GET', path: me, signal })
  expect(room.asked()).toContain('token')
  expect(room.opened.count).toBe(1)
})

test('who asks at the same time shares one token', async () => {
  const room = await openRoom()
  await room.session.signIn({}, signal)
  room.advance(hours(2))
  room.asked()
  const session = room.next()
  const clients = await Promise.all([session.client('graph'), session.client('graph')])
  const requests = [...clients, ...clients].map((client) =>
    client.send({ method: 'GET', path: me, signal }),
  )
  await Promise.all(requests)
  expect(room.asked().filter((operation) => operation === 'token')).toHaveLength(1)
})

test('processes that renew at the same time leave a sign-in that works', async () => {
  const room = await openRoom()
  await room.session.signIn({}, signal)
  for (let hour = 0; hour < 3; hour++) {
    room.advance(hours(2))
    const clients = await Promise.all([1, 2, 3].map(() => room.next().client('graph')))
    await Promise.all(clients.map((client) => client.identity(signal)))
  }
  expect(await room.session.accounts()).toHaveLength(1)
  expect(room.opened.count).toBe(1)
})

test('the same sign-in serves ARM where its application may', async () => {
  const { session } = await openRoom()
  await session.signIn({}, signal)
  const arm = await session.client('arm')
  const { body } = await arm.send({ method: 'GET', path: tenants, signal })
  expect(body).toHaveProperty('value')
  const identity = await arm.identity(signal)
  expect(identity).toMatchObject({
    tenantId,
    objectId: tenantAlice.id,
    username: tenantAlice.userPrincipalName,
    scopes: ['user_impersonation'],
    source: 'pim login azure',
  })
})

test('nobody signed in is said to be so, with what to type', async () => {
  const { session, opened } = await openRoom({ env: { AZURE_TENANT_ID: undefined } })
  const [arm, graph] = await Promise.all([session.client('arm'), session.client('graph')])
  await expect(arm.send({ method: 'GET', path: '/x', signal })).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'not-signed-in',
    message: 'not signed in to Microsoft',
    hint: 'sign in with `pim login azure`, or `az login` for Azure resource roles',
  })
  await expect(graph.send({ method: 'GET', path: me, signal })).rejects.toMatchObject({
    code: 'not-signed-in',
    hint: 'sign in with `pim login azure`',
  })
  expect(opened.count).toBe(0)
})

test('what is kept holds no access token twice, and nothing of it is printable', async () => {
  const { session, store } = await openRoom()
  const account = await session.signIn({}, signal)
  expect(secretsIn(store).length).toBeGreaterThan(1)
  const shown = JSON.stringify([
    account,
    await session.accounts(),
    await session.configuration('graph'),
  ])
  for (const secret of secretsIn(store)) expect(shown).not.toContain(secret)
  const kept = [...store.items].find(([key]) => key.startsWith('microsoft-sign-in'))?.[1] ?? '{}'
  expect(JSON.parse(kept)).toMatchObject({ AccessToken: {}, RefreshToken: expect.anything() })
})

test('nothing is signed in to where no store outlives the process', async () => {
  const { session, opened } = await openRoom({ store: testStore('memory') })
  await expect(session.signIn({}, signal)).rejects.toMatchObject({ code: 'no-credential-store' })
  expect(opened.count).toBe(0)
})

test('a device code is told, and signs in', async () => {
  const room = await openRoom()
  room.tenant.deviceCodeInterval = 0
  const { username } = await room.session.signIn({ deviceCode: true }, signal)
  expect(username).toBe(tenantAlice.userPrincipalName)
  expect(room.said).toEqual([expect.stringMatching(/^enter the code \S+ at https:\/\/\S+$/)])
  expect(room.opened.count).toBe(0)
})

test.each([
  ['decline', 'sign-in-declined'],
  ['expire', 'sign-in-expired'],
] as const)('a device code that ends in %s is %s', async (deviceAnswer, code) => {
  const { session, tenant } = await openRoom()
  tenant.deviceAnswer = deviceAnswer
  tenant.deviceCodeInterval = 0
  await expect(session.signIn({ deviceCode: true }, signal)).rejects.toMatchObject({
    kind: 'sign-in',
    code,
  })
})

test('Ctrl-C ends a sign-in whose browser never comes back', async () => {
  const stop = new AbortController()
  const room = await openRoom({ openBrowser: async () => stop.abort() })
  await expect(room.session.signIn({}, stop.signal)).rejects.toMatchObject({ kind: 'interrupted' })
  expect(room.store.items.size).toBe(0)
})

test('no browser is an error of its own, which names no address', async () => {
  const { session } = await openRoom({
    openBrowser: async () => {
      const { openBrowser } = await import('../../../../src/system/process/browser.ts')
      await openBrowser('https://example.invalid/?secret', { env: {}, platform: 'linux' })
    },
  })
  const error = await session.signIn({}, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ kind: 'sign-in', code: 'no-browser' })
  expect(JSON.stringify(error)).not.toContain('secret')
})

test('missing consent names what is missing, why, and who can give it where', async () => {
  const { session, tenant } = await openRoom()
  tenant.consentedScopes = []
  const error = await session.signIn({}, signal).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    kind: 'sign-in',
    code: 'consent-missing',
    message: expect.stringContaining('RoleManagementPolicy.Read.Directory'),
    hint: expect.stringMatching(
      /Privileged Role Administrator or Global Administrator.*adminconsent\?client_id=14d82eec/,
    ),
    provider: { code: 'AADSTS65001' },
  })
})

test('several accounts stay side by side, and the tenant that is named decides', async () => {
  const room = await openRoom({ env: { AZURE_TENANT_ID: undefined } })
  await room.session.signIn({}, signal)
  room.tenant.signsIn = tenantBob
  await room.session.signIn({}, signal)
  const usernames = (await room.session.accounts()).map(({ username }) => username)
  expect(usernames).toEqual([tenantBob.userPrincipalName, tenantAlice.userPrincipalName])
  const other = room.next({ env: { AZURE_TENANT_ID: 'other.example' } })
  const graph = await other.client('graph')
  await expect(graph.identity(signal)).rejects.toMatchObject({
    code: 'not-signed-in',
    hint: 'sign in with `pim login azure --tenant other.example`',
  })
})

test('signing out leaves nothing behind', async () => {
  const room = await openRoom()
  await room.session.signIn({}, signal)
  await (await room.session.client('arm')).identity(signal)
  expect(room.store.items.size).toBeGreaterThan(2)
  const forgotten = await room.session.signOut({}, signal)
  expect(forgotten.map(({ username }) => username)).toEqual([tenantAlice.userPrincipalName])
  expect([...room.store.items.keys()]).toEqual([])
  await expect((await room.session.client('graph')).identity(signal)).rejects.toMatchObject({
    code: 'not-signed-in',
  })
})

test('a sign-in that was revoked asks for another', async () => {
  const room = await openRoom()
  await room.session.signIn({}, signal)
  room.tenant.revokeSignIns()
  room.advance(hours(2))
  const graph = await room.next().client('graph')
  await expect(graph.identity(signal)).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'sign-in-revoked',
    hint: 'sign in again with `pim login azure`',
    provider: { code: 'AADSTS50173' },
  })
})

test('being set up is found out without asking anybody but the store', async () => {
  const room = await openRoom()
  expect(await room.session.isSetUp('graph')).toBe(false)
  expect(await room.session.isSetUp('arm')).toBe(false)
  expect(room.store.calls).toMatchObject({ probes: 0, writes: 0 })
  const before = await room.next().configuration('graph')
  await room.session.signIn({}, signal)
  expect(await room.next().isSetUp('graph')).toBe(true)
  expect(await room.next().configuration('graph')).not.toBe(before)
  room.asked()
  expect(await room.next().isSetUp('arm')).toBe(true)
  expect(room.asked()).toEqual([])
})
