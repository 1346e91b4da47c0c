import { expect, test } from 'vitest'
import type { RequestAnswer } from '../../../../src/providers/microsoft/pim/request-answer.ts'
import { isWithdrawn } from '../../../../src/providers/microsoft/approvals/withdraw.ts'
import { PimError } from '../../../../src/core/errors.ts'

const now = new Date('2026-11-30T10:00:00Z')
const refused = new PimError('refused', 'not-cancelable', 'it cannot be cancelled')

async function afterRefusal(answer: Partial<RequestAnswer>): Promise<boolean> {
  const request = { id: 'one', status: '', startsAt: now, ...answer } as RequestAnswer
  return isWithdrawn(
    { state: 'pending-approval', providerRequestId: 'one' },
    { cancel: async () => Promise.reject(refused), read: async () => request, now: () => now },
  )
}

test.each(['Denied', 'Canceled', 'Failed'])('%s: it never was in force', async (status) => {
  expect(await afterRefusal({ status })).toBe(true)
})

test.each([
  ['is being revoked', { status: 'PendingRevocation' }],
  ['was granted, and is over by its own end', { status: 'Provisioned', expiresAt: now }],
  ['is in force', { status: 'Provisioned' }],
])('what %s may still be in force, and is to be released', async (_, answer) => {
  expect(await afterRefusal(answer)).toBe(false)
})

test('what still waits cannot be cancelled, and the refusal is told', async () => {
  await expect(afterRefusal({ status: 'PendingApproval' })).rejects.toBe(refused)
})
