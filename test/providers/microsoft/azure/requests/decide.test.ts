import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../../../src/core/elevation/approval.ts'
import { createArmApprovals } from '../../../../../src/providers/microsoft/azure/requests/approvals.ts'
import { sendDecision } from '../../../../../src/providers/microsoft/azure/requests/decide.ts'
import type {
  MicrosoftClient,
  MicrosoftRequest,
} from '../../../../../src/providers/microsoft/http/client.ts'
import { toPimError } from '../../../../../src/providers/microsoft/errors/errors.ts'
import { noon } from '../../../../core/sample-elevations.ts'
import { contributor, never, prod, scripted } from '../scripted.ts'

const verdict: Verdict = { decision: 'approve', justification: 'go ahead' }
const review = { reviewResult: 'Approve', justification: 'go ahead' }
const stage =
  '/providers/Microsoft.Authorization/roleAssignmentApprovals/a-1/stages/s-1?api-version=2021-01-01-preview'
const batch = '/batch?api-version=2020-06-01'

interface Turn {
  readonly status: number
  readonly code?: string
  readonly body?: unknown
}

/** An ARM that answers one request after another as told. */
function inTurn(...turns: readonly Turn[]): {
  readonly client: MicrosoftClient
  readonly sent: MicrosoftRequest[]
} {
  const sent: MicrosoftRequest[] = []
  const send: MicrosoftClient['send'] = async (request) => {
    const { status, code = '', body } = turns[sent.push(request) - 1] ?? { status: 500 }
    if (status < 300) return { status, body }
    const error = { error: { code, message: `Microsoft says ${code}` } }
    const headers = { get: () => undefined }
    throw toPimError({ status, body: error, headers, resource: 'arm' })
  }
  return { sent, client: { ...scripted({}).client, send } }
}

const refused: Turn = { status: 400, code: 'BadRequest' }
const inside = (status: number, content?: unknown): Turn => ({
  status: 200,
  body: { responses: [{ name: 'n', httpStatusCode: status, headers: {}, content }] },
})

async function decideWith(...turns: readonly Turn[]) {
  const { client, sent } = inTurn(...turns)
  const decision = { approvalId: 'a-1', stageId: 's-1', verdict }
  const outcome = await sendDecision(decision, client, never).catch((error: unknown) => error)
  return { outcome, sent }
}

test.each<readonly [string, readonly Turn[], readonly object[]]>([
  [
    'the wrapped form is the first, and enough where it is taken',
    [{ status: 200 }],
    [{ method: 'PUT', path: stage, body: { properties: review } }],
  ],
  [
    'the bare form is next',
    [refused, { status: 204 }],
    [{ body: { properties: review } }, { method: 'PUT', path: stage, body: review }],
  ],
  [
    'the batch of the portal is last',
    [refused, refused, inside(204)],
    [
      { body: { properties: review } },
      { body: review },
      {
        method: 'POST',
        path: batch,
        body: {
          requests: [
            {
              httpMethod: 'PUT',
              name: expect.stringMatching(/^[\da-f-]{36}$/),
              url: stage,
              content: { properties: review },
            },
          ],
        },
      },
    ],
  ],
])('%s', async (_, turns, expected) => {
  const { outcome, sent } = await decideWith(...turns)
  expect(outcome).toBeUndefined()
  expect(sent).toMatchObject(expected)
  expect(sent).toHaveLength(expected.length)
})

describe('what goes wrong:', () => {
  test.each<readonly [string, readonly Turn[], object]>([
    ['no right to', [{ status: 403, code: 'x' }], { provider: { status: 403 } }],
    ['decided already', [refused, { status: 409, code: 'x' }], { provider: { status: 409 } }],
    ['a step-up', [{ status: 400, code: 'RequestDisallowedByAzure' }], { kind: 'sign-in' }],
    [
      'refused inside of the batch',
      [refused, refused, inside(403, { error: { code: 'Mine', message: 'no' } })],
      { kind: 'refused', provider: { status: 403, code: 'Mine' } },
    ],
    [
      'no batches here: the first refusal says more',
      [{ ...refused, code: 'First' }, refused, { status: 400, code: 'InvalidResourceType' }],
      { provider: { code: 'First' } },
    ],
    [
      'a batch that says nothing',
      [refused, refused, { status: 202 }],
      { kind: 'unavailable', code: 'unreadable-answer' },
    ],
  ])('%s', async (_, turns, error) => {
    const { outcome, sent } = await decideWith(...turns)
    expect(outcome).toMatchObject(error)
    expect(sent).toHaveLength(turns.length)
  })
})

test('who cannot see the stages decides the one that has the id of the approval', async () => {
  const requests = '/providers/Microsoft.Authorization/roleAssignmentScheduleRequests'
  const id = '11111111-0000-4000-8000-000000000009'
  const { client, requests: sent } = scripted({
    [requests]: [
      {
        name: id,
        properties: {
          scope: prod,
          roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${contributor}`,
          principalId: 'bob-id',
          requestType: 'SelfActivate',
          status: 'PendingApproval',
          approvalId: '/providers/Microsoft.Authorization/roleAssignmentApprovals/a-9',
          createdOn: '2026-03-01T11:59:00Z',
        },
      },
    ],
    '/providers/Microsoft.Authorization/roleAssignmentApprovals/a-9/stages/a-9': {},
  })
  const approvals = createArmApprovals(client, () => noon)
  const request = await approvals.find(id, never)
  expect(request).toMatchObject({ stages: [], role: contributor, requester: { name: 'bob-id' } })
  if (request === undefined) return
  expect(request).not.toHaveProperty('permissions')
  expect(await approvals.decide(request, verdict, never)).toMatchObject({ state: 'provisioning' })
  expect(sent.filter(({ method }) => method === 'PUT')).toHaveLength(1)
})
