import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../../../../src/core/elevation/approval.ts'
import { groupApprovals } from '../../../../../src/providers/microsoft/entra/groups/group-approvals.ts'
import { roleApprovals } from '../../../../../src/providers/microsoft/entra/roles/role-approvals.ts'
import { toPimError } from '../../../../../src/providers/microsoft/errors/errors.ts'
import { found, yes } from '../../../approving.ts'
import { graph, list, never, refusal, request, userAdministrator, type Answers } from '../graph.ts'

const directory = '/v1.0/roleManagement/directory'
const inGroups = '/v1.0/identityGovernance/privilegedAccess/group'
const betaGroups = inGroups.replace('v1.0', 'beta')
const toApprove = `GET ${directory}/roleAssignmentScheduleRequests/filterByCurrentUser(on='approver')`
const id = '11111111-0000-4000-8000-000000000009'

function bobs(differences: Readonly<Record<string, unknown>> = {}): object {
  return request({
    id,
    status: 'PendingApproval',
    approvalId: id,
    principalId: 'bob-1',
    roleDefinitionId: userAdministrator,
    directoryScopeId: '/',
    ...differences,
  })
}

const steps = `GET /beta/roleManagement/directory/roleAssignmentApprovals/${id}/steps`
const step = { id: 's-1', status: 'InProgress', assignedToMe: true, reviewResult: 'NotReviewed' }
const policies = 'GET /v1.0/policies/roleManagementPolicyAssignments'
const names = 'POST /v1.0/directoryObjects/getByIds'
const role = `GET ${directory}/roleDefinitions/${userAdministrator}?$select=rolePermissions`
const nothing: Answers = {
  [steps]: list(step),
  [policies]: list(),
  [names]: list(),
  [role]: () => ({ rolePermissions: [] }),
}

async function waiting(answers: Answers): Promise<AccessRequest | undefined> {
  const { asker } = graph({ ...nothing, ...answers })
  return (await roleApprovals(asker).toApprove(never))[0]
}

test.each<readonly [string, Answers, string]>([
  [
    'by the principal that came along',
    { [toApprove]: list(bobs({ principal: { userPrincipalName: 'bob@x', displayName: 'Bob' } })) },
    'bob@x',
  ],
  [
    'by the display name of what signs in otherwise',
    { [toApprove]: list(bobs({ principal: { displayName: 'Robot' } })) },
    'Robot',
  ],
  [
    'by a question of their own',
    {
      [toApprove]: list(bobs()),
      [names]: list({ id: 'BOB-1', userPrincipalName: 'bob@x' }),
    },
    'bob@x',
  ],
  [
    'by the id where that may not be asked',
    { [toApprove]: list(bobs()), [names]: refusal(403, 'Authorization_RequestDenied') },
    'bob-1',
  ],
])('who asks is named %s', async (_, answers, name) => {
  expect((await waiting(answers))?.requester).toEqual({ id: 'bob-1', name })
})

test('a server that names nothing along is asked without', async () => {
  const plain: Answers = {
    [`${toApprove}?`]: refusal(400, 'BadRequest'),
    // It does not filter then either.
    [toApprove]: list(bobs(), bobs({ id: 'r-2', status: 'Denied' })),
  }
  const { asker, sent } = graph({ ...plain, ...nothing })
  const requests = await roleApprovals(asker).toApprove(never)
  expect(requests.map((each) => each.id)).toEqual([id])
  expect(sent.filter(({ path }) => path.includes('approver'))).toHaveLength(2)
})

test('what the role may do is shown, the first twenty of it', async () => {
  const many = Array.from({ length: 30 }, (_, index) => `microsoft.directory/users/${index}`)
  const answers: Answers = {
    [toApprove]: list(bobs()),
    [role]: () => ({
      rolePermissions: [
        { allowedResourceActions: many.slice(0, 15) },
        { allowedResourceActions: many.slice(15) },
      ],
    }),
  }
  expect((await waiting(answers))?.permissions).toEqual(many.slice(0, 20))
})

test('what may not be read is left out', async () => {
  const refused = refusal(403, 'Authorization_RequestDenied')
  const answers: Answers = {
    [toApprove]: list(bobs()),
    [steps]: refused,
    [policies]: refused,
    [role]: refused,
  }
  const shown = await waiting(answers)
  expect(shown).toMatchObject({ id, stages: [], role: userAdministrator })
  expect(shown).not.toHaveProperty('permissions')
})

test('many requests for one role ask once what its policy says', async () => {
  const many = Array.from({ length: 30 }, (_, index) => bobs({ id: `r-${index}` }))
  const { asker, sent } = graph({ [toApprove]: list(...many), ...nothing })
  expect(await roleApprovals(asker).toApprove(never)).toHaveLength(30)
  const asked = (part: string) => sent.filter(({ path }) => path.includes(part)).length
  expect(asked('roleManagementPolicyAssignments')).toBe(1)
  expect(asked('/roleDefinitions/')).toBe(1)
  expect(asked('/steps')).toBe(20)
})

describe('of groups, the stages', () => {
  const stages = `${inGroups}/assignmentApprovals/${id}/stages`
  const betaSteps = `${betaGroups}/assignmentApprovals/${id}/steps`
  const one = `GET ${inGroups}/assignmentScheduleRequests/${id}`
  const asked = bobs({ groupId: 'group-1', accessId: 'owner' })

  test.each([
    ['are in version 1.0', list(step), stages, 200],
    ['are steps of beta where version 1.0 has none', refusal(404, 'NotFound'), betaSteps, 404],
  ])('%s', async (_, answer, place, status) => {
    const decided = status === 404 ? refusal(404, 'NotFound') : () => undefined
    const { asker, sent } = graph({
      [`PATCH ${stages}/s-1`]: decided,
      [`PATCH ${betaSteps}/s-1`]: () => undefined,
      [`GET ${stages}`]: answer,
      [`GET ${betaSteps}`]: list(step),
      [one]: () => asked,
      ...nothing,
    })
    const approvals = groupApprovals(asker)
    await approvals.decide(await found(approvals, id), yes, never)
    expect(sent.findLast(({ method }) => method === 'PATCH')).toMatchObject({
      path: `${place}/s-1`,
      body: { reviewResult: 'Approve', justification: 'go ahead' },
    })
  })

  test('that are neither here nor there are not decided', async () => {
    const { asker } = graph({
      [`GET ${stages}`]: refusal(404, 'NotFound'),
      [`GET ${betaSteps}`]: refusal(404, 'NotFound'),
      [one]: () => asked,
      ...nothing,
    })
    const approvals = groupApprovals(asker)
    await expect(approvals.decide(await found(approvals, id), yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'not-an-approver',
    })
  })
})

test('a decision that is made is told as made, though nothing can be read after it', async () => {
  let isMade = false
  const failing = refusal(503, 'ServiceUnavailable')
  const { asker } = graph({
    [`PATCH /beta/roleManagement/directory/roleAssignmentApprovals/${id}/steps/s-1`]: () => {
      isMade = true
    },
    [steps]: (asked) => (isMade ? failing(asked) : { value: [step] }),
    [`GET ${directory}/roleAssignmentScheduleRequests/${id}`]: (asked) =>
      isMade ? failing(asked) : bobs(),
    ...nothing,
  })
  const approvals = roleApprovals(asker)
  expect(await approvals.decide(await found(approvals, id), yes, never)).toMatchObject({
    state: 'provisioning',
    stages: [{ result: 'approve', decidedBy: 'alice@example.com', reason: 'go ahead' }],
  })
})

test('a permission that is missing says so, and is not taken for a missing right to approve', async () => {
  const message = JSON.stringify({ errorCode: 'PermissionScopeNotGranted', message: 'no' })
  const { asker } = graph({
    PATCH: () => {
      const body = { error: { code: 'UnknownError', message } }
      throw toPimError({ status: 403, body, headers: { get: () => undefined }, resource: 'graph' })
    },
    [`GET ${directory}/roleAssignmentScheduleRequests/${id}`]: () => bobs(),
    ...nothing,
  })
  const approvals = roleApprovals(asker)
  await expect(approvals.decide(await found(approvals, id), yes, never)).rejects.toMatchObject({
    kind: 'sign-in',
    code: 'consent-missing',
  })
})
