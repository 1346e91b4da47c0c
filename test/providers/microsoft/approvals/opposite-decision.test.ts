import { expect, test } from 'vitest'
import { sendDecision as sendToArm } from '../../../../src/providers/microsoft/azure/requests/decide.ts'
import { directoryRoles } from '../../../../src/providers/microsoft/entra/schedule/schedule-api.ts'
import { sendDecision as sendToGraph } from '../../../../src/providers/microsoft/entra/requests/stages.ts'
import type { MicrosoftClient } from '../../../../src/providers/microsoft/http/client.ts'

const verdict = { decision: 'approve', justification: 'looks right' } as const
const { signal } = new AbortController()

/** A server that accepts a decision and shows another one. */
function answering(body: unknown): MicrosoftClient {
  return {
    resource: 'arm',
    ensureSignIn: async () => {},
    clockAheadMs: () => 0,
    send: async () => ({ status: 200, body, clockAheadMs: 0 }),
    identity: () => Promise.reject(new Error('not asked for')),
  }
}

const ids = { approvalId: 'a-1', stageId: 's-1' }

test.each([
  ['ARM', (body: unknown) => sendToArm({ ...ids, verdict }, answering(body), signal), true],
  [
    'Graph',
    (body: unknown) => sendToGraph(directoryRoles, ids, verdict, answering(body), signal),
    false,
  ],
] as const)('an approval that %s answers with a denial is no approval', async (_, send, isArm) => {
  const shown = (reviewResult: string) =>
    isArm ? { name: 's-1', properties: { reviewResult } } : { id: 's-1', reviewResult }
  await expect(send(shown('Deny'))).rejects.toMatchObject({ code: 'contradicting-answer' })
  await expect(send(shown('Approve'))).resolves.toBeUndefined()
  await expect(send(shown('NotReviewed'))).resolves.toBeUndefined()
  await expect(send(undefined)).resolves.toBeUndefined()
})
