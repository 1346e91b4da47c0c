import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seconds } from '../../../src/core/time/duration.ts'
import { PimError } from '../../../src/core/errors.ts'
import { recordHandOut, serve } from '../../../src/flows/use/hand-out.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { createWorld, elevated, request, type World } from '../harness.ts'

const word = 'aws:prod-admin'
const standing = { justification: 'nightly job' }
const left = async (world: World, span: { seconds: number }) => {
  await elevated(world)
  world.advance(seconds(3600 - span.seconds))
}

describe('what is live is handed out', () => {
  test('as it is, without a word on record and without asking the cloud', async () => {
    const world = createWorld()
    await elevated(world)
    const served = await serve(word, {}, world.deps)
    expect(served.credentials.reveal()).toBe('keys of e1')
    expect(world.cloud.attempts).toHaveLength(1)
  })

  test('also by another spelling, and where the configuration changed and names the same role', async () => {
    const world = createWorld()
    await elevated(world)
    expect((await serve('AWS:Prod-Admin', {}, world.deps)).elevation.id).toBe('e1')
    world.cloud.configuration = 'changed'
    expect((await serve(word, {}, world.deps)).elevation.id).toBe('e1')
  })

  test('but not where the configuration now names another role', async () => {
    const world = createWorld()
    await elevated(world)
    world.cloud.configuration = 'changed'
    world.cloud.targets = world.cloud.targets.map((target) => ({ ...target, role: 'Other' }))
    await expect(serve(word, {}, world.deps)).rejects.toMatchObject({ code: 'no-live-elevation' })
  })

  test('but not where the store lost it', async () => {
    const world = createWorld()
    await elevated(world)
    await world.store.remove(`${word} e1`)
    await expect(serve(word, {}, world.deps)).rejects.toMatchObject({ code: 'no-live-elevation' })
  })
})

describe('what is kept in a store that cannot be opened', () => {
  const locked = new PimError('unavailable', 'store-unavailable', 'it is locked')
  const lockedWorld = async (): Promise<World> => {
    const world = createWorld()
    await elevated(world)
    const refuse = () => Promise.reject(locked)
    const store = { ...world.store, read: refuse, glance: refuse }
    return {
      ...world,
      deps: { ...world.deps, stores: { open: () => store, choose: async () => world.store } },
    }
  }

  test.each([word, 'AWS:Prod-Admin'])('is why it is not served, as %s', async (name) => {
    const world = await lockedWorld()
    await expect(serve(name, {}, world.deps)).rejects.toMatchObject({
      code: 'store-unavailable',
      exitCode: 6,
      message: 'it is locked',
    })
    expect(world.cloud.attempts).toHaveLength(1)
  })

  test('is replaced where a reason was left for that, and the loss is told once', async () => {
    const world = await lockedWorld()
    expect((await serve(word, standing, world.deps)).elevation.id).toBe('e2')
    expect(world.told.filter((line) => line.includes('it is locked'))).toHaveLength(1)
  })
})

describe('near its end', () => {
  test.each([
    ['six minutes left, a reason at hand: as it is', minutes(6), standing, 'e1'],
    ['under five, a reason at hand: a new one', seconds(299), standing, 'e2'],
    ['under five, no reason: as it is', seconds(299), {}, 'e1'],
    ['a minute, no reason: as it is', minutes(1), {}, 'e1'],
    ['under a minute, no reason: refused', seconds(59), {}, 'no-live-elevation'],
    ['under a minute, a reason: a new one', seconds(59), standing, 'e2'],
    ['ended: refused', seconds(0), {}, 'no-live-elevation'],
  ])('%s', async (_, span, given, expected) => {
    const world = createWorld()
    await left(world, span)
    const answer = await serve(word, given, world.deps).then(
      (served) => served.elevation.id,
      (error: unknown) => (error instanceof PimError ? error.code : 'a crash'),
    )
    expect(answer).toBe(expected)
  })

  test('under a minute is never handed out, whatever the reason and the duration asked for', async () => {
    const anyAsked = fc.option(fc.integer({ min: 1, max: 200 }).map(seconds), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 150 }), anyAsked, async (count, duration) => {
        const world = createWorld()
        await left(world, seconds(count))
        const given = { ...standing, ...(duration !== undefined && { duration }) }
        const served = await serve(word, given, world.deps)
        const end = served.elevation.expiresAt.getTime() - world.deps.now().getTime()
        const isNew = served.elevation.id !== 'e1'
        expect(isNew || end >= 60_000).toBe(true)
      }),
      { numRuns: 25 },
    )
  })
})

test('without an elevation the command to type is named, and the cloud is not asked', async () => {
  const world = createWorld()
  await expect(serve(word, {}, world.deps)).rejects.toMatchObject({
    exitCode: 2,
    hint: expect.stringContaining('pim elevate aws:prod-admin'),
  })
  expect(world.cloud.attempts).toEqual([])
})

describe('that credentials left pim is on record', () => {
  test('once for each elevation and channel, however many ask at once', async () => {
    const world = createWorld()
    await elevated(world)
    const served = await serve(word, {}, world.deps)
    const channels = ['credential_process', 'env', 'credential_process', 'env'] as const
    await Promise.all(
      channels.map((channel) => recordHandOut(served.elevation, channel, world.deps)),
    )
    const issued = (await world.audit()).filter(({ event }) => event === 'credentials.issued')
    expect(issued).toHaveLength(2)
    expect(new Set(issued.map(({ channel }) => channel))).toEqual(
      new Set(['credential_process', 'env']),
    )
    expect(issued[0]).toMatchObject({ elevationId: 'e1', accessKeyId: 'ASIA-e1' })
    const again = await serve(word, {}, world.deps)
    await recordHandOut(again.elevation, 'env', world.deps)
    expect(await world.audit()).toHaveLength(4)
  })

  test('anew for the next elevation', async () => {
    const world = createWorld()
    await elevated(world)
    await recordHandOut((await serve(word, {}, world.deps)).elevation, 'env', world.deps)
    world.advance(hours(2))
    const served = await serve(word, request(), world.deps)
    await recordHandOut(served.elevation, 'env', world.deps)
    expect((await world.events()).filter((event) => event === 'credentials.issued')).toHaveLength(2)
  })
})

describe('a hand-out that cannot be noted', () => {
  const full = new PimError('unavailable', 'store-unavailable', 'the disk is full')
  const held = async (world: World) => {
    await elevated(world)
    return (await serve(word, {}, world.deps)).elevation
  }

  test('with the elevation alone is on record, and told', async () => {
    const world = createWorld()
    const elevation = await held(world)
    const put = () => Promise.reject(full)
    const deps = { ...world.deps, records: { ...world.deps.records, put } }
    await recordHandOut(elevation, 'env', deps)
    const events = (await world.deps.audit.records()).map(({ event }) => event)
    expect(events.at(-1)).toBe('credentials.issued')
    expect(world.told.at(-1)).toBe(
      `${word}: could not note that it was handed out: the disk is full`,
    )
  })

  test.each(['lock-unusable', 'flight-unusable'])(
    'on record is refused in the words of the log, not of a lock (%s)',
    async (code) => {
      const world = createWorld()
      const elevation = await held(world)
      const run = () => Promise.reject(new PimError('unavailable', code, 'cannot lock x.lock'))
      const unwritable = new PimError('audit', 'audit-unwritable', 'the disk is full')
      const audit = { ...world.deps.audit, ensureWritable: () => Promise.reject(unwritable) }
      const deps = { ...world.deps, flights: { run }, audit }
      await expect(recordHandOut(elevation, 'env', deps)).rejects.toBe(unwritable)
      const sound = { ...world.deps, flights: { run } }
      await expect(recordHandOut(elevation, 'env', sound)).rejects.toMatchObject({ code })
    },
  )
})
