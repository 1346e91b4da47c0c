import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { release } from '../../../src/flows/release/release.ts'
import { createMemoryStore } from '../../../src/system/store/memory-store.ts'
import { hours, later } from '../../core/sample-elevations.ts'
import { createWorld, elevated, request } from '../harness.ts'
import { releaseNamed } from '../records.ts'

const word = 'aws:prod-admin'
const anew = (span = hours(1)) => request({ force: true, duration: span })

describe('a session beside one that still lives', () => {
  test('has an end of its own, and so has the one before', async () => {
    const world = createWorld()
    await elevated(world, hours(2))
    const { elevation } = await elevate(anew(), world.deps)
    expect(elevation).toMatchObject({ id: 'e2', accessEndsAt: later(hours(1)) })
    expect(await world.deps.records.of(word)).toMatchObject([
      { id: 'e1', accessEndsAt: later(hours(2)) },
      { id: 'e2', accessEndsAt: later(hours(1)) },
    ])
  })

  test('each is released by itself, with the end of its own keys on record', async () => {
    const world = createWorld()
    await elevated(world, hours(2))
    const { elevation } = await elevate(anew(), world.deps)
    await release(elevation, world.deps)
    expect(await world.deps.records.of(word)).toMatchObject([{ id: 'e1' }])
    await releaseNamed(word, world.deps)
    const ends = (await world.audit()).filter(({ event }) => event === 'elevation.released')
    expect(ends).toMatchObject([
      { elevationId: 'e2', accessEndsAt: '2026-03-01T13:00:00.000Z' },
      { elevationId: 'e1', accessEndsAt: '2026-03-01T14:00:00.000Z' },
    ])
  })

  test('the one that lasts longer is what others are served', async () => {
    const world = createWorld()
    await elevated(world, hours(2))
    await elevate(anew(), world.deps)
    const { elevation, credentials } = await elevate(request(), world.deps)
    expect([elevation.id, credentials?.reveal()]).toEqual(['e1', 'keys of e1'])
    world.advance(hours(2))
    expect((await elevate(request(), world.deps)).elevation.id).toBe('e3')
  })
})

describe('the credentials of the session before', () => {
  test('are kept beside the new ones', async () => {
    const world = createWorld()
    await elevated(world)
    await elevate(anew(), world.deps)
    expect((await world.store.read(`${word} e1`))?.reveal()).toBe('keys of e1')
    expect((await world.store.read(`${word} e2`))?.reveal()).toBe('keys of e2')
  })

  test('stay where the new ones could not be had', async () => {
    const world = createWorld()
    await elevated(world)
    world.cloud.grant = () => Promise.reject(new PimError('refused', 'access-denied', 'no'))
    await expect(elevate(anew(), world.deps)).rejects.toMatchObject({ code: 'access-denied' })
    expect((await world.store.read(`${word} e1`))?.reveal()).toBe('keys of e1')
    expect((await elevate(request(), world.deps)).credentials?.reveal()).toBe('keys of e1')
  })

  test('are forgotten with their session, in the store that they were put into', async () => {
    const world = createWorld()
    await elevated(world)
    const [first] = await world.deps.records.of(word)
    if (first === undefined) throw new Error('nothing is remembered')
    const keychain = { ...createMemoryStore(), name: 'keychain' as const }
    const stores = {
      open: (name: string) => (name === 'keychain' ? keychain : world.store),
      choose: async () => keychain,
    }
    await elevate(anew(), { ...world.deps, stores })
    await release(first, { ...world.deps, stores })
    expect(await world.store.read(`${word} e1`)).toBeUndefined()
    expect((await keychain.read(`${word} e2`))?.reveal()).toBe('keys of e2')
  })

  test('that their store does not give up spoil nothing', async () => {
    const world = createWorld()
    await elevated(world)
    const remove = () => Promise.reject(new PimError('unavailable', 'x', 'locked'))
    const locked = { ...world.store, remove }
    const stores = { open: () => locked, choose: async () => locked }
    const { elevation } = await elevate(anew(), { ...world.deps, stores })
    expect(elevation).toMatchObject({ id: 'e2', store: 'file' })
    expect((await world.store.read(`${word} e2`))?.reveal()).toBe('keys of e2')
  })
})

test('two state folders share a store, and neither sees nor forgets what the other put there', async () => {
  const one = createWorld()
  const stores = one.deps.stores
  const two = createWorld({ stores, newId: () => 'other' })
  await elevated(one)
  await elevate(request(), two.deps)
  expect((await elevate(request(), one.deps)).credentials?.reveal()).toBe('keys of e1')
  expect((await elevate(request(), two.deps)).credentials?.reveal()).toBe('keys of other')
  await releaseNamed(word, two.deps)
  expect((await one.store.read(`${word} e1`))?.reveal()).toBe('keys of e1')
  expect(await one.store.read(`${word} other`)).toBeUndefined()
})

test('without a store that lasts, what must be kept is refused before anything is asked for', async () => {
  const world = createWorld({}, 'memory')
  await expect(elevate(request({ mustKeep: true }), world.deps)).rejects.toMatchObject({
    code: 'no-credential-store',
    exitCode: 2,
    target: word,
    hint: expect.stringContaining('PIM_STORE_PASSPHRASE'),
  })
  expect([world.cloud.attempts, await world.events()]).toEqual([[], []])
  expect((await elevate(request(), world.deps)).credentials?.reveal()).toBe('keys of e1')
})
