import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Elevation } from '../../../../src/core/elevation/elevation.ts'
import { revokeMoment } from '../../../../src/providers/aws/iam/revoke-moment.ts'
import {
  assertChangeable,
  limitFor,
  revokePolicy,
  sessionRole,
} from '../../../../src/providers/aws/iam/revoke-policy.ts'
import { elevation, later, noon } from '../../../core/sample-elevations.ts'
import { hours, minutes, seconds } from '../../../../src/core/time/duration.ts'
import { denies, type Session } from './policy-evaluator.ts'

const id = '0123456789ab'
const role = { partition: 'aws', account: '123456789012', name: 'Admin' }
const roleId = 'AROAEXAMPLE0000000001'

const held = (facts: Readonly<Record<string, string>>): Elevation =>
  elevation({
    id,
    facts: {
      assumedRole: `arn:aws:sts::123456789012:assumed-role/Admin/alice-${id}`,
      assumedRoleId: `${roleId}:alice-${id}`,
      sessionName: `alice-${id}`,
      ...facts,
    },
  })

const policyOf = (facts: Readonly<Record<string, string>>, before: Date = noon) =>
  revokePolicy(role, limitFor(held(facts)), before)

/** Names as STS takes them, some of which are the beginning of others or differ in case alone. */
const name = fc.oneof(
  fc.constantFrom('alice', 'Alice', 'alic', 'alice-', 'bob', `alice-${id}`, 'a.b', 'a-b'),
  fc.stringMatching(/^[\w+=,.@-]{2,64}$/),
)
const session = (): fc.Arbitrary<Session> =>
  fc.record({
    issuedAt: fc.integer({ min: -7200, max: 7200 }).map((offset) => later(seconds(offset))),
    sourceIdentity: fc.option(name, { nil: undefined }),
    userId: fc.oneof(name, fc.constant(`alice-${id}`)).map((one) => `${roleId}:${one}`),
  })

describe('whatever sessions there are, the policy denies', () => {
  test('those of this person that were issued before, and no other', () => {
    fc.assert(
      fc.property(name, session(), (person, other) => {
        const { document, deniesBefore } = policyOf({ sourceIdentity: person })
        const isMeant = other.sourceIdentity === person && other.issuedAt < deniesBefore
        expect(denies(document, other)).toBe(isMeant)
      }),
    )
  })

  test('without a source identity, this very session and no other', () => {
    fc.assert(
      fc.property(session(), (other) => {
        const { document, deniesBefore } = policyOf({})
        const isMeant = other.userId === `${roleId}:alice-${id}` && other.issuedAt < deniesBefore
        expect(denies(document, other)).toBe(isMeant)
      }),
    )
  })
})

test('two people, or two sessions, never share a name of a policy, even where case does not count', () => {
  const limit = fc.oneof(
    name.map((value) => ({ key: 'aws:SourceIdentity' as const, value })),
    name.map((value) => ({ key: 'aws:userid' as const, value: `${roleId}:${value}` })),
  )
  fc.assert(
    fc.property(limit, limit, (one, other) => {
      const [first, second] = [one, other].map((each) => revokePolicy(role, each, noon).name)
      const isSame = one.key === other.key && one.value === other.value
      expect(first?.toLowerCase() === second?.toLowerCase()).toBe(isSame)
      expect(first).toMatch(/^[\w+=,.@-]{1,128}$/)
    }),
  )
})

test('a repeat has the same name, so that it takes the place of the first', () => {
  const [first, second] = [noon, later(hours(1))].map((at) =>
    policyOf({ sourceIdentity: 'alice' }, at),
  )
  expect(first?.name).toBe('PimRevokeOlderSessions-alice')
  expect(second).toMatchObject({ name: first?.name, role: 'Admin', account: '123456789012' })
})

describe('no policy is made where it would deny others too', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    [
      'a session name that the profile sets',
      { sessionName: 'shared', assumedRoleId: `${roleId}:shared` },
    ],
    ['a session whose id is not known', { assumedRoleId: '' }],
    ['an id of another session', { assumedRoleId: `${roleId}:bob-${id}` }],
    ['an id with a wildcard', { assumedRoleId: `*:alice-${id}` }],
    ['a source identity with a wildcard', { sourceIdentity: 'al*', assumedRoleId: '' }],
    ['a source identity that is a variable', { sourceIdentity: '${aws:x}', assumedRoleId: '' }],
  ])('%s', (_, facts) => {
    expect(() => limitFor(held(facts))).toThrow(
      expect.objectContaining({ code: 'session-not-distinct', exitCode: 3 }),
    )
  })

  test.each(['', 'arn:aws:iam::123456789012:role/Admin', 'arn:aws:sts::1:assumed-role/A/bb'])(
    'nor on a role that %j does not tell',
    (assumedRole) => {
      expect(() => sessionRole(held({ assumedRole }))).toThrow(
        expect.objectContaining({ code: 'session-unknown', exitCode: 3 }),
      )
    },
  )
})

test.each<[name: string, path: string | undefined, says: RegExp]>([
  ['AWSReservedSSO_Admin_0123456789abcdef', undefined, /Identity Center/],
  ['Admin', 'aws-reserved/sso.amazonaws.com/Admin', /Identity Center/],
  ['AWSServiceRoleForSupport', undefined, /an AWS service/],
  ['Support', 'aws-service-role/support.amazonaws.com/Support', /an AWS service/],
])('a role that only AWS may change is never tried: %s %s', (roleName, path, says) => {
  expect(() => assertChangeable({ ...role, name: roleName }, path, 'aws:x')).toThrow(
    expect.objectContaining({ code: 'role-unmodifiable', message: expect.stringMatching(says) }),
  )
})

test('any other role may be changed, whatever its path', () => {
  for (const path of [undefined, 'Admin', 'team/Admin']) {
    expect(() => assertChangeable(role, path, 'aws:x')).not.toThrow()
  }
})

describe('the moment', () => {
  const live = elevation({ startsAt: noon, expiresAt: later(hours(1)), clockAheadMs: 60_000 })

  test.each<[string, Date | undefined, Date]>([
    ['the provider’s, whatever the clock here', later(minutes(20)), later(seconds(1201))],
    ['what this machine makes of it where nobody told', undefined, later(seconds(361))],
    [
      'the same where the provider’s is from before the session',
      later(hours(-1)),
      later(seconds(361)),
    ],
    ['or from long after it', later(hours(9)), later(seconds(361))],
  ])('is %s', (_, told, moment) => {
    expect(revokeMoment(told, live, later(minutes(5)))).toEqual(moment)
  })

  test('is after everything that was issued up to now, and not a second later', () => {
    const times = fc.integer({ min: 0, max: 3_600_000 })
    fc.assert(
      fc.property(times, (ms) => {
        const present = noon.getTime() + ms
        const moment = revokeMoment(new Date(present), live, noon).getTime()
        const wholeSecond = (at: number): number => Math.floor(at / 1000) * 1000
        expect(wholeSecond(present)).toBeLessThan(moment)
        expect(wholeSecond(present + 1000)).toBeGreaterThanOrEqual(moment)
      }),
    )
  })
})
