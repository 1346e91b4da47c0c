import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  after,
  formatDuration,
  formatRemaining,
  hours,
  minutes,
  parseDuration,
  seconds,
  shorter,
  toIsoDuration,
} from '../../../src/core/time/duration.ts'
import { PimError } from '../../../src/core/errors.ts'
import { later, noon } from '../sample-elevations.ts'
import { anyText } from '../any-text.ts'

const anyDuration = fc.integer({ min: 1, max: 400 * 86_400 }).map(seconds)

describe('a length of time is read', () => {
  test.each([
    ['45m', 2700],
    ['1h30m', 5400],
    ['90s', 90],
    ['1d', 86_400],
    ['1d2h3m4s', 93_784],
    ['1H30M', 5400],
    [' 45m ', 2700],
    ['90m', 5400],
    ['PT1H', 3600],
    ['PT1H30M', 5400],
    ['pt45m', 2700],
    ['P1D', 86_400],
    ['P1DT12H', 129_600],
  ])('%s', (text, count) => expect(parseDuration(text)).toEqual({ seconds: count }))
})

describe('what is no length of time is refused', () => {
  test.each(
    [
      ['', '0', '0m', 'PT0S', 'P', 'PT', 'h', 'm30', '30m1h', '1h 30m', '-1h', '1.5h', '1h30'],
      [
        '1w',
        '1y',
        'P1W',
        'P1M',
        'PT1H30',
        'one hour',
        '1e3s',
        '१m',
        '99999999999999999999s',
        '1hh',
      ],
    ].flat(),
  )('%j', (text) => {
    expect(() => parseDuration(text, '--timeout')).toThrow(PimError)
    expect(() => parseDuration(text, '--timeout')).toThrow(/^--timeout /)
  })

  test('a bare number always, and the hint offers a unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.constantFrom('', ' '), (count, space) => {
        const text = `${space}${count}${space}`
        const offered = expect.stringMatching(`has no unit: write \`${count}[hms]\``)
        expect(() => parseDuration(text)).toThrow(
          expect.objectContaining({ exitCode: 2, hint: offered }),
        )
      }),
    )
  })

  test.each([
    ['0', 'write `45m`, `1h30m` or `PT1H30M`'],
    ['0m', 'write `45m`, `1h30m` or `PT1H30M`'],
    ['2', 'a bare number has no unit: write `2h` or `2m`'],
    ['45', 'a bare number has no unit: write `45m`'],
    ['3600', 'a bare number has no unit: write `3600s`'],
  ])('%s is told what may have been meant', (text, hint) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ hint }))
  })

  test('junk, without crashing and in one line', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        try {
          expect(parseDuration(text).seconds).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(PimError)
          expect((error as PimError).message.split('\n')).toHaveLength(1)
        }
      }),
    )
  })
})

describe('what is written is read back', () => {
  test('in the short form', () => {
    fc.assert(
      fc.property(anyDuration, (span) => {
        expect(parseDuration(formatDuration(span))).toEqual(span)
      }),
    )
  })

  test('in ISO 8601', () => {
    fc.assert(
      fc.property(anyDuration, (span) => {
        expect(parseDuration(toIsoDuration(span))).toEqual(span)
      }),
    )
  })

  test.each([
    [0, '0s', 'PT0S'],
    [59, '59s', 'PT59S'],
    [3600, '1h', 'PT1H'],
    [5400, '1h30m', 'PT1H30M'],
    [86_400, '1d', 'P1D'],
    [90_061, '1d1h1m1s', 'P1DT1H1M1S'],
  ])('%i seconds are %s and %s', (count, short, iso) => {
    expect([formatDuration(seconds(count)), toIsoDuration(seconds(count))]).toEqual([short, iso])
  })
})

describe('what is left is said for people', () => {
  test.each([
    [hours(1), '1h'],
    [seconds(3571), '1h'],
    [seconds(3569), '59m'],
    [minutes(2), '2m'],
    [seconds(119), '1m59s'],
    [seconds(1), '1s'],
    [seconds(0), '0s'],
    [seconds(-5), '0s'],
  ])('%o as %s', (left, text) => {
    expect(formatRemaining(later(left), noon)).toBe(text)
  })
})

test('the shorter of two is one of them and no longer than either', () => {
  fc.assert(
    fc.property(anyDuration, anyDuration, (one, other) => {
      expect(shorter(one, other).seconds).toBe(Math.min(one.seconds, other.seconds))
    }),
  )
})

test('after counts in whole seconds from the start', () => {
  expect(after(noon, minutes(90)).toISOString()).toBe('2026-03-01T13:30:00.000Z')
})
