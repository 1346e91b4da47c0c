import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { minutes } from '../../../../src/core/time/duration.ts'
import { tenantAlice, tenantId } from '../../../../sandbox/microsoft/seed/seed.ts'
import { handOut, roomWithAzureCli } from './scripted-azure-cli.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'
import { signal } from '../fixture.ts'

const tenants = { method: 'GET', path: '/tenants?api-version=2022-12-01', signal } as const

test('the Azure CLI is asked once, and the next process asks nobody', async () => {
  const { room, az } = await roomWithAzureCli()
  const arm = await room.session.client('arm')
  const [one] = await Promise.all([arm.identity(signal), arm.send(tenants)])
  expect(one).toMatchObject({ source: 'the Azure CLI', tenantId })
  await (await room.next().client('arm')).send(tenants)
  expect(az.calls()).toEqual([
    `account get-access-token --output json --resource ${room.tenant.endpoints.arm} --tenant ${tenantId}`,
  ])
  expect(room.asked()).toEqual([])
})

test('another sign-in of the Azure CLI is another source', async () => {
  const { room, az } = await roomWithAzureCli()
  await (await room.session.client('arm')).identity(signal)
  const before = await room.session.configuration('arm')
  const profile = join(az.env['AZURE_CONFIG_DIR'] ?? '', 'azureProfile.json')
  writeFileSync(profile, '{"subscriptions":[{"id":"other"}]}')
  const next = room.next()
  expect(await next.configuration('arm')).not.toBe(before)
  await (await next.client('arm')).identity(signal)
  expect(az.calls()).toHaveLength(2)
})

test('another folder of the Azure CLI is another source, though it names the same subscriptions', async () => {
  const { room, az } = await roomWithAzureCli()
  await (await room.session.client('arm')).identity(signal)
  const other = temporaryFolder()
  cpSync(az.env['AZURE_CONFIG_DIR'] ?? '', other, { recursive: true })
  const next = room.next({ env: { AZURE_CONFIG_DIR: other } })
  await (await next.client('arm')).identity(signal)
  expect(az.calls()).toHaveLength(2)
})

test('an Azure CLI that not signed in to is not even run', async () => {
  const { room, az } = await roomWithAzureCli()
  writeFileSync(join(az.env['AZURE_CONFIG_DIR'] ?? '', 'azureProfile.json'), '{"subscriptions":[]}')
  expect(await room.next().isSetUp('arm')).toBe(false)
  const arm = await room.next().client('arm')
  await expect(arm.identity(signal)).rejects.toMatchObject({ code: 'not-signed-in' })
  expect(az.calls()).toEqual([])
})

test('what the Azure CLI says is passed on, without its escape sequences', async () => {
  const { room, az } = await roomWithAzureCli()
  az.does(`printf 'ERROR: AADSTS70043: \\033[31mthe session ended\\nmore\\n' >&2; exit 1`)
  await expect((await room.session.client('arm')).identity(signal)).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'cli-sign-in-failed',
    message: 'the Azure CLI gives no token: AADSTS70043: \\u{1b}[31mthe session ended',
    hint: 'sign in with `az login`',
  })
})

test('a token of the Azure CLI is never sent to Graph', async () => {
  const { room, az } = await roomWithAzureCli({ env: { AZURE_TENANT_ID: undefined } })
  expect(await room.session.isSetUp('arm')).toBe(true)
  expect(await room.session.isSetUp('graph')).toBe(false)
  const graph = await room.session.client('graph')
  await expect(graph.identity(signal)).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'graph-sign-in-needed',
    message: expect.stringContaining('Microsoft gives the Azure CLI no permission'),
    hint: 'run `pim login azure`',
  })
  expect(az.calls()).toEqual([])
  expect(room.tenant.calls.filter(({ surface }) => surface === 'graph')).toEqual([])
})

test('a context that the Azure CLI does not bring names the line to type, once only its token is let go', async () => {
  const { room, az } = await roomWithAzureCli()
  const arm = await room.session.client('arm')
  const error = await arm
    .send({ ...tenants, authenticationContext: 'c1' })
    .catch((thrown: unknown) => thrown)
  const claims = Buffer.from('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}').toString(
    'base64',
  )
  expect(error).toMatchObject({
    kind: 'sign-in',
    code: 'step-up-needed',
    hint: expect.stringContaining(
      `az login --scope ${room.tenant.endpoints.arm}/.default --claims-challenge "${claims}"`,
    ),
  })
  expect(room.opened.count).toBe(0)
  // The next process takes whatever `az login` has got since.
  const asked = az.calls().length
  await (await room.next().client('arm')).identity(signal)
  expect(az.calls()).toHaveLength(asked + 1)
})

test('an account comes before the Azure CLI, whose kept token does not outlast a sign-in', async () => {
  const { room } = await roomWithAzureCli()
  await (await room.session.client('arm')).identity(signal)
  await room.session.signIn({}, signal)
  const identity = await (await room.next().client('arm')).identity(signal)
  expect(identity).toMatchObject({
    source: 'pim login azure',
    username: tenantAlice.userPrincipalName,
  })
})

test.each([
  ['AADSTS65001: The user or administrator has not consented', 'invalid_grant'],
  ['AADSTS65002: Consent between first party applications', 'invalid_request'],
  ['AADSTS700016: Application not found', 'unauthorized_client'],
])(
  'an application that may not ask for ARM gives way to the Azure CLI: %s',
  async (text, error) => {
    const { room, az } = await roomWithAzureCli()
    await room.session.signIn({}, signal)
    room.tenant.fail({
      surface: 'authority',
      operation: 'token',
      status: 400,
      body: { error, error_description: text },
    })
    const arm = await room.session.client('arm')
    expect(await arm.identity(signal)).toMatchObject({ source: 'the Azure CLI' })
    await arm.send(tenants)
    expect(az.calls()).toHaveLength(1)
  },
)

test('an authority that fails is no reason to take another identity', async () => {
  const { room, az } = await roomWithAzureCli()
  await room.session.signIn({}, signal)
  room.tenant.fail({ surface: 'authority', status: 503, body: '<html>down</html>', times: 9 })
  await expect((await room.session.client('arm')).identity(signal)).rejects.toMatchObject({
    kind: 'unavailable',
  })
  expect(az.calls()).toEqual([])
})

test('a token that is kept is not used beyond its last five minutes', async () => {
  const { room, az } = await roomWithAzureCli()
  await (await room.session.client('arm')).identity(signal)
  room.advance(minutes(69))
  await (await room.next().client('arm')).identity(signal)
  expect(az.calls()).toHaveLength(1)
  room.advance(minutes(2))
  await handOut(room, az)
  await (await room.next().client('arm')).identity(signal)
  expect(az.calls()).toHaveLength(2)
})
