import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readApprovers } from '../../../../src/providers/microsoft/approvals/approvers.ts'
import {
  denialIn,
  hasLapsed,
  isOpen,
  readStage,
  reviewOf,
} from '../../../../src/providers/microsoft/approvals/stage.ts'

const decided = {
  displayName: 'Stage 1',
  status: 'Completed',
  assignedToMe: true,
  reviewResult: 'Deny',
  reviewedDateTime: '2026-03-01T12:00:00.123Z',
  justification: 'too broad',
}

test.each([
  ['ARM', { principalId: 'b', principalName: 'Bob', userPrincipalName: 'bob@x' }, 'bob@x'],
  ['ARM, of an application', { principalId: 'b', principalName: 'Robot' }, 'Robot'],
  ['Graph', { id: 'b', displayName: 'Bob', userPrincipalName: 'bob@x' }, 'bob@x'],
  ['Graph, with a bare identity', { id: 'b', displayName: 'Bob' }, 'Bob'],
  ['somebody without a name', { id: 'b' }, 'b'],
])('who decided is named as %s names them', (_, reviewedBy, decidedBy) => {
  expect(readStage('s-1', { ...decided, reviewedBy })).toEqual({
    stage: {
      id: 's-1',
      name: 'Stage 1',
      status: 'Completed',
      assignedToMe: true,
      result: 'deny',
      decidedBy,
      decidedAt: new Date('2026-03-01T12:00:00.123Z'),
      reason: 'too broad',
    },
    reviewerId: 'b',
  })
})

test('what nobody reviewed yet has no result', () => {
  const fields = { status: 'InProgress', reviewResult: 'NotReviewed', justification: '' }
  expect(readStage('s-1', { ...fields, reviewedDateTime: '0001-01-01T00:00:00Z' })).toEqual({
    stage: { id: 's-1', status: 'InProgress', assignedToMe: false },
    reviewerId: undefined,
  })
})

test.each([
  ['InProgress', undefined, true],
  ['inProgress', undefined, true],
  ['Escalated', undefined, true],
  ['NotStarted', undefined, false],
  ['Completed', undefined, false],
  ['InProgress', 'approve', false],
] as const)('whether a stage %s with %j waits: %j', (status, result, expected) => {
  expect(isOpen({ status, ...(result !== undefined && { result }) })).toBe(expected)
})

test.each([
  ['Expired', true],
  ['expired', true],
  ['Completed', false],
])('whether a stage %s has lapsed: %j', (status, expected) => {
  expect(hasLapsed({ status })).toBe(expected)
})

test.each([
  ['Deny', 'too broad', 'too broad'],
  ['deny', 'too broad', 'too broad'],
  ['Approve', 'fine', undefined],
  ['Deny', '', undefined],
])('of a decision %s with %j the reason is %j', (reviewResult, justification, reason) => {
  const stages = [{ reviewResult: 7 }, { reviewResult, justification }]
  expect(denialIn(stages.map((fields) => readStage('', fields)))).toBe(reason)
})

test('whatever comes is a stage, or somebody, or nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      expect(readStage('s-1', body).stage.id).toBe('s-1')
      expect(Array.isArray(readApprovers(body))).toBe(true)
      expect(Array.isArray(readApprovers([body]))).toBe(true)
    }),
  )
})

test('a verdict is sent in the words of Microsoft', () => {
  expect(reviewOf({ decision: 'approve', justification: 'why' })).toEqual({
    reviewResult: 'Approve',
    justification: 'why',
  })
  expect(reviewOf({ decision: 'deny', justification: '' }).reviewResult).toBe('Deny')
})

function approvalRule(isApprovalRequired: boolean, ...primaryApprovers: readonly unknown[]) {
  const approvalStages = [{ primaryApprovers }, { primaryApprovers: [] }]
  return [
    { id: 'Other_Rule' },
    {
      id: 'approval_enduser_assignment',
      setting: { isApprovalRequired, approvalStages },
    },
  ]
}

test.each([
  [
    { id: 'b', description: 'Bob', userType: 'User', isBackup: false },
    { id: 'b', name: 'Bob' },
  ],
  [{ userId: 'b' }, { id: 'b', name: undefined }],
  [
    { groupId: 'g', description: ' ' },
    { id: 'g', name: undefined },
  ],
])('who may approve by %j is %j', (entry, expected) => {
  const rules = approvalRule(true, entry, 7, { description: 'nobody' })
  expect(readApprovers(rules)).toEqual([[expected], []])
})

test('nobody approves what needs no approval', () => {
  expect(readApprovers(approvalRule(false, { id: 'b' }))).toEqual([])
})
