import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { formatTarget, providerIds } from '../../../src/core/target.ts'
import { discover } from '../../../src/flows/discover/discover.ts'
import { resolveTargets } from '../../../src/flows/discover/resolve-targets.ts'
import { readRequirements } from '../../../src/flows/discover/requirements.ts'
import { onlyTarget } from '../../../src/flows/use/hand-out.ts'
import { target } from '../../core/sample-elevations.ts'
import { createWorld, type World } from '../harness.ts'

function worldWith(...paths: string[]): World {
  const world = createWorld()
  world.cloud.targets = paths.map((path) => target(path))
  world.settings = {
    aliases: { prod: ['aws:b', 'aws:a'], One: ['aws:a'], aws: ['aws:b'] },
    targets: {},
  }
  return world
}

const names = async (words: readonly string[], world: World) =>
  (await resolveTargets(words, world.deps)).map(formatTarget)

describe('words mean targets', () => {
  test.each([
    [['aws:a'], ['aws:a']],
    [['aws:A', 'aws:a'], ['aws:a']],
    [['prod'], ['aws:b', 'aws:a']],
    [
      ['PROD', 'aws:c'],
      ['aws:b', 'aws:a', 'aws:c'],
    ],
    [
      ['one', 'prod'],
      ['aws:a', 'aws:b'],
    ],
    [['aws'], ['aws:b']],
    [[], []],
  ])('%j is %j', async (words, expected) => {
    expect(await names(words, worldWith('a', 'b', 'c'))).toEqual(expected)
  })

  test.each(['aws:nothing', 'nothing', 'constructor', '__proto__', 'toString'])(
    '%s means none: exit code 2',
    async (word) => {
      await expect(names([word], worldWith('a'))).rejects.toMatchObject({ kind: 'usage' })
    },
  )

  test('a listed name goes before one that is complete as written', async () => {
    const world = worldWith('123456789012/Admin')
    const located = target('located')
    const provider = { ...world.cloud.provider, locate: () => located }
    const deps = { ...world.deps, provider: async () => provider }
    expect(await resolveTargets(['aws:123456789012/Admin'], deps)).toEqual(world.cloud.targets)
    expect(await resolveTargets(['aws:elsewhere'], deps)).toEqual([located])
  })

  test('one is wanted where one can be used', async () => {
    const world = worldWith('a', 'b')
    expect(await onlyTarget('one', world.deps)).toBe(world.cloud.targets[0])
    await expect(onlyTarget('prod', world.deps)).rejects.toMatchObject({ code: 'several-targets' })
  })
})

describe('a name without its provider', () => {
  test('is refused with the targets that it may mean', async () => {
    const { deps } = worldWith('staging', 'other')
    await expect(resolveTargets(['STAGING'], deps)).rejects.toMatchObject({
      code: 'invalid-target',
      exitCode: 2,
      hint: 'did you mean `aws:staging`?',
    })
  })

  test('that means none is refused with how to write one', async () => {
    const { deps } = worldWith('staging')
    await expect(resolveTargets(['stag'], deps)).rejects.toMatchObject({
      code: 'invalid-target',
      hint: expect.stringContaining('<provider>:<path>'),
    })
  })
})

describe('everything one may elevate to', () => {
  test('is sorted by name', async () => {
    const { targets, troubles } = await discover(worldWith('c', 'a', 'b').deps, { only: 'aws' })
    expect(targets.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
    expect(troubles).toEqual([])
  })

  test.each([
    ['refuses', new PimError('sign-in', 'expired', 'sign in'), 'expired'],
    ['crashes', new TypeError('x'), 'unexpected'],
  ])('a provider that %s is named, and nothing is thrown', async (_, thrown, code) => {
    const world = worldWith('a')
    const provider = { ...world.cloud.provider, discover: () => Promise.reject(thrown) }
    const answer = await discover(
      { ...world.deps, provider: async () => provider },
      { only: 'aws' },
    )
    expect(answer).toMatchObject({ targets: [], troubles: [{ provider: 'aws', error: { code } }] })
  })

  test('a provider that cannot be loaded is named too', async () => {
    const answer = await discover({
      ...createWorld().deps,
      provider: () => Promise.reject(new Error('no module')),
    })
    expect(answer.troubles.map(({ provider }) => provider)).toEqual([...providerIds])
  })

  test('a target whose demands cannot be read hides no other', async () => {
    const world = worldWith('a', 'b')
    const trouble = new PimError('usage', 'aws-profile-broken', 'no')
    const provider = {
      ...world.cloud.provider,
      requirements: async ({ path }: { path: string }) => {
        if (path === 'a') throw trouble
        return world.cloud.demands
      },
    }
    const read = await readRequirements(world.cloud.targets, {
      ...world.deps,
      provider: async () => provider,
    })
    expect([...read]).toEqual([
      ['aws:a', trouble],
      ['aws:b', world.cloud.demands],
    ])
  })
})
