import { describe, expect, test } from 'vitest'
import { clockMovedMs } from '../../../src/system/process/clock-reading.ts'
import { later, noon } from '../../core/sample-elevations.ts'
import { hours, minutes, seconds } from '../../../src/core/time/duration.ts'

const before = { at: noon, uptimeSeconds: 1000 }
const hour = 3_600_000

describe('a clock', () => {
  test.each([
    ['that ran on was not set', { at: later(hours(1)), uptimeSeconds: 4600 }, 0],
    [
      'that was corrected by seconds was not set',
      { at: later(seconds(3500)), uptimeSeconds: 4600 },
      0,
    ],
    ['that was put forward', { at: later(hours(3)), uptimeSeconds: 4600 }, 2 * hour],
    ['that was put back', { at: noon, uptimeSeconds: 4600 }, -hour],
    [
      'of a machine that was started again tells nothing',
      { at: later(hours(3)), uptimeSeconds: 10 },
      0,
    ],
    [
      'that was put forward by minutes',
      { at: later(minutes(63)), uptimeSeconds: 4600 },
      3 * 60_000,
    ],
  ])('%s', (_, now, movedMs) => {
    expect(clockMovedMs(before, now)).toBe(movedMs)
  })

  test('without a reading tells nothing', () => {
    expect(clockMovedMs(undefined, before)).toBe(0)
    expect(clockMovedMs(before, undefined)).toBe(0)
  })
})
