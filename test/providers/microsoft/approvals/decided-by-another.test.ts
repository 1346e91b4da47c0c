import { expect, test } from 'vitest'
import type { AccessRequest } from '../../../../src/core/elevation/approval.ts'
import { decide } from '../../../../src/providers/microsoft/approvals/decide.ts'
import type { RequestSource } from '../../../../src/providers/microsoft/approvals/request-source.ts'
import type { SeenStage } from '../../../../src/providers/microsoft/approvals/stage.ts'

const { signal } = new AbortController()
const verdict = { decision: 'approve', justification: 'looks right' } as const
const now = () => new Date('2026-12-01T12:00:00Z')
const open = { id: 's-1', status: 'InProgress', assignedToMe: true }

const request: AccessRequest = {
  id: 'r-1',
  provider: 'entra',
  path: 'user-administrator',
  role: 'User Administrator',
  scope: '/',
  requester: { id: 'alice', name: 'alice@sandbox.example' },
  state: 'pending-approval',
  status: 'PendingApproval',
  justification: 'why',
  requestedAt: now(),
  stages: [{ ...open, approvers: [] }],
  reference: {},
}

/** A server that takes every decision, and shows whose it then is. */
function takenBy(reviewerId: string): RequestSource {
  const decidedBy = `${reviewerId}@sandbox.example`
  const seen: SeenStage = {
    stage: { ...open, status: 'Completed', result: 'approve', decidedBy },
    reviewerId,
  }
  const never = () => Promise.reject(new Error('not asked for'))
  const me = { objectId: 'bob', tenantId: 't', username: 'bob@sandbox.example' }
  return {
    caller: async () => ({
      ...me,
      scopes: [],
      directoryRoles: undefined,
      source: 'a test',
      expiresAt: now(),
    }),
    sendDecision: async () => {},
    stages: async () => [seen],
    reread: async () => undefined,
    unreadStage: () => undefined,
    list: never,
    read: never,
    rightOf: () => '',
    name: never,
    approvers: never,
    permissions: never,
    cancel: never,
    outcome: never,
  }
}

test('a decision that is mine is told as mine', async () => {
  const decided = await decide(request, verdict, takenBy('bob'), now, signal)
  expect(decided.stages).toMatchObject([{ result: 'approve', decidedBy: 'bob@sandbox.example' }])
})

test('a decision that Microsoft shows as somebody else’s is not told as mine', async () => {
  await expect(decide(request, verdict, takenBy('carol'), now, signal)).rejects.toMatchObject({
    code: 'already-decided',
    message: expect.stringContaining('was already approved by carol@sandbox.example'),
  })
})
