import { describe, expect, test } from 'vitest'
import { milliseconds } from '../../../src/core/time/duration.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { heldUnderName } from '../../../src/flows/use/held-session.ts'
import { clearEnded } from '../../../src/flows/release/release.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { askForOps, createGrants } from '../grants.ts'
import { reconcileAll, releaseNamed, remembered } from '../records.ts'
import { activation, createWorld, request } from '../harness.ts'

const word = 'group:sec-ops'

/** A right of one hour that began while this machine's clock was two hours behind the provider's. */
async function granted() {
  const grants = createGrants()
  const { provider, world } = grants
  const clockAheadMs = milliseconds(hours(2))
  grants.provider = {
    ...provider,
    activate: async (attempt) => ({ ...(await provider.activate(attempt)), clockAheadMs }),
  }
  // By the provider's clock it is two o'clock, and the right lasts until three.
  const { elevation } = await elevate(askForOps(), world.deps)
  const expiresAt = new Date('2026-03-01T15:00:00Z')
  await world.deps.records.put({ ...elevation, expiresAt, accessEndsAt: expiresAt })
  return grants
}

describe('a right, after this machine’s clock was corrected', () => {
  test('is asked about, and stays what the provider says', async () => {
    const grants = await granted()
    const { world } = grants
    // The clock is set two hours on, to the true time; five minutes have passed.
    world.advance({ seconds: hours(2).seconds + minutes(5).seconds })
    grants.progress = [{ state: 'active', clockAheadMs: 0 }]
    expect(await reconcileAll(world.deps)).toMatchObject([
      { elevation: { state: 'active', clockAheadMs: 0 } },
    ])
  })

  test('is not ended by the difference that was measured before', async () => {
    const grants = await granted()
    const { world } = grants
    world.advance({ seconds: hours(2).seconds + minutes(5).seconds })
    grants.progress = [{ state: 'provisioning' }]
    expect(await reconcileAll(world.deps)).toMatchObject([{ elevation: { state: 'active' } }])
    expect(await world.events()).not.toContain('elevation.released')
  })

  test('is released where the provider says that it is active', async () => {
    const grants = await granted()
    const { world } = grants
    world.advance({ seconds: hours(2).seconds + minutes(5).seconds })
    grants.progress = [{ state: 'active', clockAheadMs: 0 }]
    expect(await releaseNamed(word, world.deps)).toMatchObject({ state: 'released' })
    expect((await world.events()).at(-1)).toBe('elevation.released')
  })

  test('that the provider says has ended is forgotten, and not called released', async () => {
    const grants = await granted()
    const { world } = grants
    world.advance(hours(3))
    grants.progress = [{ state: 'expired', clockAheadMs: 0 }]
    expect(await releaseNamed(word, world.deps)).toBeUndefined()
    expect(await remembered(world.deps, word)).toBeUndefined()
    expect(await world.events()).not.toContain('elevation.released')
  })
})

describe('the keys of a session, whose clock was two hours behind AWS’s', () => {
  async function issued() {
    const world = createWorld()
    const expiresAt = new Date('2026-03-01T15:00:00Z')
    world.cloud.grant = async (attempt) =>
      activation(attempt, world.deps.now(), {
        expiresAt,
        accessEndsAt: expiresAt,
        clockAheadMs: milliseconds(hours(2)),
      })
    await elevate(request(), world.deps)
    return world
  }
  const serve = ({ deps }: Awaited<ReturnType<typeof issued>>) =>
    heldUnderName('aws:prod-admin', false, deps)

  test('are served while they last, by the clock that was compared', async () => {
    const world = await issued()
    world.advance(minutes(50))
    expect((await serve(world))?.credentials.reveal()).toBe('keys of e1')
  })

  test('are not served past their own end, whichever clock has passed it, unless they work', async () => {
    const world = await issued()
    const deps = {
      ...world.deps,
      provider: async () => ({ ...world.cloud.provider, isEffective: async () => false }),
    }
    // An hour later they have ended, and this machine still believes that they have two hours.
    world.advance(minutes(70))
    expect(await heldUnderName('aws:prod-admin', false, deps)).toBeUndefined()
    // Past the end by both clocks nobody is asked.
    world.advance(hours(3))
    expect(await serve(world)).toBeUndefined()
  })

  test('are asked about where the clock was set back since', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    const served = (works: boolean) => {
      const provider = { ...world.cloud.provider, isEffective: async () => works }
      return heldUnderName('aws:prod-admin', false, {
        ...world.deps,
        provider: async () => provider,
      })
    }
    // The hour is over, and then the clock says a quarter past eleven.
    world.advance(hours(1))
    expect(await served(true)).toBeUndefined()
    world.advance(minutes(-105))
    expect(await served(false)).toBeUndefined()
    expect((await served(true))?.credentials.reveal()).toBe('keys of e1')
  })

  test('are not thrown away while nobody can tell that they have ended', async () => {
    const world = await issued()
    world.advance(minutes(70))
    await clearEnded(world.deps)
    expect(await world.deps.records.list()).toHaveLength(1)
    world.advance(hours(3))
    await clearEnded(world.deps)
    expect(await world.deps.records.list()).toEqual([])
  })
})
