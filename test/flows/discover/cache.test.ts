import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import type { Findings, Provider } from '../../../src/core/provider.ts'
import { discover, discoverKnown } from '../../../src/flows/discover/discover.ts'
import { resolveTargets } from '../../../src/flows/discover/resolve-targets.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { freshness } from '../../../src/flows/discover/cache.ts'
import { hours, minutes, target } from '../../core/sample-elevations.ts'
import { askForOps, createGrants, ops } from '../grants.ts'

/** A cloud that counts how often it is asked, and answers as the test says. */
function counted(found: Partial<Findings> = {}) {
  const grants = createGrants()
  let asked = 0
  let configuration = 'tenant one'
  const provider: Provider = {
    ...grants.provider,
    configuration: async () => configuration,
    discover: async () => {
      asked += 1
      return { targets: [ops], active: [], troubles: [], ...found }
    },
  }
  const deps = { ...grants.world.deps, provider: async () => provider }
  const list = (maxAge = freshness.list) => discover(deps, { only: 'group', maxAge })
  return {
    deps,
    list,
    asked: () => asked,
    advance: grants.world.advance,
    move: () => (configuration = 'tenant two'),
  }
}

describe('what a provider said', () => {
  test('serves a list for five minutes, with its age', async () => {
    const { list, asked, advance } = counted()
    expect(await list()).not.toHaveProperty('readAt')
    advance(minutes(4))
    expect(await list()).toMatchObject({ readAt: new Date('2026-03-01T12:00:00Z') })
    expect(asked()).toBe(1)
    advance(minutes(2))
    await list()
    expect(asked()).toBe(2)
  })

  test('is asked anew on demand', async () => {
    const { list, asked } = counted()
    await list()
    await list(freshness.now)
    expect(asked()).toBe(2)
  })

  test('is not taken for what another tenant would say', async () => {
    const { list, asked, move } = counted()
    await list()
    move()
    await list()
    expect(asked()).toBe(2)
  })

  test('is of no known age once the clock was set back', async () => {
    const { list, asked, advance } = counted()
    await list()
    advance(minutes(-1))
    await list()
    expect(asked()).toBe(2)
  })

  test('is not kept where a part of it is missing: it would look whole', async () => {
    const trouble = new PimError('unavailable', 'throttled', 'later')
    const { list, asked } = counted({ troubles: [trouble] })
    expect((await list()).troubles).toEqual([{ provider: 'group', error: trouble, isSetUp: true }])
    await list()
    expect(asked()).toBe(2)
  })

  test('is forgotten once something there was changed', async () => {
    const { deps, list, asked } = counted()
    await list()
    await elevate(askForOps(), deps)
    await list()
    expect(asked()).toBe(2)
  })
})

describe('a name', () => {
  test('is found in what is known, and asked for only where it is not there', async () => {
    const { deps, asked, list } = counted()
    await list()
    await resolveTargets(['group:SEC-OPS'], deps)
    expect(asked()).toBe(1)
    await expect(resolveTargets(['group:other', 'group:third'], deps)).rejects.toMatchObject({
      code: 'unknown-target',
    })
    expect(asked()).toBe(2)
  })

  test('that may be among what could not be read is that trouble, not an unknown name', async () => {
    const trouble = new PimError('unavailable', 'throttled', 'later')
    const { deps } = counted({ targets: [], troubles: [trouble] })
    await expect(resolveTargets(['group:sec-ops'], deps)).rejects.toMatchObject({
      code: 'throttled',
      target: 'group:sec-ops',
    })
  })

  test('completes from what is known, however old, and asks nobody', async () => {
    const { deps, asked, advance, list } = counted({
      targets: [target('b', { provider: 'group' })],
    })
    expect((await discoverKnown(deps)).targets).toEqual([])
    await list()
    advance(hours(24))
    expect((await discoverKnown(deps)).targets.map(({ path }) => path)).toContain('b')
    expect(asked()).toBe(1)
  })
})

test('a cloud that nobody set up is not asked, and is no trouble of a list', async () => {
  const { deps, asked } = counted()
  const provider = { ...(await deps.provider()), isSetUp: async () => false }
  const { targets, troubles } = await discover({ ...deps, provider: async () => provider })
  expect([targets, asked()]).toEqual([[], 0])
  expect(troubles.every(({ isSetUp }) => !isSetUp)).toBe(true)
})
