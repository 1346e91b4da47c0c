import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/core/audit/audit.ts'
import { after, hours } from '../../../src/core/time/duration.ts'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { finishAbandoned } from '../../../src/flows/record/unfinished.ts'
import { noon } from '../../core/sample-elevations.ts'
import { leaveNote, unlockedNotes } from '../unlocked-notes.ts'
import { createWorld, prod, request, type World } from '../harness.ts'

const word = 'aws:prod-admin'
const mustKeep = request({ mustKeep: true })
const again = request({ force: true })

function notesIn({ folder }: World): readonly string[] {
  const path = join(folder, 'keeping')
  return existsSync(path) ? readdirSync(path) : []
}

const never = () => new Promise<never>(() => {})

/** Where a process is killed: before it asks, before it has the answer, or in a write. */
type Moment = 'ask' | 'answer' | 'append' | 'update' | 'write' | 'put' | 'remove'

/** A world whose process stops for ever at this moment, as if it were killed there. */
async function killedAt(world: World, where: Moment): Promise<void> {
  const { deps, store, cloud } = world
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
    const provider = {
      ...cloud.provider,
      ...(where === 'ask' && { identify: stop }),
      ...(where === 'answer' && { activate: stop }),
    }
    const audit = {
      ...deps.audit,
      append: async (event: AuditEvent) =>
        where === 'append' && event.event === 'elevation.active'
          ? stop()
          : deps.audit.append(event),
    }
    // A killed process holds no lock: neither its flight's nor its note's.
    const flights = { run: <T>(_: string, __: unknown, work: () => Promise<T>) => work() }
    const notes = unlockedNotes(world.folder, where === 'update' ? stop : undefined)
    const own = { ...deps, records, flights, audit, stores: { ...stores, notes } }
    void elevate(again, { ...own, provider: async () => provider })
  })
  await stopped
}

describe('a session whose process is killed', () => {
  const failed = { event: 'elevation.failed', elevationId: 'e2', target: word, state: 'unknown' }
  const released = { event: 'elevation.released', elevationId: 'e2', target: word }
  const active = { event: 'elevation.active', elevationId: 'e2' }

  test.each([
    ['before it asks', 'ask', [failed]],
    ['before it has the answer', 'answer', [failed]],
    ['before it has noted the answer', 'update', [failed]],
    ['before the answer is on record', 'append', [{ ...released, accessKeyId: 'ASIA-e2' }]],
    ['before it is remembered', 'put', [active, { ...released, accessKeyId: 'ASIA-e2' }]],
  ] as const)(
    '%s gets its end on record, with its latest possible end',
    async (_, where, events) => {
      const world = createWorld()
      await elevate(request(), world.deps)
      const before = (await world.audit()).length
      world.deps.newId()
      await killedAt(world, where)
      await finishAbandoned(world.deps)
      await finishAbandoned(world.deps)
      const [asked, ...rest] = (await world.audit()).slice(before)
      expect(asked).toMatchObject({ event: 'elevation.requested' })
      expect(rest).toMatchObject(events)
      expect(rest.at(-1)?.['accessEndsAt']).toBe(after(noon, hours(1)).toISOString())
      expect((await world.deps.records.of(word)).map(({ id }) => id)).toEqual(['e1'])
      expect((await world.deps.audit.verify()).unknownOutcome).toEqual([])
      expect(notesIn(world)).toEqual([])
    },
  )

  test('after it is remembered is active, and no end is on record', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    leaveNote(world.folder, { items: [], ending: { ...released, elevationId: 'e1' } })
    await finishAbandoned(world.deps)
    expect(await world.events()).toEqual(['elevation.requested', 'elevation.active'])
    expect(notesIn(world)).toEqual([])
  })
})

describe('a process that is killed while it keeps credentials', () => {
  test.each([
    ['write', ['e2']],
    ['put', ['e2']],
  ] as const)('at `%s` leaves none for long', async (where, orphans) => {
    const world = createWorld()
    await elevate(request(), world.deps)
    await killedAt(world, where)
    for (const id of orphans) expect(await world.store.read(`${word} ${id}`)).toBeDefined()
    await finishAbandoned(world.deps)
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
    leaveNote(world.folder, [{ store: 'keychain', key: 'gone' }])
    const remove = () => Promise.reject(new PimError('unavailable', 'x', 'locked'))
    const stores = { ...world.deps.stores, open: () => ({ ...world.store, remove }) }
    const told: string[] = []
    await finishAbandoned({ ...world.deps, stores }, (message) => told.push(message))
    expect(told).toEqual(['locked'])
    expect(notesIn(world)).toEqual(['killed.note'])
  })

  test('leaves nothing in the way of a note that makes no sense', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    writeFileSync(join(world.folder, 'keeping', 'junk.note'), 'junk')
    await finishAbandoned(world.deps)
    expect(notesIn(world)).toEqual([])
  })
})

test('a living process is not cleaned up after', async () => {
  const world = createWorld()
  const note = await world.deps.stores.notes?.begin({
    items: [{ store: 'file', key: `${word} e9` }],
  })
  await world.store.write(`${word} e9`, (await elevate(request(), world.deps)).credentials!)
  await finishAbandoned(world.deps)
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
