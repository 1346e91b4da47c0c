import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { milliseconds, minutes, seconds, type Duration } from '../../../src/core/time/duration.ts'
import {
  hasPassed,
  type Elevation,
  type ElevationState,
} from '../../../src/core/elevation/elevation.ts'
import { advance, hasEnded, mayBecome } from '../../../src/core/elevation/lifecycle.ts'
import type { Progress } from '../../../src/core/provider.ts'
import { elevation, hours, later, noon } from '../sample-elevations.ts'

const states: readonly ElevationState[] = [
  'pending-approval',
  'scheduled',
  'provisioning',
  'active',
  'released',
  'expired',
  'denied',
  'canceled',
  'failed',
]
const anyState = fc.constantFrom(...states)
const anyMoment = fc.integer({ min: -7200, max: 172_800 }).map((count) => later(seconds(count)))
const anyDifference = fc.integer({ min: -7_200_000, max: 7_200_000 })
const anyProgress: fc.Arbitrary<Progress> = fc.record(
  { state: anyState, startsAt: anyMoment, expiresAt: anyMoment, clockAheadMs: anyDifference },
  { requiredKeys: ['state'] },
)
/** What a provider says, and when: clocks jump either way. */
const anyCourse = fc.array(fc.tuple(anyProgress, anyMoment), { maxLength: 12 })
const pending = elevation({ state: 'pending-approval' })
/** Not listed, by a provider whose clock is that far ahead of this machine's. */
const ahead = (span: Duration): Progress => ({
  state: 'provisioning',
  clockAheadMs: milliseconds(span),
})

describe('a life', () => {
  test('never shows active what the provider does not grant', () => {
    fc.assert(
      fc.property(anyState, anyCourse, (state, course) => {
        let current: Elevation = elevation({ state })
        for (const [progress, now] of course) {
          const before = current
          current = advance(before, progress, now)
          if (current.state !== 'active') continue
          expect(progress.state === 'active' || before.state === 'active').toBe(true)
          expect(hasEnded(progress.state)).toBe(false)
          expect(hasPassed(current, now)).not.toBe('yes')
          if (progress.clockAheadMs === undefined) continue
          expect(now.getTime() + progress.clockAheadMs).toBeLessThan(current.expiresAt.getTime())
        }
      }),
    )
  })

  test('never ends an active one by a list, nor by a clock that may be wrong', () => {
    fc.assert(
      fc.property(anyProgress, anyMoment, anyDifference, (progress, now, clockAheadMs) => {
        const before = elevation({ state: 'active', clockAheadMs })
        const next = advance(before, progress, now)
        if (!hasEnded(next.state) || hasEnded(progress.state)) return
        expect(next.state).toBe('expired')
        if (progress.clockAheadMs === undefined) expect(hasPassed(next, now)).toBe('yes')
        else expect(now.getTime() + progress.clockAheadMs >= next.expiresAt.getTime()).toBe(true)
      }),
    )
  })

  test('goes only where it may, and what has ended stays as it ended', () => {
    fc.assert(
      fc.property(anyState, anyCourse, (state, course) => {
        let current: Elevation = elevation({ state })
        for (const [progress, now] of course) {
          const next = advance(current, progress, now)
          expect(next.state === current.state || mayBecome(current.state, next.state)).toBe(true)
          if (hasEnded(current.state)) expect(next).toBe(current)
          current = next
        }
      }),
    )
  })

  test('a request is never lost: its id, reason and actor stay', () => {
    fc.assert(
      fc.property(anyState, anyProgress, anyMoment, (state, progress, now) => {
        const { id, justification, actor, requestedAt } = elevation({ state })
        expect(advance(elevation({ state }), progress, now)).toMatchObject({
          id,
          justification,
          actor,
          requestedAt,
        })
      }),
    )
  })

  test('the same word twice changes nothing the second time', () => {
    fc.assert(
      fc.property(anyState, anyProgress, anyMoment, (state, progress, now) => {
        const once = advance(elevation({ state }), progress, now)
        expect(advance(once, progress, now)).toEqual(once)
      }),
    )
  })
})

test.each<[string, Elevation, Progress, Date, ElevationState]>([
  ['approved', pending, { state: 'active' }, noon, 'active'],
  ['approved, being provisioned', pending, { state: 'provisioning' }, noon, 'provisioning'],
  ['denied', pending, { state: 'denied' }, noon, 'denied'],
  ['taken back as soon as made', pending, { state: 'released' }, noon, 'released'],
  ['refused after it was granted', elevation(), { state: 'failed' }, noon, 'released'],
  ['granted and over since', pending, { state: 'active' }, later(hours(2)), 'expired'],
  ['not listed yet', elevation(), { state: 'provisioning' }, later(minutes(1)), 'active'],
  ['not listed any more', elevation(), { state: 'provisioning' }, later(minutes(59)), 'active'],
  ['over by the clock', elevation(), { state: 'provisioning' }, later(hours(1)), 'expired'],
  ['ended by its request', elevation(), { state: 'released' }, later(minutes(9)), 'released'],
  ['over by the clock of this answer', elevation(), ahead(hours(1)), later(minutes(9)), 'expired'],
  [
    'over by a clock that this answer corrects',
    elevation(),
    ahead(minutes(-1)),
    later(hours(1)),
    'active',
  ],
  ['never un-ended', elevation({ state: 'denied' }), { state: 'active' }, noon, 'denied'],
])('%s', (_, before, progress, now, state) => {
  expect(advance(before, progress, now).state).toBe(state)
})

test('the times that count are those of the grant, not those of the request', () => {
  const expiresAt = later(minutes(30))
  expect(advance(pending, { state: 'active', expiresAt }, noon).expiresAt).toEqual(expiresAt)
  expect(advance(pending, { state: 'pending-approval', expiresAt }, noon)).toEqual(pending)
})
