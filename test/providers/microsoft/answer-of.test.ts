import { expect, test } from 'vitest'
import { assertAnswerOf, assertDecidedAs } from '../../../src/providers/microsoft/answer-of.ts'

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
  expect(() => assertDecidedAs(approve, { result: 'approve' })).not.toThrow()
  expect(() => assertDecidedAs(approve, {})).not.toThrow()
  expect(() => assertDecidedAs(approve, { result: 'deny' })).toThrow(
    expect.objectContaining({ kind: 'unavailable', code: 'contradicting-answer' }),
  )
})
