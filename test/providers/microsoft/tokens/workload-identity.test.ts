import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tenantApp } from '../../../../sandbox/microsoft/seed/seed.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'
import { openRoom, signal } from '../fixture.ts'

const tenants = { method: 'GET', path: '/tenants?api-version=2022-12-01', signal } as const
const application = {
  AZURE_CLIENT_ID: tenantApp.clientId,
  AZURE_CLIENT_SECRET: tenantApp.clientSecret,
}

test('an application of the environment signs in as itself, to ARM and to Graph', async () => {
  const room = await openRoom({ env: application, mayBeAsked: false })
  expect(await room.session.isSetUp('graph')).toBe(true)
  for (const resource of ['arm', 'graph'] as const) {
    const identity = await (await room.session.client(resource)).identity(signal)
    expect(identity).toMatchObject({
      source: 'the environment',
      objectId: tenantApp.id,
      username: tenantApp.displayName,
    })
  }
  room.asked()
  await (await room.next().client('arm')).identity(signal)
  expect(room.asked()).toEqual([])
})

test('a workload cannot step up, and says who can', async () => {
  const room = await openRoom({ env: application })
  const arm = await room.session.client('arm')
  const sent = arm.send({ ...tenants, authenticationContext: 'c1' })
  await expect(sent).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'step-up-needed',
    hint: 'have a person do it, signed in with `pim login azure`',
  })
  expect(room.opened.count).toBe(0)
})

test('a wrong secret is an error of its own, which does not hold it', async () => {
  const env = { ...application, AZURE_CLIENT_SECRET: 'wrong-secret-of-ours' }
  const room = await openRoom({ env })
  const error = await (
    await room.session.client('arm')
  )
    .identity(signal)
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    kind: 'sign-in',
    code: 'application-secret-refused',
    provider: { code: 'AADSTS7000215' },
  })
  expect(JSON.stringify(error)).not.toContain('wrong-secret')
})

test('a federated token of a pipeline signs in', async () => {
  const file = join(temporaryFolder(), 'token')
  writeFileSync(file, 'a.b.c')
  const env = { AZURE_CLIENT_ID: tenantApp.clientId, AZURE_FEDERATED_TOKEN_FILE: file }
  const room = await openRoom({ env })
  expect(await (await room.session.client('arm')).identity(signal)).toMatchObject({
    source: 'the workload identity',
    objectId: tenantApp.id,
  })
})

test('AZURE_CLIENT_ID alone names the application that signs people in', async () => {
  const clientId = '5a4d0b0c-0000-4000-8000-0000000000c1'
  const room = await openRoom({ env: { AZURE_CLIENT_ID: clientId } })
  expect(await room.session.signIn({}, signal)).toMatchObject({ clientId })
  // An account of another application is not what was asked for.
  const other = room.next({ env: { AZURE_CLIENT_ID: clientId.replace('c1', 'c2') } })
  await expect((await other.client('graph')).identity(signal)).rejects.toMatchObject({
    code: 'not-signed-in',
  })
})

test('an authority that cannot be reached is no refusal', async () => {
  const room = await openRoom({ env: application })
  await room.tenant.stop()
  await expect((await room.session.client('arm')).identity(signal)).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'provider-unreachable',
    message: expect.stringMatching(
      /^cannot reach \S+: no connection to \S+ \(nothing listens there\)$/,
    ),
  })
})
