import { expect, test } from 'vitest'
import {
  assertAnswerOf,
  assertCanceled,
  assertDecidedAs,
} from '../../../../src/providers/microsoft/pim/contradicting-answer.ts'

const sent = {
  action: 'selfDeactivate',
  principalId: 'aaaaaaaa-0000-4000-8000-000000000001',
  roleDefinitionId: '/subscriptions/one/providers/Microsoft.Authorization/roleDefinitions/reader',
}

test.each([
  ['the same', { ...sent, status: 'Revoked' }],
  ['another case', { ...sent, principalId: sent.principalId.toUpperCase() }],
  ['the role as seen from another scope', { roleDefinitionId: '/x/roleDefinitions/reader' }],
  ['nothing that could be compared', { status: 'Revoked' }],
])('an answer with %s is about what was sent', (_, answer) => {
  expect(() => assertAnswerOf(sent, answer)).not.toThrow()
})

test.each([
  ['action', { ...sent, action: 'selfActivate' }],
  ['principalId', { ...sent, principalId: 'bbbbbbbb-0000-4000-8000-000000000002' }],
  ['roleDefinitionId', { ...sent, roleDefinitionId: '/x/roleDefinitions/owner' }],
])('an answer with another %s proves nothing', (field, answer) => {
  expect(() => assertAnswerOf(sent, answer)).toThrow(
    expect.objectContaining({
      kind: 'unavailable',
      code: 'contradicting-answer',
      message: expect.stringContaining(field),
    }),
  )
})

test('a stage that shows the opposite decision contradicts it; one that shows none does not', () => {
  const approve = { decision: 'approve' } as const
  const contradicting = expect.objectContaining({
    kind: 'unavailable',
    code: 'contradicting-answer',
  })
  expect(() => assertDecidedAs(approve, 's-1', { id: 'S-1', result: 'approve' })).not.toThrow()
  expect(() => assertDecidedAs(approve, 's-1', { id: '' })).not.toThrow()
  expect(() => assertDecidedAs(approve, 's-1', { id: 's-1', result: 'deny' })).toThrow(
    contradicting,
  )
  expect(() => assertDecidedAs(approve, 's-1', { id: 's-2', result: 'approve' })).toThrow(
    contradicting,
  )
})

test.each([
  ['nothing at all', {}, true],
  ['that it is canceled', { id: 'R-1', status: 'Canceled' }, true],
  ['another request', { id: 'r-2', status: 'Canceled' }, false],
  ['that it is active', { id: 'r-1', status: 'Provisioned' }, false],
  ['that it is denied', { status: 'Denied' }, false],
])('an answer to a cancellation that shows %s', (_, answer, isCanceled) => {
  const check = () => assertCanceled('r-1', answer)
  if (isCanceled) expect(check).not.toThrow()
  else expect(check).toThrow(expect.objectContaining({ code: 'contradicting-answer' }))
})
