import { describe, expect, test } from 'vitest'
import { hours } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

/** What needs an approver, none of whom ever decides. */
const targets = [
  'azure:payments-dev/Contributor',
  'entra:conditional-access-administrator',
  'group:sec-ops@owner',
]

async function signedIn(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  return pim
}

/** A log in which the request was made, waited for an approver, and ran out of time, once. */
function expectLapsed(pim: Pim): void {
  expect(pim.records().map(({ event }) => event)).toEqual([
    'elevation.requested',
    'elevation.pending',
    'elevation.failed',
  ])
  expect(pim.records().at(-1)).toMatchObject({ state: 'failed', status: 'TimedOut' })
}

describe.each(targets)('a request for %s that nobody decides', { timeout: 60_000 }, (target) => {
  const argv = ['elevate', target, '-j', 'why', '--json']

  test('ends the wait with exit code 6 when it lapses, and is on record as failed', async () => {
    const pim = await signedIn()
    const waiting = pim.run([...argv, '--approval-timeout', '48h'])
    const lastEvent = () => pim.records().at(-1)?.event
    await expect.poll(lastEvent, { timeout: 50_000 }).toBe('elevation.pending')
    pim.advance(hours(24))
    const { code, stdout, stderr } = await waiting
    expect([code, stderr]).toEqual([6, expect.stringContaining('after 24 hours')])
    expect(JSON.parse(stdout).elevations).toMatchObject([
      { target, state: 'failed', error: { code: 'activation-timed-out', exitCode: 6 } },
    ])
    expectLapsed(pim)
    expect((await pim.run('status')).stderr).toContain('No active elevations')
    expectLapsed(pim)
  })

  test('and nobody waits for is found lapsed by `pim status`', async () => {
    const pim = await signedIn()
    expect((await pim.run(argv)).code).toBe(5)
    pim.advance(hours(25))
    expect((await pim.run('status')).stderr).toContain('No active elevations')
    expectLapsed(pim)
  })

  test('is found lapsed before the same is asked for again', async () => {
    const pim = await signedIn()
    expect((await pim.run(argv)).code).toBe(5)
    const [first] = pim.records()
    pim.advance(hours(25))
    expect((await pim.run(argv)).code).toBe(5)
    const ofFirst = pim.records().filter(({ elevationId }) => elevationId === first?.elevationId)
    expect(ofFirst.map(({ event }) => event)).toEqual([
      'elevation.requested',
      'elevation.pending',
      'elevation.failed',
    ])
    expect(pim.sandbox.tenant.requests).toHaveLength(2)
  })
})
