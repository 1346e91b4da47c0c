import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { openCloud, type Environment } from './pim.ts'
import { eventsOf, openSignedIn } from './tenant.ts'

const loader = fileURLToPath(new URL('moved-clock.mjs', import.meta.url))

/** pim on a machine whose clock is so far off. */
function clockOff(offSeconds: number): Environment {
  return { NODE_OPTIONS: `--import=${loader}`, TEST_CLOCK_SECONDS: String(offSeconds) }
}

const targets = ['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops']
const twoHours = 7200
const clocks = [
  ['2 h behind, then right', -twoHours, 0],
  ['2 h ahead, then right', twoHours, 0],
  ['right, then 2 h ahead', 0, twoHours],
  ['right, then 2 h behind', 0, -twoHours],
] as const

describe.concurrent.each(targets)('%s', (text) => {
  test.each(clocks)('on a machine whose clock is %s', async (_, before, afterwards) => {
    await using cloud = await openSignedIn()
    const words = ['elevate', text, '-j', 'why', '--wait', 'active', '--json']
    expect((await cloud.run(words, clockOff(before))).code).toBe(0)
    cloud.tenant.skewSeconds = 360
    const shown = await cloud.run(['status', '--json', '--refresh'], clockOff(afterwards))
    expect(JSON.parse(shown.stdout).elevations).toMatchObject([{ target: text, state: 'active' }])
    expect((await cloud.run(['release', text], clockOff(afterwards))).code).toBe(0)
    const ends = cloud.tenant.requests.filter(({ action }) => action === 'SelfDeactivate')
    expect(ends).toHaveLength(1)
    expect(eventsOf(cloud, { text }).at(-1)).toBe('elevation.released')
  })
})

test.concurrent.each(targets)(
  '%s is released where the clock was put forward since',
  async (text) => {
    await using cloud = await openSignedIn()
    expect((await cloud.run(['elevate', text, '-j', 'why', '--wait', 'active'])).code).toBe(0)
    const early = await cloud.run(['release', text], clockOff(twoHours))
    expect([early.code, early.stderr]).toEqual([
      5,
      expect.stringContaining('allows its release from'),
    ])
    cloud.tenant.skewSeconds = 360
    expect((await cloud.run(['release', text], clockOff(twoHours))).code).toBe(0)
    expect(eventsOf(cloud, { text }).at(-1)).toBe('elevation.released')
  },
)

describe.concurrent('keys of AWS', () => {
  const target = 'aws:sandbox-admin'
  const words = ['elevate', target, '-j', 'why', '-d', '1h']
  const overAnHour = 3660

  test.each([0, twoHours, -twoHours])(
    'taken with the clock %d s off are not served past their end, by a clock that is right',
    async (before) => {
      await using cloud = await openCloud()
      expect((await cloud.pim(words, { env: clockOff(before) })).code).toBe(0)
      cloud.sts.skewSeconds = overAnHour
      const env = clockOff(overAnHour)
      const { out } = await cloud.pim(['status', '--json', '--refresh'], { env })
      expect(JSON.parse(out).elevations).toEqual([])
      expect((await cloud.pim(['status', '--check', target, '--refresh'], { env })).code).toBe(1)
      const served = await cloud.pim(['credentials', target], { env })
      expect([served.code, served.out]).toEqual([2, ''])
    },
  )

  test('are active, and released with all, where the clock was put forward since', async () => {
    await using cloud = await openCloud()
    const half = ['elevate', target, '-j', 'why', '-d', '30m']
    expect((await cloud.pim(half)).code).toBe(0)
    const env = clockOff(twoHours)
    const { out } = await cloud.pim(['status', '--json', '--refresh'], { env })
    expect(JSON.parse(out).elevations).toMatchObject([{ target, state: 'active' }])
    const table = await cloud.pim(['status', '--refresh'], { env })
    expect(table.out).toMatch(/ (?:29|30)m /)
    expect((await cloud.pim(['status', '--check', target, '--refresh'], { env })).code).toBe(0)
    // Another elevation must not clear it away.
    expect((await cloud.pim(['elevate', 'aws:sandbox-short', '-j', 'why'], { env })).code).toBe(0)
    expect((await cloud.pim(['release', '--all'], { env })).code).toBe(0)
    const ends = cloud.records().filter(({ event }) => event === 'elevation.released')
    expect(new Set(ends.map((each) => each.target))).toEqual(new Set([target, 'aws:sandbox-short']))
  })

  test('end when AWS says, where the clock was put right since', async () => {
    await using cloud = await openCloud()
    expect((await cloud.pim(words, { env: clockOff(twoHours) })).code).toBe(0)
    const { out } = await cloud.pim(['status'])
    expect(out).toMatch(/ (?:59m|1h) /)
  })

  test('are not called active where the clocks disagree and AWS cannot be asked', async () => {
    await using cloud = await openCloud()
    expect((await cloud.pim(words)).code).toBe(0)
    await cloud.sts.stop()
    const env = clockOff(twoHours)
    const { code, err } = await cloud.pim(['status', '--check', target], { env })
    expect([code, err]).toEqual([6, expect.stringContaining('error: ')])
  })

  test.each([twoHours, -twoHours])(
    'taken with the clock %d s off are served until then, by a clock that is right',
    async (before) => {
      await using cloud = await openCloud()
      expect((await cloud.pim(words, { env: clockOff(before) })).code).toBe(0)
      cloud.sts.skewSeconds = 1800
      const env = clockOff(1800)
      const { out } = await cloud.pim(['status', '--json', '--refresh'], { env })
      expect(JSON.parse(out).elevations).toMatchObject([{ target, state: 'active' }])
      expect((await cloud.pim(['status', '--check', target, '--refresh'], { env })).code).toBe(0)
      const served = await cloud.pim(['credentials', target], { env })
      expect(served.code).toBe(0)
      const end = new Date(JSON.parse(served.out).Expiration).getTime()
      expect(end - Date.now()).toBeGreaterThan(50 * 60_000)
      expect(end - Date.now()).toBeLessThan(61 * 60_000)
    },
  )
})
