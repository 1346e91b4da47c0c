import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../src/core/duration.ts'
import type { Elevation, ElevationState } from '../../src/core/elevation.ts'
import { advance, hasEnded, listLag, mayBecome } from '../../src/core/lifecycle.ts'
import type { Progress } from '../../src/core/provider.ts'
import { elevation, hours, later, noon } from './elevations.ts'

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
const anyProgress: fc.Arbitrary<Progress> = fc.record(
  { state: anyState, startsAt: anyMoment, expiresAt: anyMoment },
  { requiredKeys: ['state'] },
)
/** What a provider says, and when: clocks jump either way. */
const anyCourse = fc.array(fc.tuple(anyProgress, anyMoment), { maxLength: 12 })
const pending = elevation({ state: 'pending-approval' })

describe('a life', () => {
  test('never shows active what the provider does not grant', () => {
    fc.assert(
      fc.property(anyState, anyCourse, (state, course) => {
        let current: Elevation = elevation({ state })
        for (const [progress, now] of course) {
          const before = current
          current = advance(before, progress, now)
          if (current.state !== 'active') continue
          const isOfToday = now.getTime() - current.startsAt.getTime() < listLag.seconds * 1000
          expect(progress.state === 'active' || (before.state === 'active' && isOfToday)).toBe(true)
          expect(now < current.expiresAt).toBe(true)
        }
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
  ['not listed any more', elevation(), { state: 'provisioning' }, later(minutes(9)), 'released'],
  ['over by the clock', elevation(), { state: 'provisioning' }, later(hours(1)), 'expired'],
  ['never un-ended', elevation({ state: 'denied' }), { state: 'active' }, noon, 'denied'],
])('%s', (_, before, progress, now, state) => {
  expect(advance(before, progress, now).state).toBe(state)
})

test('the times that count are those of the grant, not those of the request', () => {
  const expiresAt = later(minutes(30))
  expect(advance(pending, { state: 'active', expiresAt }, noon).expiresAt).toEqual(expiresAt)
  expect(advance(pending, { state: 'pending-approval', expiresAt }, noon)).toEqual(pending)
})
