import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PimError } from '../../../src/core/errors.ts'
import { parseStart } from '../../../src/commands/elevate/start-time.ts'

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
    ['2026-03-05 06:00 UTC', new Date('2026-03-05T06:00:00Z')],
    ['5 March 2026 06:00', local(5, 6)],
    ['friday 9am', local(6, 9)],
    ['5pm', local(1, 17)],
    ['noon', local(1, 12)],
    ['2026/03/04 08:15', local(4, 8, 15)],
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
    ['2026-02-30 09:00', 'invalid-start'],
  ])('%j is refused', async (text, code) => {
    await expect(parseStart(text, now)).rejects.toMatchObject({ code, exitCode: 2 })
  })
})

describe('what is past is refused, with what to type', () => {
  test.each([
    ['2026-02-01 09:00', '2026-03-02 09:00'],
    ['2026-02-01 11:15', '2026-03-01 11:15'],
  ])('%s', async (text, next) => {
    const error = await parseStart(text, now).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'start-is-past',
      hint: expect.stringContaining(`ago). Write \`${next}\`, or leave \`--start\` out`),
    })
    await expect(parseStart(next, now)).resolves.toBeInstanceOf(Date)
  })
})

describe('a distance is written with a plus', () => {
  test.each([
    ['-2h', 'start-is-past', 'write `+2h` for later, or leave `--start` out'],
    ['- 90m', 'start-is-past', 'write `+90m` for later'],
    ['2 hours ago', 'start-is-past', 'leave `--start` out'],
    ['in 2 hours', 'invalid-start', 'write `+2h`'],
    ['in 90 minutes', 'invalid-start', 'write `+1h30m`'],
    ['2 hours from now', 'invalid-start', 'write `+2h`'],
    ['in half an hour', 'invalid-start', 'write `+30m`'],
    ['now', 'invalid-start', 'leave `--start` out'],
    ['+0m', 'invalid-duration', 'leave `--start` out to begin now'],
    ['+5', 'invalid-duration', 'write `+5h` or `+5m`'],
    ['+soon', 'invalid-duration', 'write `+45m`'],
  ])('%s', async (text, code, hint) => {
    const error = await parseStart(text, now).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(`--start ${JSON.stringify(text)} is`),
      hint: expect.stringContaining(hint),
    })
  })
})

describe('what may mean two times is refused, with what cannot', () => {
  test.each([
    ['03/04/2027', '2027-03-04 09:00` or `2027-04-03 09:00'],
    ['03/04/2027 09:00', '2027-03-04 09:00` or `2027-04-03 09:00'],
    ['13.04.2027 09:00', 'write `2027-04-13 09:00`'],
    ['3-4-27 09:00', '2027-03-04'],
    ['27-03-04 09:00', '2027-03-04'],
    ['3 May 27 09:00', 'four digits'],
    ["May 3 '27 09:00", 'four digits'],
    ['May 3, 27 09:00', 'four digits'],
    ['2027-03-04 09:00 CST', 'offset'],
    ['tomorrow 9am IST', 'offset'],
    ['09:00 PDT', 'offset'],
    ['2027-03-04 09:00 ET', 'offset'],
    ['midnight', 'write `2026-03-02 00:00` or `2026-03-03 00:00`'],
    ['tomorrow 12am', 'write `2026-03-02 12:00` or `2026-03-02 00:00`'],
    ['12:00 pm', '`2026-03-02 12:00`'],
    ['next friday 09:00', 'write the date, as in `2026-03-08 09:00`'],
    ['next week 09:00', 'write the date'],
    ['tomorrow 9', 'write `tomorrow 09:00` or `tomorrow 21:00`'],
    ['at 5', 'write `05:00` or `17:00`'],
    ['tomorrow at 17', 'write `tomorrow 05:00` or `tomorrow 17:00`'],
  ])('%j', async (text, hint) => {
    await expect(parseStart(text, now)).rejects.toMatchObject({
      code: 'ambiguous-start',
      exitCode: 2,
      hint: expect.stringContaining(hint),
    })
  })

  test('and what the hint says can be typed', async () => {
    for (const text of ['midnight', 'tomorrow 12am', 'next friday 09:00', 'at 5', 'tomorrow 9']) {
      const { hint } = (await parseStart(text, now).catch((thrown: unknown) => thrown)) as PimError
      const [, ...written] = hint?.split('`').filter((_, at) => at === 0 || at % 2 === 1) ?? []
      expect(written.length).toBeGreaterThan(0)
      for (const each of written) {
        await expect(parseStart(each, now)).resolves.toBeInstanceOf(Date)
      }
    }
  })

  describe('by clocks that are put forward and back', () => {
    beforeEach(() => void vi.stubEnv('TZ', 'Europe/Berlin'))
    afterEach(() => void vi.unstubAllEnvs())

    test.each([
      ['2026-03-29 02:30', 'skip it', '`2026-03-29T03:30:00+02:00`'],
      [
        '2026-10-25 02:30',
        'show it twice',
        '`2026-10-25T02:30:00+02:00` or `2026-10-25T02:30:00+01:00`',
      ],
      ['2026-10-25 02:00', 'show it twice', '`2026-10-25T02:00:00+02:00` or'],
    ])('%j', async (text, why, hint) => {
      await expect(parseStart(text, now)).rejects.toMatchObject({
        code: 'ambiguous-start',
        message: expect.stringContaining(why),
        hint: expect.stringContaining(hint),
      })
    })

    test.each([
      ['2026-03-29 01:59', '2026-03-29T00:59:00Z'],
      ['2026-03-29 03:00', '2026-03-29T01:00:00Z'],
      ['2026-10-25 01:59', '2026-10-24T23:59:00Z'],
      ['2026-10-25 03:00', '2026-10-25T02:00:00Z'],
      ['2026-10-25T02:30:00+02:00', '2026-10-25T00:30:00Z'],
    ])('not %j', async (text, expected) => {
      expect(await parseStart(text, now)).toEqual(new Date(expected))
    })
  })
})
