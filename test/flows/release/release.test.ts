import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { current as currentOf } from '../../../src/flows/track/active.ts'
import { credentialsKey } from '../../../src/core/elevation/elevation.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { clearEnded, release } from '../../../src/flows/release/release.ts'
import { finishAbandoned } from '../../../src/flows/record/unfinished.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { createWorld, elevated, request } from '../harness.ts'
import { releaseNamed } from '../records.ts'
import { unlockedNotes } from '../unlocked-notes.ts'

const word = 'aws:prod-admin'
const key = `${word} e1`
const failing = () => Promise.reject(new PimError('audit', 'disk-full', 'no space'))

describe('giving back', () => {
  test('forgets the credentials, and records until when what left still works', async () => {
    const world = createWorld()
    await elevated(world)
    expect(await world.store.read(key)).toBeDefined()
    const released = await releaseNamed(word, world.deps)
    expect(released).toMatchObject({ id: 'e1', state: 'released', audit: { seq: 3 } })
    expect(await world.store.read(key)).toBeUndefined()
    expect(await world.deps.records.list()).toEqual([])
    expect((await world.audit()).at(-1)).toMatchObject({
      event: 'elevation.released',
      accessEndsAt: '2026-03-01T13:00:00.000Z',
      accessKeyId: 'ASIA-e1',
    })
  })

  test('what is not there is undefined, and leaves no record', async () => {
    const world = createWorld()
    expect(await releaseNamed(word, world.deps)).toBeUndefined()
    expect(await world.events()).toEqual([])
  })

  test('leaves another session of the same target as it is', async () => {
    const world = createWorld()
    const one = await elevate(request(), world.deps)
    const other = await elevate(request({ force: true }), world.deps)
    expect(await release(one.elevation, world.deps)).toMatchObject({ id: one.elevation.id })
    expect(await world.deps.records.list()).toMatchObject([{ id: other.elevation.id }])
    expect(await world.store.read(credentialsKey(one.elevation))).toBeUndefined()
    expect(await world.store.read(credentialsKey(other.elevation))).toBeDefined()
    const ends = (await world.audit()).filter(({ event }) => event === 'elevation.released')
    expect(ends.map(({ elevationId }) => elevationId)).toEqual([one.elevation.id])
  })

  test('goes through when the record cannot be written, and the error says so', async () => {
    const world = createWorld()
    await elevated(world)
    const audit = { ...world.deps.audit, append: failing }
    await expect(releaseNamed(word, { ...world.deps, audit })).rejects.toMatchObject({
      exitCode: 7,
      target: word,
      message: expect.stringContaining('are deleted'),
    })
    expect(await world.store.read(key)).toBeUndefined()
    expect(await world.deps.records.list()).toEqual([])
  })

  test('is not done where the store refuses: the elevation stays listed', async () => {
    const world = createWorld()
    await elevated(world)
    const locked = {
      ...world.store,
      remove: () => Promise.reject(new PimError('unavailable', 'x', 'locked')),
    }
    const stores = { open: () => locked, choose: async () => locked }
    await expect(releaseNamed(word, { ...world.deps, stores })).rejects.toMatchObject({
      exitCode: 6,
    })
    expect(await world.deps.records.list()).toHaveLength(1)
    // Nobody may read in the log that it was given back when it was not.
    expect(await world.events()).not.toContain('elevation.released')
  })
})

describe('a release whose process is killed', () => {
  test.each(['remove', 'append'] as const)('at `%s` is finished by the next pim', async (where) => {
    const world = createWorld()
    const { deps, store, folder } = world
    const { elevation } = await elevate(request(), world.deps)
    const stopped = Promise.withResolvers<void>()
    const stop = () => {
      stopped.resolve()
      return new Promise<never>(() => {})
    }
    const halting = where === 'remove' ? { ...store, remove: stop } : store
    const stores = {
      open: () => halting,
      choose: async () => halting,
      notes: unlockedNotes(folder),
    }
    const audit = where === 'append' ? { ...deps.audit, append: stop } : deps.audit
    // A killed process holds no lock.
    const flights: typeof deps.flights = { run: async (_key, _options, work) => work() }
    void release(elevation, { ...deps, stores, audit, flights })
    await stopped.promise
    expect(await world.events()).not.toContain('elevation.released')

    await finishAbandoned(deps)
    await finishAbandoned(deps)
    expect(await deps.records.list()).toEqual([])
    expect(await store.read(key)).toBeUndefined()
    expect((await world.audit()).slice(2)).toMatchObject([
      { event: 'elevation.released', elevationId: 'e1', accessKeyId: 'ASIA-e1' },
    ])
  })

  test('whose record cannot be written is on record once it can', async () => {
    const world = createWorld()
    await elevated(world)
    const audit = { ...world.deps.audit, append: failing }
    await expect(releaseNamed(word, { ...world.deps, audit })).rejects.toThrow('no space')
    expect(await world.events()).not.toContain('elevation.released')
    await finishAbandoned(world.deps)
    expect((await world.events()).at(-1)).toBe('elevation.released')
  })

  test('whose store refuses is not finished unasked', async () => {
    const world = createWorld()
    await elevated(world)
    const remove = () => Promise.reject(new PimError('unavailable', 'x', 'locked'))
    const stores = { ...world.deps.stores, open: () => ({ ...world.store, remove }) }
    await expect(releaseNamed(word, { ...world.deps, stores })).rejects.toThrow('locked')
    await finishAbandoned(world.deps)
    expect(await world.deps.records.list()).toHaveLength(1)
    expect(await world.events()).not.toContain('elevation.released')
  })
})

test('only what is live is current, the first to end first', async () => {
  const world = createWorld()
  await elevated(world)
  const one = (await world.deps.records.list())[0]
  if (one === undefined) throw new Error('nothing was kept')
  await world.deps.records.put({
    ...one,
    target: 'aws:soon',
    expiresAt: new Date(one.expiresAt.getTime() - 60_000),
  })
  await world.deps.records.put({ ...one, target: 'aws:over', expiresAt: world.deps.now() })
  const current = currentOf(await world.deps.records.list(), world.deps.now())
  expect(current.map(({ target }) => target)).toEqual(['aws:soon', word])
})

test('what has ended is cleared away with its credentials, and nothing else', async () => {
  const world = createWorld()
  await elevated(world, minutes(30))
  await clearEnded(world.deps)
  expect(await world.store.read(key)).toBeDefined()
  world.advance(hours(1))
  await clearEnded(world.deps)
  expect(await world.store.read(key)).toBeUndefined()
  expect(await world.deps.records.list()).toEqual([])
})
