import { describe, expect, test } from 'vitest'

import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { requirements } from '../../core/sample-elevations.ts'
import { activation, createWorld, request } from '../harness.ts'

describe('a wrong one-time code', () => {
  const wrong = new PimError('sign-in', 'mfa-code-refused', 'wrong')
  const worldOf = (wrongOnes: number, mayAskAgain = true) => {
    const world = createWorld({ mayAskAgain })
    world.cloud.demands = requirements({ mfaDevices: ['d'] })
    world.cloud.grant = async (attempt) => {
      if (world.cloud.attempts.length <= wrongOnes) throw wrong
      return activation(attempt, world.deps.now())
    }
    return world
  }

  test.each([0, 1, 2])('is asked for again: after %i wrong ones', async (count) => {
    const world = worldOf(count)
    const { elevation } = await elevate(request(), world.deps)
    expect(elevation).toMatchObject({ id: `e${count + 1}`, state: 'active' })
    const refused = Array.from({ length: count }, () => [
      'elevation.requested',
      'elevation.failed',
    ]).flat()
    expect(await world.events()).toEqual([...refused, 'elevation.requested', 'elevation.active'])
    const ids = (await world.audit()).map(({ elevationId }) => elevationId)
    expect(new Set(ids).size).toBe(count + 1)
  })

  test.each([
    ['ends it after the third', true, 3],
    ['ends it at once where nobody is there', false, 1],
  ])('%s', async (_, mayAskAgain, tries) => {
    const world = worldOf(9, mayAskAgain)
    await expect(elevate(request(), world.deps)).rejects.toMatchObject({
      code: 'mfa-code-refused',
    })
    expect(world.cloud.attempts).toHaveLength(tries)
  })
})
