import { expect, test } from 'vitest'

import { activationOf } from '../../../../src/providers/microsoft/pim/activation.ts'
import { hours, later, noon } from '../../../core/sample-elevations.ts'

const asked = { plan: { duration: hours(1) }, now: noon, clockAheadMs: 0, facts: {} }
const granted = {
  id: 'r-1',
  status: 'Provisioned',
  startsAt: noon,
  expiresAt: later(hours(1)),
  approvalId: undefined,
}
const inAnHour = { startsAt: later(hours(1)), expiresAt: later(hours(2)) }

test.each([
  ['begins later than was asked for', inAnHour],
  ['lasts longer', { expiresAt: later(hours(2)) }],
  ['never ends', { expiresAt: new Date('9999-12-31T00:00:00Z') }],
  ['ended long ago', { expiresAt: new Date('2001-12-31T00:00:00Z') }],
  ['begins in another age', { startsAt: new Date('2055-01-01T00:00:00Z') }],
])('an answer that %s is not believed', (_, times) => {
  expect(() => activationOf({ ...granted, ...times }, asked)).toThrow(
    expect.objectContaining({ kind: 'unavailable', code: 'contradicting-answer' }),
  )
})
