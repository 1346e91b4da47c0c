import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import { elevate } from '../../src/flows/elevate.ts'
import { sweepAbandoned } from '../../src/flows/keep.ts'
import { createWorld, prod, request, type World } from './world.ts'

const word = 'aws:prod-admin'
const mustKeep = request({ mustKeep: true })
const again = request({ force: true })

function notesIn({ folder }: World): readonly string[] {
  const path = join(folder, 'keeping')
  return existsSync(path) ? readdirSync(path) : []
}

/** What a process that was killed there leaves: the lock of its note is free. */
function leaveNote({ folder }: World, items: readonly { store: string; key: string }[]): void {
  writeFileSync(join(folder, 'keeping', 'killed.note'), JSON.stringify(items), { mode: 0o600 })
}

const never = () => new Promise<never>(() => {})

/** A world whose process stops for ever where `parts` do, as if it were killed there. */
async function killedAt(world: World, where: 'write' | 'put' | 'remove'): Promise<void> {
  const { deps, store } = world
  const stopped = new Promise<void>((resolve) => {
    const stop = () => {
      resolve()
      return never()
    }
    const halting = {
      ...store,
      ...(where === 'write' && {
        write: async (...item: Parameters<typeof store.write>) => {
          await store.write(...item)
          return stop()
        },
      }),
      ...(where === 'remove' && { remove: stop }),
    }
    const records = where === 'put' ? { ...deps.records, put: stop } : deps.records
    const stores = { ...deps.stores, open: () => halting, choose: async () => halting }
    // A killed process holds no lock: neither its flight's nor its note's.
    const flights = { run: <T>(_: string, __: unknown, work: () => Promise<T>) => work() }
    const notes = {
      begin: async (items: readonly { store: string; key: string }[]) => {
        leaveNote(world, items)
        return { end: async () => {}, leave: async () => {} }
      },
      sweep: async () => {},
    }
    void elevate(again, { ...deps, records, flights, stores: { ...stores, notes } })
  })
  await stopped
}

describe('a process that is killed while it keeps credentials', () => {
  test.each([
    ['write', ['e2']],
    ['put', ['e2']],
  ] as const)('at `%s` leaves none for long', async (where, orphans) => {
    const world = createWorld()
    await elevate(request(), world.deps)
    await killedAt(world, where)
    for (const id of orphans) expect(await world.store.read(`${word} ${id}`)).toBeDefined()
    await sweepAbandoned(world.deps)
    for (const id of orphans) expect(await world.store.read(`${word} ${id}`)).toBeUndefined()
    const kept = (await world.deps.records.of(word))[0]
    expect((await world.store.read(`${word} ${kept?.id}`))?.reveal()).toBe(`keys of ${kept?.id}`)
    expect(notesIn(world)).toEqual([])
  })

  test('is cleaned up after by the next elevation, to whatever target', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    await killedAt(world, 'put')
    await elevate(request({ target: { ...prod, path: 'other' } }), world.deps)
    expect(await world.store.read(`${word} e2`)).toBeUndefined()
    expect((await world.store.read(`${word} e1`))?.reveal()).toBe('keys of e1')
  })

  test('leaves its note where the store does not open now', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    leaveNote(world, [{ store: 'keychain', key: 'gone' }])
    const remove = () => Promise.reject(new PimError('unavailable', 'x', 'locked'))
    const stores = { ...world.deps.stores, open: () => ({ ...world.store, remove }) }
    await expect(sweepAbandoned({ ...world.deps, stores })).rejects.toThrow('locked')
    expect(notesIn(world)).toEqual(['killed.note'])
  })

  test('leaves nothing in the way of a note that makes no sense', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    writeFileSync(join(world.folder, 'keeping', 'junk.note'), 'junk')
    await sweepAbandoned(world.deps)
    expect(notesIn(world)).toEqual([])
  })
})

test('a living process is not cleaned up after', async () => {
  const world = createWorld()
  const note = await world.deps.stores.notes?.begin([{ store: 'file', key: `${word} e9` }])
  await world.store.write(`${word} e9`, (await elevate(request(), world.deps)).credentials!)
  await sweepAbandoned(world.deps)
  expect(await world.store.read(`${word} e9`)).toBeDefined()
  await note?.end()
  expect(notesIn(world)).toEqual([])
})

describe('what `pim elevate` cannot keep', () => {
  const full = new PimError('unavailable', 'store-unavailable', 'the disk is full')
  const fail = () => Promise.reject(full)

  test.each([
    ['its credentials', (world: World) => ({ ...world.store, write: fail }), undefined],
    ['the elevation', (world: World) => world.store, fail],
  ])('%s is an error and not active, and on record as thrown away', async (_, storeOf, put) => {
    const world = createWorld()
    const store = storeOf(world)
    const { deps } = world
    const stores = { ...deps.stores, open: () => store, choose: async () => store }
    const records = { ...deps.records, ...(put && { put }) }
    const error = await elevate(mustKeep, { ...deps, stores, records }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'not-kept', exitCode: 6, target: word })
    expect(error.message).toContain('threw them away: the disk is full')
    expect(await world.store.read(`${word} e1`)).toBeUndefined()
    expect(await deps.records.list()).toEqual([])
    expect(await world.events()).toEqual([
      'elevation.requested',
      'elevation.active',
      'elevation.released',
    ])
    expect(notesIn(world)).toEqual([])
  })

  test('serves `pim exec` all the same, which is told', async () => {
    const world = createWorld()
    const records = { ...world.deps.records, put: fail }
    const outcome = await elevate(request(), { ...world.deps, records })
    expect(outcome.credentials?.reveal()).toBe('keys of e1')
    expect(world.told.filter((line) => line.includes('the disk is full'))).toEqual([
      `${word}: its credentials serve this process only: the disk is full`,
      `${word}: it will not show in \`pim status\`: the disk is full`,
    ])
    expect(await world.store.read(`${word} e1`)).toBeUndefined()
  })
})
