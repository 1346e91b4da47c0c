import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hours, minutes } from '../../../../src/core/time/duration.ts'
import { PimError } from '../../../../src/core/errors.ts'
import {
  mayBeRequestId,
  readableOf,
  readAskedAccess,
} from '../../../../src/providers/microsoft/approvals/access-request.ts'
import { later, noon } from '../../../core/sample-elevations.ts'

function asked(differences: Readonly<Record<string, unknown>> = {}) {
  const fields = {
    principalId: 'alice-id',
    action: 'selfActivate',
    status: 'PendingApproval',
    createdDateTime: '2026-03-01T12:00:00Z',
    justification: 'an incident',
    scheduleInfo: {
      startDateTime: '2026-03-01T12:00:00Z',
      expiration: { type: 'afterDuration', duration: 'PT1H' },
    },
    ...differences,
  }
  return readAskedAccess('r-1', fields, noon)
}

function from(startDateTime: string) {
  return { startDateTime, expiration: { duration: 'PT1H' } }
}

test.each([
  ['waits', 'PendingApproval', {}, 'pending-approval'],
  ['is in force', 'Provisioned', {}, 'active'],
  ['is on its way', 'Granted', {}, 'provisioning'],
  ['is for later', 'Granted', { scheduleInfo: from('2026-03-01T14:00:00Z') }, 'scheduled'],
  ['is for later', 'ScheduleCreated', { scheduleInfo: from('2026-03-02T14:00:00Z') }, 'scheduled'],
  ['was in force', 'Provisioned', { scheduleInfo: from('2026-03-01T10:00:00Z') }, 'expired'],
  ['was scheduled', 'Granted', { scheduleInfo: from('2026-03-01T10:00:00Z') }, 'expired'],
  [
    'may be in force still: nobody says when it was approved',
    'Provisioned',
    { scheduleInfo: from('2026-03-01T10:00:00Z'), approvalId: 'a-1' },
    'active',
  ],
  [
    'was in force, however late it was approved',
    'Provisioned',
    {
      scheduleInfo: from('2026-02-28T10:00:00Z'),
      createdDateTime: '2026-02-28T10:00:00Z',
      approvalId: 'a-1',
    },
    'expired',
  ],
  ['was denied', 'Denied', {}, 'denied'],
  ['was withdrawn', 'Canceled', {}, 'canceled'],
  ['lapsed', 'TimedOut', {}, 'failed'],
  ['is something new', 'PendingQuorum', {}, 'provisioning'],
])('a request that %s, as in %s with %j, is %s', (_, status, fields, state) => {
  expect(asked({ status, ...fields })).toMatchObject({ status, state })
})

test('it says when it lapses only while it waits', () => {
  expect(asked().lapsesAt).toEqual(later(hours(24)))
  expect(asked({ status: 'Denied' })).not.toHaveProperty('lapsesAt')
})

test.each([
  ['2026-03-01T12:45:00Z', null, minutes(45)],
  [null, 'PT2H', hours(2)],
  [null, null, undefined],
])('until %j, or for %j, it lasts %j', (endDateTime, duration, expected) => {
  const scheduleInfo = {
    startDateTime: '2026-03-01T12:00:00Z',
    expiration: { endDateTime, duration },
  }
  expect(asked({ scheduleInfo }).duration).toEqual(expected)
})

test.each([
  [
    { ticketNumber: 'OPS-1', ticketSystem: 'JIRA' },
    { number: 'OPS-1', system: 'JIRA' },
  ],
  [{ ticketNumber: 'OPS-1', ticketSystem: null }, { number: 'OPS-1' }],
  [{ ticketNumber: '', ticketSystem: 'JIRA' }, undefined],
  [null, undefined],
])('of %j the ticket is %j', (ticketInfo, ticket) => {
  expect(asked({ ticketInfo }).ticket).toEqual(ticket)
})

test.each([
  ['/providers/Microsoft.Authorization/roleAssignmentApprovals/a-1', 'a-1'],
  ['a-1', 'a-1'],
  ['', undefined],
  [null, undefined],
])('the approval %j is %j', (approvalId, expected) => {
  expect(asked({ approvalId }).approvalId).toBe(expected)
})

test.each([
  ['SelfActivate', true],
  ['selfActivate', true],
  ['SelfDeactivate', false],
  ['AdminAssign', false],
])('whether %s is an activation: %j', (requestType, isActivation) => {
  expect(asked({ action: undefined, requestType }).isActivation).toBe(isActivation)
})

test('whatever comes is read, or is a PimError', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      try {
        readAskedAccess('r-1', body, noon)
      } catch (error) {
        expect(error).toBeInstanceOf(PimError)
        expect(error).toMatchObject({ kind: 'unavailable', code: 'unreadable-answer' })
      }
    }),
  )
})

test('one that is broken hides no other, and only broken ones are not none', () => {
  const read = (item: unknown): unknown => {
    if (item === 'broken') throw new PimError('unavailable', 'unreadable-answer', 'broken')
    return item
  }
  expect(readableOf(['broken', 'whole'], read)).toEqual(['whole'])
  expect(readableOf([], read)).toEqual([])
  expect(() => readableOf(['broken'], read)).toThrow('broken')
  const told: string[] = []
  readableOf(['broken', 'whole', 'broken'], read, ({ message }) => told.push(message))
  expect(told).toEqual(['2 requests are missing from this list: broken'])
})

test.each([
  ['88a56fa8-0330-8f68-b627-0e5f9ef14c8b', true],
  ['88A56FA8-0330-8F68-B627-0E5F9EF14C8B', true],
  ['g_member_88a56fa8-0330-8f68-b627-0e5f9ef14c8b', true],
  ['0123456789ab', false],
  ['../88a56fa8-0330-8f68-b627-0e5f9ef14c8b', false],
  ['88a56fa8-0330-8f68-b627-0e5f9ef14c8b/cancel', false],
  ['', false],
])('whether %j may be the id of a request: %j', (text, expected) => {
  expect(mayBeRequestId(text)).toBe(expected)
})
