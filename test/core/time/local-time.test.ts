import { expect, test } from 'vitest'
import { formatWhen } from '../../../src/core/time/local-time.ts'

const now = new Date(2026, 2, 1, 21, 5)

test.each([
  [new Date(2026, 2, 1, 21, 6), '21:06 (in 1m)'],
  [new Date(2026, 2, 1, 20, 35), '20:35 (30m ago)'],
  [now, '21:05 (now)'],
  [new Date(2026, 2, 2, 9, 5), '2026-03-02 09:05 (in 12h)'],
])('a moment is local, with its distance: %s is %s', (moment, text) => {
  expect(formatWhen(moment, now)).toBe(text)
})
