import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seconds } from '../../../src/core/time/duration.ts'
import {
  canHandOut,
  credentialsKey,
  hasPassed,
  isLive,
  isLongEnough,
  locally,
  remaining,
} from '../../../src/core/elevation/elevation.ts'
import { elevation, elevationWithLeft, hours, later, minutes, noon } from '../sample-elevations.ts'

const anyLeft = fc.integer({ min: -4000, max: 50_000 }).map(seconds)
const anyShort = fc.integer({ min: 1, max: 180 }).map(seconds)
const anyAsked = fc.option(fc.integer({ min: 1, max: 50_000 }).map(seconds), { nil: undefined })

describe('what is left', () => {
  test.each([
    ['an hour', 0, noon, 3600],
    ['nothing at the end', 0, later(hours(1)), 0],
    ['nothing after it', 0, later(hours(2)), 0],
    ['whole seconds, rounded down', 0, new Date(noon.getTime() + 1), 3599],
    ['less where the provider is ahead', 600_000, noon, 3000],
    ['more where the provider is behind', -600_000, noon, 4200],
  ] as const)('%s', (_, clockAheadMs, now, left) => {
    expect(remaining(elevation({ clockAheadMs }), now).seconds).toBe(left)
  })

  test('ends, by the local clock, when nothing is left by the provider’s', () => {
    fc.assert(
      fc.property(fc.integer({ min: -7_200_000, max: 3_000_000 }), (clockAheadMs) => {
        const one = elevation({ clockAheadMs })
        const end = locally(one.expiresAt, one)
        expect(remaining(one, end).seconds).toBe(0)
        expect(remaining(one, new Date(end.getTime() - 1000)).seconds).toBe(1)
        expect(isLive(one, end)).toBe(false)
      }),
    )
  })
})

test.each([
  'pending-approval',
  'scheduled',
  'provisioning',
  'released',
  'expired',
  'denied',
  'canceled',
  'failed',
] as const)('an elevation that is %s is not live, whatever its end', (state) => {
  expect(isLive(elevation({ state }), noon)).toBe(false)
  expect(canHandOut(elevation({ state }), noon)).toBe(false)
  expect(isLongEnough(elevation({ state }), undefined, noon)).toBe(false)
})

describe('long enough', () => {
  test('never when it has ended', () => {
    fc.assert(
      fc.property(anyLeft, anyAsked, (left, asked) => {
        fc.pre(left.seconds <= 0)
        expect(isLongEnough(elevationWithLeft(left), asked, noon)).toBe(false)
      }),
    )
  })

  test('never with less than a minute, which is too short to hand out', () => {
    fc.assert(
      fc.property(anyShort, fc.option(anyShort, { nil: undefined }), (left, asked) => {
        const one = elevationWithLeft(left)
        if (isLongEnough(one, asked, noon)) expect(canHandOut(one, noon)).toBe(true)
      }),
    )
  })

  test('never more than five minutes short of what is asked, if it was granted in full', () => {
    fc.assert(
      fc.property(anyLeft, anyAsked, (left, asked) => {
        fc.pre(left.seconds > 0)
        const one = elevationWithLeft(left, seconds(50_000))
        if (!isLongEnough(one, asked, noon)) return
        expect(left.seconds).toBeGreaterThanOrEqual((asked ?? minutes(10)).seconds - 300)
      }),
    )
  })

  test('what was cut at the provider serves the same request again', () => {
    const cut = { ...elevationWithLeft(minutes(58)), asked: hours(8) }
    expect(isLongEnough(cut, hours(8), noon)).toBe(true)
    expect(isLongEnough(cut, hours(9), noon)).toBe(false)
    const old = { ...elevationWithLeft(minutes(54)), asked: hours(8) }
    expect(isLongEnough(old, hours(8), noon)).toBe(false)
  })

  test('by the provider’s clock', () => {
    const one = elevation({ clockAheadMs: 56 * 60_000 })
    expect(isLongEnough(one, undefined, noon)).toBe(false)
    expect(isLongEnough({ ...one, clockAheadMs: 54 * 60_000 }, undefined, noon)).toBe(true)
  })
})

test('credentials lie under target and id: two state folders may share a store', () => {
  expect(credentialsKey(elevation())).toBe('aws:prod-admin e1')
  expect(credentialsKey(elevation({ id: 'e2' }))).not.toBe(credentialsKey(elevation()))
})

describe('handing out needs a minute', () => {
  test.each([
    [60, 0, true],
    [59, 0, false],
    [120, 61_000, false],
    [30, -30_000, true],
  ])('%i seconds left, clock %i ms ahead: %s', (left, clockAheadMs, may) => {
    expect(canHandOut({ ...elevationWithLeft(seconds(left)), clockAheadMs }, noon)).toBe(may)
  })
})

describe('whether an end has passed', () => {
  const ten = minutes(10).seconds * 1000
  test.each([
    ['not before it', 0, later(minutes(59)), 'no'],
    ['at it', 0, later(hours(1)), 'yes'],
    [
      'unclear where the clock was right, and the comparison says it was ahead',
      -ten,
      later(hours(1)),
      'unclear',
    ],
    ['unclear where only the comparison has it behind', ten, later(minutes(55)), 'unclear'],
    ['not by either', ten, later(minutes(45)), 'no'],
    ['by both', ten, later(minutes(61)), 'yes'],
    ['unclear before it was asked for: the clock was set back', 0, later(minutes(-10)), 'unclear'],
  ] as const)('%s', (_, clockAheadMs, now, passed) => {
    expect(hasPassed(elevation({ clockAheadMs }), now)).toBe(passed)
  })
})
