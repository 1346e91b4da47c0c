import { describe, expect, test } from 'vitest'
import type { Secret } from '../../../src/core/credentials.ts'
import { PimError } from '../../../src/core/errors.ts'
import type { Provider } from '../../../src/core/provider.ts'
import type { Revocation, RevokePolicy } from '../../../src/core/elevation/revocation.ts'
import { seconds } from '../../../src/core/time/duration.ts'
import { later, noon } from '../../core/sample-elevations.ts'
import { createWorld, elevated, type World } from '../harness.ts'
import { releaseNamed } from '../records.ts'

const word = 'aws:prod-admin'
const key = `${word} e1`
const policy: RevokePolicy = {
  role: 'Admin',
  account: '123456789012',
  name: 'Deny-alice',
  document: '{}',
  deniesBefore: later(seconds(1)),
  whose: 'of alice',
  putCommand: ['put'],
  removeCommand: ['remove'],
}
const refused = new PimError('refused', 'access-denied', 'not allowed')
const inPlace: Revocation = { state: 'revoked', policy }

/** A world with an elevation that is active, and a provider that revokes so. */
async function worldWith(
  revoke: Provider['revoke'],
  parts: Parameters<typeof createWorld>[0] = {},
): Promise<World> {
  const world = createWorld(parts)
  await elevated(world)
  const provider: Provider = { ...world.cloud.provider, ...(revoke !== undefined && { revoke }) }
  return { ...world, deps: { ...world.deps, provider: async () => provider } }
}

test('is done before the credentials are forgotten, with them, and is part of the one record', async () => {
  const given: (string | undefined)[] = []
  const world = await worldWith(async (elevation, credentials: Secret | undefined) => {
    given.push(elevation.id, credentials?.reveal())
    expect(await world.store.read(key)).toBeDefined()
    return inPlace
  })
  const released = await releaseNamed(word, world.deps, { revoke: true })
  expect(released).toMatchObject({ state: 'released', revocation: inPlace })
  expect(given).toEqual(['e1', 'keys of e1'])
  expect(await world.store.read(key)).toBeUndefined()
  const records = (await world.audit()).filter(({ event }) => event === 'elevation.released')
  expect(records).toMatchObject([
    {
      accessEndsAt: '2026-03-01T13:00:00.000Z',
      revokedBefore: '2026-03-01T12:00:01.000Z',
      revokePolicy: 'Deny-alice',
      revokeRole: '123456789012/Admin',
    },
  ])
})

test('waits for the second to end whose sessions the policy denies', async () => {
  const world = await worldWith(async () => inPlace)
  await releaseNamed(word, world.deps, { revoke: true })
  expect(world.deps.now()).toEqual(policy.deniesBefore)
})

test('is not done unless it is asked for', async () => {
  const world = await worldWith(() => Promise.reject(new Error('called')))
  const released = await releaseNamed(word, world.deps)
  expect(released).not.toHaveProperty('revocation')
  expect((await world.audit()).at(-1)).not.toHaveProperty('revokeError')
  expect(world.deps.now()).toEqual(noon)
})

test('is nothing where a provider needs none', async () => {
  const world = await worldWith(undefined)
  expect(await releaseNamed(word, world.deps, { revoke: true })).not.toHaveProperty('revocation')
})

describe('the release goes on', () => {
  test.each<[string, NonNullable<Provider['revoke']>, Partial<Revocation>]>([
    [
      'where it was refused',
      async () => ({ state: 'not-revoked', policy, error: refused }),
      { state: 'not-revoked', policy },
    ],
    ['where it failed', () => Promise.reject(refused), { state: 'not-revoked' }],
    ['where it broke', () => Promise.reject(new Error('odd')), { state: 'not-revoked' }],
    [
      'where it was interrupted',
      () => Promise.reject(Object.assign(new Error('x'), { name: 'AbortError' })),
      { state: 'not-revoked' },
    ],
  ])('%s', async (_, revoke, revocation) => {
    const world = await worldWith(revoke)
    const released = await releaseNamed(word, world.deps, { revoke: true })
    expect(released).toMatchObject({ state: 'released', revocation })
    expect(await world.store.read(key)).toBeUndefined()
    expect(await world.deps.records.list()).toEqual([])
    expect((await world.audit()).at(-1)).toMatchObject({
      event: 'elevation.released',
      revokeError: expect.stringMatching(/^[a-z-]+$/),
    })
  })

  test('where the store does not give the keys: it is tried without', async () => {
    let isHeld: boolean | undefined
    const world = await worldWith(async (_, credentials) => {
      isHeld = credentials !== undefined
      return inPlace
    })
    const locked = { ...world.store, read: () => Promise.reject(new Error('locked')) }
    const stores = { open: () => locked, choose: async () => locked }
    await releaseNamed(word, { ...world.deps, stores }, { revoke: true })
    expect(isHeld).toBe(false)
  })
})

test('what was put on the role is told where it cannot be recorded', async () => {
  const world = await worldWith(async () => inPlace)
  const failing = () => Promise.reject(new PimError('audit', 'disk-full', 'no space'))
  const audit = { ...world.deps.audit, append: failing }
  await expect(
    releaseNamed(word, { ...world.deps, audit }, { revoke: true }),
  ).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringMatching(/deleted and .*Deny-alice on the role Admin of 123456789012/),
  })
})
