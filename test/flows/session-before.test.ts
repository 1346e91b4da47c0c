import { describe, expect, test } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import { elevate } from '../../src/flows/elevate.ts'
import { release } from '../../src/flows/release.ts'
import { createMemoryStore } from '../../src/system/memory-store.ts'
import { hours, later, minutes } from '../core/elevations.ts'
import { createWorld, elevated, request } from './world.ts'

const word = 'aws:prod-admin'
const anew = (span = hours(1)) => request({ force: true, duration: span })

describe('a session in the place of one that still lives', () => {
  test('access ends when the last of the two does, and the person is told', async () => {
    const world = createWorld()
    await elevated(world, hours(2))
    const { elevation } = await elevate(anew(), world.deps)
    expect(elevation).toMatchObject({
      id: 'e2',
      expiresAt: later(hours(1)),
      accessEndsAt: later(hours(2)),
    })
    expect(world.told).toContain(
      `${word}: keys of the session before, e1, work until 2026-03-01T14:00:00.000Z`,
    )
    await release(word, world.deps)
    expect((await world.audit()).at(-1)).toMatchObject({
      event: 'elevation.released',
      accessEndsAt: '2026-03-01T14:00:00.000Z',
    })
  })

  test('also through a third one, until the first has ended', async () => {
    const world = createWorld()
    await elevated(world, hours(2))
    await elevate(anew(), world.deps)
    const third = await elevate(anew(minutes(30)), world.deps)
    expect(third.elevation).toMatchObject({ id: 'e3', accessEndsAt: later(hours(2)) })
    world.advance(hours(2))
    const fourth = await elevate(anew(), world.deps)
    expect(fourth.elevation.accessEndsAt).toEqual(fourth.elevation.expiresAt)
  })

  test.each([
    ['ends first', minutes(30), minutes(0)],
    ['has ended', hours(2), hours(2)],
  ])('nothing is said of one that %s', async (_, first, waited) => {
    const world = createWorld()
    await elevated(world, first)
    world.advance(waited)
    const { elevation } = await elevate(anew(), world.deps)
    expect(elevation.accessEndsAt).toEqual(elevation.expiresAt)
    expect(world.told.filter((line) => line.includes('session before'))).toEqual([])
  })
})

describe('the credentials of the session before', () => {
  test('are forgotten once the new ones are kept', async () => {
    const world = createWorld()
    await elevated(world)
    await elevate(anew(), world.deps)
    expect(await world.store.read(`${word} e1`)).toBeUndefined()
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

  test('are forgotten in the store that they were put into', async () => {
    const world = createWorld()
    await elevated(world)
    const keychain = { ...createMemoryStore(), name: 'keychain' as const }
    const stores = {
      open: (name: string) => (name === 'keychain' ? keychain : world.store),
      choose: async () => keychain,
    }
    await elevate(anew(), { ...world.deps, stores })
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
  await release(word, two.deps)
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
