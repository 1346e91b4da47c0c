import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { readRequest } from '../../../../src/providers/microsoft/pim/request-answer.ts'
import { noon, later, hours } from '../../../core/sample-elevations.ts'

describe('a request is read', () => {
  const schedule = (startDateTime: unknown, expiration: unknown) => ({
    status: 'Provisioned',
    scheduleInfo: { startDateTime, expiration },
  })

  test.each([
    ['an end', schedule('2026-03-01T12:00:00Z', { endDateTime: '2026-03-01T13:00:00Z' })],
    ['a length', schedule('2026-03-01T12:00:00.0000000Z', { duration: 'PT1H' })],
    ['both', schedule('2026-03-01T13:00:00+01:00', { duration: 'PT1H', endDateTime: null })],
  ])('with %s', (_, body) => {
    const read = readRequest('r-1', body)
    expect(read).toMatchObject({ id: 'r-1', startsAt: noon, expiresAt: later(hours(1)) })
  })

  test.each([{}, { scheduleInfo: null }, { scheduleInfo: {} }, schedule(null, null)])(
    'without times: %j',
    (body) => {
      const read = readRequest('r-1', { status: 'Granted', ...body })
      expect(read).toMatchObject({ startsAt: undefined, expiresAt: undefined })
    },
  )

  test.each([
    undefined,
    'text',
    {},
    { status: 5 },
    schedule('yesterday', null),
    schedule('2026-03-01', null),
    schedule('2026-02-30T12:00:00', null),
    schedule('2026-03-01T25:00:00Z', null),
    schedule('2026-03-01T12:00:00Z', { endDateTime: 5 }),
  ])('not from %j', (body) => {
    expect(() => readRequest('r-1', body)).toThrow(
      expect.objectContaining({ kind: 'unavailable', code: 'unreadable-answer' }),
    )
  })

  test('whatever comes is read or refused, and no crash', () => {
    const body = fc.oneof(
      fc.anything(),
      fc.record({ status: fc.string(), scheduleInfo: fc.anything(), approvalId: fc.anything() }),
    )
    fc.assert(
      fc.property(body, (junk) => {
        try {
          expect(typeof readRequest('r-1', junk).status).toBe('string')
        } catch (error) {
          expect(error).toMatchObject({ code: 'unreadable-answer' })
        }
      }),
    )
  })
})
