import { describe, expect, test } from 'vitest'
import {
  progressFrom,
  type ProgressSource,
} from '../../../../src/providers/microsoft/pim/progress.ts'
import type { RequestAnswer } from '../../../../src/providers/microsoft/pim/request-answer.ts'
import { elevation, hours, later, minutes, noon } from '../../../core/sample-elevations.ts'

const pending = elevation({ state: 'pending-approval', target: 'group:sec-ops' })
const row = { startsAt: later(hours(2)), endsAt: later(hours(3)) }

const request = (status: string): RequestAnswer => ({
  id: 'r-1',
  status,
  startsAt: noon,
  expiresAt: later(hours(1)),
  approvalId: undefined,
})

function source(now: Date, differences: Partial<ProgressSource> = {}): ProgressSource {
  return {
    request: async () => undefined,
    listed: async () => undefined,
    trail: async () => [],
    stages: async () => [],
    now: () => now,
    clockAheadMs: () => 0,
    ...differences,
  }
}

describe('a request that waits for an approver and may not be read', () => {
  test('is active once it is listed', async () => {
    const found = source(later(minutes(5)), { listed: async () => ({ ...row, startsAt: noon }) })
    expect(await progressFrom(pending, found)).toMatchObject({
      state: 'active',
      expiresAt: row.endsAt,
    })
  })

  test('waits on where what is listed was active before', async () => {
    const before = { startsAt: later(minutes(-30)), endsAt: later(hours(1)) }
    const found = source(later(minutes(5)), { listed: async () => before })
    expect(await progressFrom(pending, found)).toMatchObject({ state: 'pending-approval' })
  })

  test.each([
    ['while the time that it asked for runs', minutes(5)],
    ['after that time, since it may still be approved', hours(2)],
  ])('waits %s', async (_, age) => {
    expect(await progressFrom(pending, source(later(age)))).toMatchObject({
      state: 'pending-approval',
    })
  })

  test('is over when no approver could decide any more', async () => {
    expect(await progressFrom(pending, source(later(hours(25))))).toMatchObject({
      state: 'expired',
    })
  })
})

describe('a request whose asked time is over', () => {
  const late = (status: string, listed?: typeof row) =>
    progressFrom(
      pending,
      source(later(hours(2)), { request: async () => request(status), listed: async () => listed }),
    )

  test('is active where it was approved late, as the list shows', async () => {
    expect(await late('Provisioned', row)).toMatchObject({ state: 'active', expiresAt: row.endsAt })
  })

  test('is expired where the list does not show it', async () => {
    expect(await late('Provisioned')).toMatchObject({ state: 'expired' })
  })

  test.each(['Denied', 'Canceled', 'Failed', 'AdminDenied'])(
    'is not active where its status is %s, whatever is listed',
    async (status) => {
      expect((await late(status, row)).state).not.toBe('active')
    },
  )
})
