import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { createWorld, request } from '../harness.ts'

describe('a session whose answer is lost', () => {
  test.each([
    ['on its way', new PimError('unavailable', 'no-answer', 'socket hang up'), 'no-answer'],
    [
      'since a person left',
      new PimError('interrupted', 'interrupted', 'interrupted'),
      'interrupted',
    ],
  ])('%s is on record as unknown, with its latest possible end', async (_, lost, code) => {
    const world = createWorld()
    world.cloud.grant = () => Promise.reject(lost)
    await expect(elevate(request(), world.deps)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('nobody received its keys'),
    })
    expect((await world.audit()).slice(1)).toMatchObject([
      { event: 'elevation.failed', state: 'unknown', accessEndsAt: '2026-03-01T13:00:00.000Z' },
    ])
    expect(await world.deps.records.list()).toEqual([])
  })

  test.each([
    ['refused', new PimError('refused', 'access-denied', 'no', { provider: { status: 403 } })],
    ['never sent', new PimError('unavailable', 'provider-unreachable', 'nobody listens')],
  ])('is no such where the request was %s', async (_, failure) => {
    const world = createWorld()
    world.cloud.grant = () => Promise.reject(failure)
    await expect(elevate(request(), world.deps)).rejects.toThrow(failure.message)
    const [, outcome] = await world.audit()
    expect(outcome).toMatchObject({ event: 'elevation.failed' })
    expect(outcome).not.toHaveProperty('state')
  })
})
