import { expect, test } from 'vitest'
import { PimError } from '../../../../src/core/errors.ts'
import { approvalsFrom } from '../../../../src/providers/microsoft/approvals/approvals.ts'
import {
  readAskedAccess,
  readableOf,
} from '../../../../src/providers/microsoft/approvals/access-request.ts'
import type { RequestSource } from '../../../../src/providers/microsoft/approvals/request-source.ts'
import { readStage } from '../../../../src/providers/microsoft/approvals/stage.ts'
import { noon } from '../../../core/sample-elevations.ts'

const { signal } = new AbortController()
const wanted = '0b9e7c51-1111-4222-8333-444455556666'
const another = '0b9e7c51-1111-4222-8333-777788889999'

function body(id: string): object {
  return {
    id,
    status: 'PendingApproval',
    principalId: 'p',
    createdDateTime: '2026-03-01T12:00:00Z',
  }
}

/** Lists that hold these, and approvals that have these stages. */
function approvals(items: readonly unknown[], stages: readonly object[] = []) {
  const never = async (): Promise<never> => {
    throw new PimError('unexpected', 'asked', 'it was asked')
  }
  const source: RequestSource = {
    caller: never,
    list: async (_side, _signal, onUnreadable) =>
      readableOf(items, (item) => readAskedAccess(Object(item).id ?? '', item, noon), onUnreadable),
    read: async () => undefined,
    rightOf: () => '',
    name: never,
    stages: async () => stages.map((stage) => readStage('s', stage)),
    unreadStage: () => undefined,
    approvers: never,
    permissions: never,
    sendDecision: never,
    reread: never,
    cancel: never,
    outcome: never,
  }
  return approvalsFrom(source, () => noon)
}

test('what is in no list is none, where all of the lists could be read', async () => {
  expect(await approvals([body(another)]).find(wanted, signal)).toBeUndefined()
})

test.each([null, 7, {}, { id: 'x', properties: null }])(
  'where %j is in the list, the request may be that one',
  async (broken) => {
    const found = approvals([body(another), broken]).find(wanted, signal)
    await expect(found).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(`request ${wanted} is not shown; 1 request is missing`),
    })
  },
)

test('and is looked up by its approval before', async () => {
  const denied = { status: 'Completed', reviewResult: 'Deny' }
  const found = approvals([body(another), null], [denied]).find(wanted, signal)
  await expect(found).rejects.toMatchObject({ kind: 'refused', code: 'already-decided' })
})
