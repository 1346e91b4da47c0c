import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import type { LoadProvider } from '../../../src/core/provider.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { helperOf, type HandOver } from '../../../src/flows/release/release.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { as, askForOps, createGrants, person } from '../grants.ts'
import { reconcileAll, releaseNamed, remembered } from '../records.ts'

const word = 'group:sec-ops'
const inFabrikam = { ...person, tenant: '2', account: 'user/alice-2' }

async function elevated() {
  const grants = createGrants()
  await elevate(askForOps(), grants.world.deps)
  return grants
}

describe('what is remembered', () => {
  test('is confirmed by the provider, with the moment', async () => {
    const { world } = await elevated()
    world.advance(minutes(10))
    const [found] = await reconcileAll(world.deps)
    expect(found).toMatchObject({ elevation: { state: 'active', confirmedAt: world.deps.now() } })
    expect(found).not.toHaveProperty('trouble')
  })

  test('that the provider cannot be asked about is shown as of when it could', async () => {
    const grants = await elevated()
    const { world } = grants
    await reconcileAll(world.deps)
    const confirmedAt = world.deps.now()
    world.advance(minutes(10))
    grants.progress = [new PimError('unavailable', 'no-answer', 'no answer')]
    expect(await reconcileAll(world.deps)).toMatchObject([
      { elevation: { state: 'active', confirmedAt }, trouble: { code: 'no-answer' } },
    ])
  })

  test('that the provider lists no more is active all the same', async () => {
    const grants = await elevated()
    const { world } = grants
    grants.progress = [{ state: 'provisioning' }]
    for (const span of [minutes(4), minutes(10), minutes(45)]) {
      world.advance(span)
      expect(await reconcileAll(world.deps)).toMatchObject([{ elevation: { state: 'active' } }])
    }
    expect(await world.events()).not.toContain('elevation.released')
  })

  test('that its request says was ended elsewhere is forgotten, with one record', async () => {
    const grants = await elevated()
    const { world } = grants
    world.advance(minutes(10))
    grants.progress = [{ state: 'released' }]
    expect(await reconcileAll(world.deps)).toEqual([])
    expect(await reconcileAll(world.deps)).toEqual([])
    expect(await remembered(world.deps, word)).toBeUndefined()
    const ended = (await world.audit()).filter(({ event }) => event === 'elevation.released')
    expect(ended).toMatchObject([{ by: 'provider' }])
  })

  test('that was approved meanwhile is active, and on record as that', async () => {
    const grants = createGrants()
    grants.answer = 'pending-approval'
    const { world } = grants
    await elevate(askForOps(), world.deps)
    expect(await reconcileAll(world.deps)).toMatchObject([{ elevation: { state: 'active' } }])
    expect((await world.events()).at(-1)).toBe('elevation.active')
  })

  test('whose holder is signed out is shown as it was, and says who must sign in', async () => {
    const grants = await elevated()
    const { world } = grants
    world.advance(minutes(10))
    const signedOut = new PimError('sign-in', 'other-identity', 'alice in Contoso is not signed in')
    const bound = { ...grants.provider, progress: () => Promise.reject(signedOut) }
    const provider: LoadProvider = async (_, identity) =>
      identity === undefined ? as(inFabrikam, grants.provider) : bound
    expect(await reconcileAll({ ...world.deps, provider })).toMatchObject([
      { elevation: { state: 'active' }, trouble: { code: 'other-identity' } },
    ])
    expect(await remembered(world.deps, word)).toMatchObject({ state: 'active' })
  })
})

test('what may not be given back yet is handed over once, and shown with its moment', async () => {
  const grants = await elevated()
  const { world } = grants
  const possibleAt = new Date('2026-03-01T12:05:00Z')
  grants.release = [{ state: 'not-yet', possibleAt, why: 'too short' }]
  const handed: string[] = []
  // A helper that nothing refers to would be collected, and its lock with it.
  const helpers: unknown[] = []
  const handOver: HandOver = async ({ id, target }) => {
    handed.push(target)
    helpers.push(await world.deps.uses.begin(helperOf(id)))
  }
  for (let time = 0; time < 2; time += 1) {
    expect(await releaseNamed(word, world.deps, { handOver })).toMatchObject({
      state: 'active',
      releasesAt: possibleAt,
    })
  }
  expect([handed, helpers.length]).toEqual([[word], 1])
  grants.release = [{ state: 'released' }]
  expect(await releaseNamed(word, world.deps)).toMatchObject({ state: 'released' })
})

test('what ended a week ago, and could not be asked about, is still told of', async () => {
  const grants = await elevated()
  const { world } = grants
  world.advance(hours(24 * 7))
  grants.progress = [new PimError('sign-in', 'not-signed-in', 'not signed in')]
  expect(await reconcileAll(world.deps)).toMatchObject([{ trouble: { code: 'not-signed-in' } }])
})
