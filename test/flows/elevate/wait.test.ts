import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { settle } from '../../../src/flows/elevate/wait.ts'
import type { WaitLimit } from '../../../src/flows/elevate/wait-limit.ts'
import { minutes } from '../../core/sample-elevations.ts'
import { createWorld, request } from '../harness.ts'

/** Waits for a session that works at the given probe, with time that passes only by sleeping. */
async function wait(worksAt: number, limit: WaitLimit) {
  const world = createWorld()
  const outcome = await elevate(request(), world.deps)
  let probes = 0
  const provider = {
    ...world.cloud.provider,
    isEffective: async () => (probes += 1) >= worksAt,
  }
  const sleep = async (span: { seconds: number }) => world.advance(span)
  const end = settle(outcome, provider, limit, { ...world.deps, sleep })
  const error = await end.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { probes, error }
}

describe('waiting until it works', () => {
  test.each([
    ['at once', 1, 'effective', 1],
    ['after a while', 4, 'effective', 4],
    ['not waited for: none', 9, 'none', 0],
    ['not waited for: active', 9, 'active', 0],
  ] as const)('%s', async (_, worksAt, until, probes) => {
    expect(await wait(worksAt, { wait: until, timeout: minutes(5), approval: minutes(0) })).toEqual(
      {
        probes,
        error: undefined,
      },
    )
  })

  test('ends at the deadline with exit code 5, the id, and the elevation in place', async () => {
    const { probes, error } = await wait(Infinity, {
      wait: 'effective',
      timeout: { seconds: 10 },
      approval: minutes(0),
    })
    expect(probes).toBe(6)
    expect(error).toBeInstanceOf(PimError)
    expect(error).toMatchObject({
      exitCode: 5,
      code: 'not-effective-yet',
      message: expect.stringContaining('elevation e1 is active'),
    })
  })
})
