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

  test('are not called active where the clocks disagree and AWS cannot be asked', async () => {
    await using cloud = await openCloud()
    expect((await cloud.pim(words, { env: clockOff(-twoHours) })).code).toBe(0)
    await cloud.sts.stop()
    const { code, err } = await cloud.pim(['status', '--check', target])
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
