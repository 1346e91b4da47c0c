import { describe, expect, test } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import { elevate } from '../../src/flows/elevate.ts'
import { reconcile } from '../../src/flows/reconcile.ts'
import { helperOf, release, type HandOver } from '../../src/flows/release.ts'
import { minutes } from '../core/elevations.ts'
import { askForOps, createGrants } from './grants.ts'

const word = 'group:sec-ops'

async function elevated() {
  const grants = createGrants()
  await elevate(askForOps(), grants.world.deps)
  return grants
}

describe('what is remembered', () => {
  test('is confirmed by the provider, with the moment', async () => {
    const { world } = await elevated()
    world.advance(minutes(10))
    const [found] = await reconcile(world.deps)
    expect(found).toMatchObject({ elevation: { state: 'active', confirmedAt: world.deps.now() } })
    expect(found).not.toHaveProperty('trouble')
  })

  test('that the provider cannot be asked about is shown as of when it could', async () => {
    const grants = await elevated()
    const { world } = grants
    await reconcile(world.deps)
    const confirmedAt = world.deps.now()
    world.advance(minutes(10))
    grants.progress = [new PimError('unavailable', 'no-answer', 'no answer')]
    expect(await reconcile(world.deps)).toMatchObject([
      { elevation: { state: 'active', confirmedAt }, trouble: { code: 'no-answer' } },
    ])
  })

  test('that the provider lists no more was ended elsewhere: forgotten, with one record', async () => {
    const grants = await elevated()
    const { world } = grants
    world.advance(minutes(10))
    grants.progress = [{ state: 'provisioning' }]
    expect(await reconcile(world.deps)).toEqual([])
    expect(await reconcile(world.deps)).toEqual([])
    expect(await world.deps.records.get(word)).toBeUndefined()
    const ended = (await world.audit()).filter(({ event }) => event === 'elevation.released')
    expect(ended).toMatchObject([{ by: 'provider' }])
  })

  test('that was approved meanwhile is active, and on record as that', async () => {
    const grants = createGrants()
    grants.answer = 'pending-approval'
    const { world } = grants
    await elevate(askForOps(), world.deps)
    expect(await reconcile(world.deps)).toMatchObject([{ elevation: { state: 'active' } }])
    expect((await world.events()).at(-1)).toBe('elevation.active')
  })

  test('of another tenant is left as it is', async () => {
    const grants = await elevated()
    grants.provider = { ...grants.provider, configuration: async () => 'another' }
    grants.progress = [{ state: 'denied' }]
    expect(await reconcile(grants.world.deps)).toMatchObject([{ elevation: { state: 'active' } }])
  })
})

test('what may not be given back yet is handed over once, and shown with its moment', async () => {
  const grants = await elevated()
  const { world } = grants
  const possibleAt = new Date('2026-03-01T12:05:00Z')
  grants.release = [{ state: 'not-yet', possibleAt, why: 'too short' }]
  const handed: string[] = []
  const handOver: HandOver = async ({ id, target }) => {
    handed.push(target)
    await world.deps.uses.begin(helperOf(id))
  }
  for (let time = 0; time < 2; time += 1) {
    expect(await release(word, world.deps, { handOver })).toMatchObject({
      state: 'active',
      releasesAt: possibleAt,
    })
  }
  expect(handed).toEqual([word])
  grants.release = [{ state: 'released' }]
  expect(await release(word, world.deps)).toMatchObject({ state: 'released' })
})
