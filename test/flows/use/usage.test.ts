import { describe, expect, test } from 'vitest'

import { minutes } from '../../../src/core/time/duration.ts'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { helperOf, type HandOver } from '../../../src/flows/release/release.ts'
import { runAs } from '../../../src/flows/use/run-as.ts'
import { releaseLater } from '../../../src/flows/release/release-later.ts'
import type { WaitLimit } from '../../../src/flows/elevate/wait-limit.ts'
import { createWorld, request, type World } from '../harness.ts'
import { releaseNamed } from '../records.ts'

const limit: WaitLimit = { wait: 'effective', timeout: { seconds: 60 }, approval: { seconds: 0 } }

/** A command that runs until it is told to end. */
async function running(world: World, keep = false) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const ended = runAs(
    [request()],
    { file: 'deploy', args: [] },
    { keep, limit },
    {
      ...world.deps,
      runChild: async () => {
        started.resolve()
        await promise
        return { exitCode: 0 }
      },
    },
  )
  await started.promise
  return async () => {
    resolve()
    await ended
  }
}

const isActive = async ({ deps }: World) => (await deps.records.list()).length === 1
const releases = async (world: World) =>
  (await world.events()).filter((event) => event === 'elevation.released').length

describe('two commands with one elevation', () => {
  test.each([
    ['the first', 0],
    ['the second', 1],
  ])('%s that ends leaves it to the other, which gives it back', async (_, first) => {
    const world = createWorld()
    const ends = [await running(world), await running(world)]
    expect(world.cloud.attempts).toHaveLength(1)
    await ends[first]?.()
    expect([await isActive(world), await releases(world)]).toEqual([true, 0])
    await ends[1 - first]?.()
    expect([await isActive(world), await releases(world)]).toEqual([false, 1])
  })

  test('that end at once give it back once', async () => {
    const world = createWorld()
    const ends = await Promise.all(Array.from({ length: 5 }, () => running(world)))
    expect(world.cloud.attempts).toHaveLength(1)
    await Promise.all(ends.map((end) => end()))
    expect([await isActive(world), await releases(world)]).toEqual([false, 1])
  })

  test('one that is to keep it keeps it for both', async () => {
    const world = createWorld()
    const end = await running(world)
    await (
      await running(world, true)
    )()
    await end()
    expect([await isActive(world), await releases(world)]).toEqual([true, 0])
  })
})

describe('an elevation asked for while a command runs with it', () => {
  test('stays when the command ends', async () => {
    const world = createWorld()
    const end = await running(world)
    expect(await elevate(request(), world.deps)).toMatchObject({ changed: false })
    await end()
    expect([await isActive(world), await releases(world)]).toEqual([true, 0])
  })

  test('is given back all the same when it is released by name', async () => {
    const world = createWorld()
    const end = await running(world)
    await releaseNamed('aws:prod-admin', world.deps)
    await end()
    expect([await isActive(world), await releases(world)]).toEqual([false, 1])
  })
})

describe('what a helper is to give back', () => {
  const handedOver = async () => {
    const world = createWorld()
    const failures: Error[] = []
    const possibleAt = new Date(world.deps.now().getTime() + minutes(5).seconds * 1000)
    const provider = {
      ...world.cloud.provider,
      release: async () => {
        const failure = failures.shift()
        if (failure !== undefined) throw failure
        return world.deps.now() < possibleAt
          ? { state: 'not-yet' as const, possibleAt, why: 'too early' }
          : { state: 'released' as const }
      },
    }
    const deps = { ...world.deps, provider: async () => provider }
    await elevate(request(), deps)
    const handed: string[] = []
    const handOver: HandOver = async ({ id }) => void handed.push(id)
    const handBack = () => releaseNamed('aws:prod-admin', deps, { handOver })
    await handBack()
    const help = () => releaseLater('aws:prod-admin', handed[0] ?? '', deps)
    return { world, deps, help, handed, handBack, failures }
  }

  test('is given back in its time', async () => {
    const { world, help } = await handedOver()
    // It waits until then by itself.
    await help()
    expect([await isActive(world), await releases(world)]).toEqual([false, 1])
  })

  test('is given back later where the provider is out of reach at first', async () => {
    const { world, help, failures } = await handedOver()
    world.advance(minutes(6))
    failures.push(...Array(5).fill(new PimError('unavailable', 'no-answer', 'no')))
    await help()
    expect([await isActive(world), await releases(world)]).toEqual([false, 1])
  })

  test('is handed over again where the helper is gone, and not while it is there', async () => {
    const { handed, handBack, world } = await handedOver()
    await handBack()
    expect(handed).toHaveLength(2)
    const use = await world.deps.uses.begin(helperOf(handed[0] ?? ''))
    await handBack()
    expect(handed).toHaveLength(2)
    await use.end()
  })

  test('is that elevation, and not another that took its place', async () => {
    const { world, deps, help } = await handedOver()
    const [before] = await world.deps.records.list()
    if (before !== undefined) await world.deps.records.remove(before)
    await elevate(request(), deps)
    world.advance(minutes(6))
    await help()
    expect(await isActive(world)).toBe(true)
  })

  test('stays where it was asked for again', async () => {
    const { world, deps, help } = await handedOver()
    const { elevation } = await elevate(request(), deps)
    expect(elevation).not.toHaveProperty('releasesAt')
    expect(world.told.at(-1)).toContain('it stays')
    world.advance(minutes(6))
    await help()
    expect(await isActive(world)).toBe(true)
  })

  test('is left to a command that runs with it by then', async () => {
    const { world, deps, help } = await handedOver()
    const end = await running({ ...world, deps })
    world.advance(minutes(6))
    await help()
    expect(await isActive(world)).toBe(true)
    await end()
    expect([await isActive(world), await releases(world)]).toEqual([false, 1])
  })
})
