import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../src/core/time/duration.ts'
import type { Elevation, ElevationState } from '../../src/core/elevation/elevation.ts'
import {
  dueNotices,
  isEnding,
  noticeWish,
  withGiven,
  type GivenNotices,
} from '../../src/core/notice.ts'
import { elevation, elevationWithLeft, hours, later, noon } from './sample-elevations.ts'

const none: GivenNotices = new Map()
const before = minutes(5)

describe('an end is told of', () => {
  test.each<[string, Elevation, boolean]>([
    ['five minutes before', elevationWithLeft(minutes(5)), true],
    ['a second before', elevationWithLeft(seconds(1)), true],
    ['not earlier', elevationWithLeft(seconds(301)), false],
    ['not when it has come', elevationWithLeft(seconds(0)), false],
    ['not afterwards', elevationWithLeft(seconds(-60)), false],
    [
      'by the clock of the provider',
      { ...elevationWithLeft(minutes(6)), clockAheadMs: 61_000 },
      true,
    ],
    ['not of a request', { ...elevationWithLeft(minutes(4)), state: 'pending-approval' }, false],
    [
      'not of what a helper gives back',
      { ...elevationWithLeft(minutes(4)), releasesAt: later(minutes(2)) },
      false,
    ],
  ])('%s', (_, candidate, isTold) => {
    expect(isEnding(candidate, before, noon)).toBe(isTold)
    expect(dueNotices([candidate], before, noon, none)).toEqual(isTold ? [candidate] : [])
  })

  test('once, and again when it was prolonged', () => {
    const first = elevationWithLeft(minutes(4))
    const given = withGiven(none, [first])
    expect(dueNotices([first], before, noon, given)).toEqual([])
    const rounded = { ...first, expiresAt: later(seconds(1), first.expiresAt) }
    expect(dueNotices([rounded], before, noon, given)).toEqual([])
    const prolonged = { ...first, expiresAt: later(hours(1), first.expiresAt) }
    expect(dueNotices([prolonged], before, noon, given)).toEqual([])
    expect(dueNotices([prolonged], before, later(hours(1)), given)).toEqual([prolonged])
    const anew = { ...first, id: 'e2' }
    expect(dueNotices([anew], before, noon, given)).toEqual([anew])
  })
})

test('what is set counts, else five minutes and both ways; off is off', () => {
  expect(noticeWish()).toEqual({ before: minutes(5), by: 'both' })
  expect(noticeWish({ before: minutes(10), by: 'bell' })).toEqual({
    before: minutes(10),
    by: 'bell',
  })
  expect(noticeWish({ before: 'off', by: 'desktop' })).toBeUndefined()
})

const states: readonly ElevationState[] = ['active', 'pending-approval', 'released', 'expired']
const anyElevation = fc
  .record({
    id: fc.constantFrom('e1', 'e2', 'e3'),
    state: fc.constantFrom(...states),
    end: fc.integer({ min: -7200, max: 86_400 }),
    clockAheadMs: fc.integer({ min: -60_000, max: 60_000 }),
  })
  .map(({ end, ...rest }) => elevation({ ...rest, expiresAt: later(seconds(end)) }))
const anyElevations = fc.uniqueArray(anyElevation, { selector: ({ id }) => id })
const anyBefore = fc.integer({ min: 1, max: 10_000 }).map(seconds)
/** Moments in any order: clocks jump either way, and laptops sleep. */
const anyMoments = fc.array(
  fc.integer({ min: -7200, max: 90_000 }).map((count) => later(seconds(count))),
  { maxLength: 30 },
)

/** What is told at each of the moments. */
function toldAt(
  moments: readonly Date[],
  span: ReturnType<typeof seconds>,
  elevationsAt: (now: Date) => readonly Elevation[],
) {
  let given = none
  return moments.map((now) => {
    const told = dueNotices(elevationsAt(now), span, now, given)
    given = withGiven(given, told)
    return { now, told }
  })
}

describe('whatever the clock does', () => {
  test('each end is told of at most once, and never one that has come', () => {
    fc.assert(
      fc.property(anyElevations, anyBefore, anyMoments, (elevations, span, moments) => {
        const steps = toldAt(moments, span, () => elevations)
        const ids = steps.flatMap(({ told }) => told.map(({ id }) => id))
        expect(new Set(ids).size).toBe(ids.length)
        for (const { now, told } of steps) {
          for (const { state, expiresAt, clockAheadMs } of told) {
            const left = expiresAt.getTime() - now.getTime() - clockAheadMs
            expect([state, left > 0, left < (span.seconds + 1) * 1000]).toEqual([
              'active',
              true,
              true,
            ])
          }
        }
      }),
    )
  })

  test('none is missed: who looks once within the time is told', () => {
    fc.assert(
      fc.property(anyElevations, anyBefore, anyMoments, (elevations, span, moments) => {
        const told = new Set(
          toldAt(moments, span, () => elevations).flatMap((step) => step.told.map(({ id }) => id)),
        )
        for (const each of elevations) {
          const wasNear = moments.some((now) => isEnding(each, span, now))
          expect([each.id, told.has(each.id)]).toEqual([each.id, wasNear])
        }
      }),
    )
  })

  test('one that is prolonged in time is told of only at its new end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 600, max: 7200 }),
        fc.integer({ min: 120, max: 7200 }),
        fc.integer({ min: 1, max: 300 }),
        (end, more, span) => {
          const at = end - span - 1
          const course = Array.from({ length: 60 }, (_, index) => later(seconds(index * 300)))
          const steps = toldAt(
            [...course, later(seconds(end + more - 1))],
            seconds(span),
            (now) => [
              elevation({
                expiresAt: later(
                  seconds(now.getTime() - noon.getTime() >= at * 1000 ? end + more : end),
                ),
              }),
            ],
          )
          const told = steps.flatMap((step) => step.told)
          expect(told.map(({ expiresAt }) => expiresAt)).toEqual([later(seconds(end + more))])
        },
      ),
    )
  })
})
