import { describe, expect, test } from 'vitest'
import { parseStart } from '../../src/commands/start-time.ts'

/** Half past ten in the morning, wherever the test runs. */
const now = new Date(2026, 2, 1, 10, 30)
const local = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute)

describe('when something begins', () => {
  test.each([
    ['+2h', local(1, 12, 30)],
    ['+90m', local(1, 12)],
    ['tomorrow 09:00', local(2, 9)],
    ['2026-03-04 08:15', local(4, 8, 15)],
    ['11:00', local(1, 11)],
    ['09:00', local(2, 9)],
    ['2026-03-05T06:00:00Z', new Date('2026-03-05T06:00:00Z')],
    ['2026-03-05T06:00:00+02:00', new Date('2026-03-05T04:00:00Z')],
  ])('%s', async (text, expected) => {
    expect(await parseStart(text, now)).toEqual(expected)
  })

  test.each([
    ['soon', 'invalid-start'],
    ['tomorrow', 'invalid-start'],
    ['2h', 'invalid-start'],
    ['+5', 'invalid-duration'],
    ['99:00', 'invalid-start'],
    ['09:00 or 10:00', 'invalid-start'],
    ['tomorrow 09:00 sharp', 'invalid-start'],
    ['2026-02-01 09:00', 'start-is-past'],
    ['', 'invalid-start'],
  ])('%j is refused', async (text, code) => {
    await expect(parseStart(text, now)).rejects.toMatchObject({ code, exitCode: 2 })
  })
})
