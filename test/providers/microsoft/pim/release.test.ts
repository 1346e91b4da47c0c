import { describe, expect, test } from 'vitest'
import { PimError } from '../../../../src/core/errors.ts'
import { readAskedAccess } from '../../../../src/providers/microsoft/approvals/access-request.ts'
import type { RequestAnswer } from '../../../../src/providers/microsoft/pim/request-answer.ts'
import {
  releasedBy,
  releaseOf,
  type ReleaseSource,
} from '../../../../src/providers/microsoft/pim/release.ts'
import { seconds } from '../../../../src/core/time/duration.ts'
import { elevation, hours, later, minutes, noon } from '../../../core/sample-elevations.ts'

const answer = (status: string): RequestAnswer => ({
  id: 'r-1',
  status,
  startsAt: noon,
  expiresAt: later(hours(1)),
  approvalId: undefined,
})

function refused(code: string): PimError {
  return new PimError('refused', 'whatever', 'no', { provider: { code, status: 400 } })
}

const missing = refused('RoleAssignmentDoesNotExist')
const lost = new PimError('unavailable', 'provider-failing', 'no', { provider: { status: 503 } })

/** A request to end it, made at that moment. */
function end(requestedAt: Date, differences: Readonly<Record<string, unknown>> = {}) {
  const fields = {
    principalId: 'alice-id',
    action: 'selfDeactivate',
    status: 'Revoked',
    createdDateTime: requestedAt.toISOString(),
    ...differences,
  }
  return readAskedAccess('end-1', fields, later(hours(3)))
}

function source(now: Date, differences: Partial<ReleaseSource> = {}): ReleaseSource {
  return {
    listedSince: async () => undefined,
    trail: async () => [],
    request: async () => answer('Provisioned'),
    now: () => now,
    clockAheadMs: () => 0,
    ...differences,
  }
}

const inTenMinutes = later(minutes(10))
const listed = { listedSince: async () => noon }

describe('a release that is refused', () => {
  test.each([
    ['RoleAssignmentDoesNotExist', seconds(44)],
    ['roleassignmentdoesnotexist', seconds(304)],
    ['ActiveDurationTooShort', seconds(92)],
  ])('with %s after %j comes too early', async (code, age) => {
    const now = later(age)
    expect(await releaseOf(refused(code), elevation(), now, source(now))).toMatchObject({
      state: 'not-yet',
      possibleAt: later(seconds(305)),
      why: expect.stringMatching(/five minutes/),
    })
  })

  test('as too short though it should not be is tried again a little later', async () => {
    const error = refused('ActiveDurationTooShort')
    const again = await releaseOf(error, elevation(), inTenMinutes, source(inTenMinutes))
    expect(again).toMatchObject({ possibleAt: later(seconds(20), inTenMinutes) })
  })

  test('says by the clock of this machine when it is possible', async () => {
    const ahead = source(noon, { clockAheadMs: () => 60_000 })
    expect(await releaseOf(missing, elevation(), noon, ahead)).toMatchObject({
      possibleAt: later(seconds(245)),
    })
  })

  test('is none while the list shows the role as active', async () => {
    const shown = source(inTenMinutes, listed)
    await expect(releaseOf(missing, elevation(), inTenMinutes, shown)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'release-unconfirmed',
      message: expect.stringContaining('list still shows'),
    })
    const released = source(inTenMinutes, {
      ...listed,
      trail: async () => [end(later(minutes(6)))],
    })
    await expect(releaseOf(missing, elevation(), inTenMinutes, released)).rejects.toMatchObject({
      code: 'release-unconfirmed',
    })
  })

  test('is none where no request tells of an end, though no list shows it', async () => {
    const before = end(later(minutes(-1)))
    const failed = end(later(minutes(6)), { status: 'Failed' })
    const silent = source(inTenMinutes, { trail: async () => [before, failed] })
    await expect(releaseOf(missing, elevation(), inTenMinutes, silent)).rejects.toMatchObject({
      code: 'release-unconfirmed',
    })
  })

  test.each<[string, Partial<ReleaseSource>]>([
    ['a later release', { trail: async () => [end(later(minutes(6)))] }],
    [
      'an administrator',
      { trail: async () => [end(noon, { action: 'adminRemove', status: 'Provisioned' })] },
    ],
    ['its own request', { request: async () => answer('Revoked') }],
    ['the clock of Microsoft', { now: () => later(hours(1)) }],
  ])('is done where %s ended it, and no list shows it', async (_, differences) => {
    const ended = source(inTenMinutes, differences)
    expect(await releaseOf(missing, elevation(), inTenMinutes, ended)).toEqual({
      state: 'released',
    })
  })

  test.each([refused('AuthorizationFailed'), new PimError('sign-in', 'x', 'y')])(
    'for another reason is thrown again: %s',
    async (error) => {
      await expect(releaseOf(error, elevation(), noon, source(noon))).rejects.toBe(error)
    },
  )
})

describe('a release whose answer was lost', () => {
  test('is done where its request is there, however long the list still shows the role', async () => {
    const there = source(inTenMinutes, { ...listed, trail: async () => [end(inTenMinutes)] })
    expect(await releaseOf(lost, elevation(), inTenMinutes, there)).toEqual({ state: 'released' })
    // A second try found nothing to release any more.
    expect(await releaseOf(missing, elevation(), inTenMinutes, there)).toEqual({
      state: 'released',
    })
  })

  test('is looked for by the clock of Microsoft', async () => {
    const askedAt = later(hours(2))
    const behind = source(inTenMinutes, {
      clockAheadMs: () => inTenMinutes.getTime() - askedAt.getTime(),
      trail: async () => [end(inTenMinutes)],
    })
    expect(await releaseOf(lost, elevation(), askedAt, behind)).toEqual({ state: 'released' })
  })

  test('is none where only an earlier one is there', async () => {
    const earlier = source(inTenMinutes, { trail: async () => [end(later(minutes(6)))] })
    await expect(releaseOf(lost, elevation(), inTenMinutes, earlier)).rejects.toBe(lost)
  })
})

describe('a release that is answered', () => {
  test('with PendingRevocation is not done yet', () => {
    expect(() => releasedBy(answer('PendingRevocation'))).toThrow('has not carried the release out')
  })

  test.each(['Revoked', 'Provisioned'])('with %s is done', (status) => {
    expect(releasedBy(answer(status))).toEqual({ state: 'released' })
  })

  test.each([
    ['Failed', 'unavailable', 'release-failed'],
    ['Denied', 'unavailable', 'release-failed'],
    ['PendingApproval', 'unavailable', 'release-unconfirmed'],
    ['Accepted', 'unavailable', 'release-unconfirmed'],
    ['Odd', 'pending', 'unknown-status'],
  ])('with %s is not', (status, kind, code) => {
    expect(() => releasedBy(answer(status))).toThrow(expect.objectContaining({ kind, code }))
  })
})
