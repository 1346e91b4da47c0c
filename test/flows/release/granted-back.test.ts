import { expect, describe, test } from 'vitest'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { hours } from '../../core/sample-elevations.ts'
import { askForOps, createGrants, ops, standingFor } from '../grants.ts'
import { release } from '../../../src/flows/release/release.ts'
import { releaseNamed, remembered } from '../records.ts'

const word = 'group:sec-ops'

describe('giving a right back', () => {
  const possibleAt = new Date('2026-03-01T12:05:00Z')
  const tooEarly = { state: 'not-yet', possibleAt, why: 'too short' } as const

  test('too early says from when on, and leaves it as it is', async () => {
    const grants = createGrants()
    await elevate(askForOps(), grants.world.deps)
    grants.release = [tooEarly]
    await expect(releaseNamed(word, grants.world.deps)).rejects.toMatchObject({
      code: 'too-early',
      exitCode: 5,
      message: expect.stringMatching(/allows its release from \d\d:05 \(in 5m\)/),
      hint: expect.stringContaining('--wait'),
    })
    expect(await remembered(grants.world.deps, word)).toBeDefined()
    expect(await grants.world.events()).not.toContain('elevation.released')
  })

  test('waits for that moment where it is told to, and records it once', async () => {
    const grants = createGrants()
    const { world } = grants
    await elevate(askForOps(), world.deps)
    grants.release = [tooEarly, { state: 'released' }]
    const waits: Date[] = []
    const released = await releaseNamed(word, world.deps, {
      onWait: (moment) => waits.push(moment),
    })
    expect(released).toMatchObject({ state: 'released' })
    expect(waits).toEqual([possibleAt])
    expect(world.deps.now()).toEqual(possibleAt)
    expect((await world.events()).filter((event) => event === 'elevation.released')).toHaveLength(1)
  })

  test('works for what was activated elsewhere', async () => {
    const grants = createGrants()
    const { world } = grants
    grants.standing = standingFor(world, hours(1))
    const { elevation } = await elevate(askForOps(), world.deps)
    expect(await release(elevation, world.deps)).toMatchObject({
      target: `group:${ops.path}`,
      state: 'released',
    })
  })
})
