import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heldNow, hasPassed, isForLater, isHeldBy } from '../../../src/core/elevation/elevation.ts'
import {
  formatIdentity,
  identityKey,
  isSameIdentity,
  type Identity,
} from '../../../src/core/identity/identity.ts'
import { milliseconds, minutes } from '../../../src/core/time/duration.ts'
import { elevation, hours, later, noon } from '../sample-elevations.ts'

const alice: Identity = {
  cloud: 'microsoft',
  tenant: 't-1',
  account: 'a-1',
  name: 'alice@example.com',
}
const others: readonly (readonly [string, Identity])[] = [
  ['of another account', { ...alice, account: 'a-2' }],
  ['in another tenant', { ...alice, tenant: 't-2' }],
  ['of another cloud', { ...alice, cloud: 'aws' }],
]

describe('an identity', () => {
  test('is told by its ids, whatever its names and however they are spelt', () => {
    expect(isSameIdentity(alice, { ...alice, name: 'Alice', tenantName: 'Contoso' })).toBe(true)
    expect(isSameIdentity(alice, { ...alice, tenant: 'T-1', account: 'A-1' })).toBe(true)
  })

  test.each(others)('%s is another, though it has the same name', (_, other) => {
    expect(isSameIdentity(alice, other)).toBe(false)
  })

  test('has a key that no two different ones share', () => {
    const anyIdentity = fc.record({
      cloud: fc.constantFrom('microsoft', 'aws'),
      tenant: fc.uuid(),
      account: fc.uuid(),
      name: fc.string(),
    })
    fc.assert(
      fc.property(anyIdentity, anyIdentity, (one, other) => {
        expect(identityKey(one) === identityKey(other)).toBe(isSameIdentity(one, other))
        expect(isSameIdentity(one, { ...one, name: other.name })).toBe(true)
      }),
    )
  })

  test('is shown with the name of its tenant, and with its id where none is known', () => {
    expect(formatIdentity({ ...alice, tenantName: 'Contoso' })).toBe('alice@example.com in Contoso')
    expect(formatIdentity(alice)).toBe('alice@example.com in t-1')
  })
})

describe('what an identity holds', () => {
  const own = elevation({ identity: alice })

  test.each(others)('is not held by one %s', (_, other) => {
    expect(isHeldBy(own, alice)).toBe(true)
    expect(isHeldBy(own, other)).toBe(false)
    expect(heldNow([own], other, noon)).toBeUndefined()
  })

  test('is nobody’s where nothing tells, and what nothing tells of is not somebody’s', () => {
    expect(isHeldBy(elevation(), alice)).toBe(false)
    expect(isHeldBy(own, undefined)).toBe(false)
    expect(isHeldBy(elevation(), undefined)).toBe(true)
  })

  test('is the active one before one that is on its way, in whatever order', () => {
    const pending = elevation({ id: 'e2', state: 'pending-approval', identity: alice })
    for (const all of [
      [pending, own],
      [own, pending],
    ]) {
      expect(heldNow(all, alice, noon)?.id).toBe('e1')
    }
    expect(heldNow([pending], alice, noon)?.id).toBe('e2')
  })

  test.each(['scheduled', 'provisioning', 'pending-approval'] as const)(
    'now is not hidden by what is to begin later (%s)',
    (state) => {
      const startsAt = later(hours(3))
      const next = elevation({ id: 'e2', state, startsAt, identity: alice })
      expect(isForLater(next, noon)).toBe(true)
      expect(heldNow([next, own], alice, noon)?.id).toBe('e1')
      expect(heldNow([next], alice, noon)).toBeUndefined()
      // When its time has come, it counts, by the provider's clock.
      expect(isForLater(next, startsAt)).toBe(false)
      const compared = { ...next, clockAheadMs: milliseconds(hours(3)) }
      expect(isForLater(compared, noon)).toBe(false)
    },
  )
})

describe('an end', () => {
  test.each([
    ['both clocks agree that it is to come', 0, minutes(59), 'no'],
    ['both clocks agree that it has passed', 0, hours(1), 'yes'],
    ['only the machine’s clock has passed it', -milliseconds(hours(2)), hours(2), 'unclear'],
    [
      'only the clock that was compared has passed it',
      milliseconds(hours(2)),
      minutes(5),
      'unclear',
    ],
    ['the clock was set back to before it began', 0, hours(-1), 'unclear'],
    ['both have, though they differ', milliseconds(minutes(10)), hours(1), 'yes'],
  ] as const)('%s', (_, clockAheadMs, at, passed) => {
    expect(hasPassed(elevation({ clockAheadMs }), later(at))).toBe(passed)
  })
})
