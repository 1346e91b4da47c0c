import { describe, expect, test } from 'vitest'

import {
  armScopes,
  tenantBob,
  tenantEligibilities,
  tenantGroups,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { no, yes } from '../approval-calls.ts'
import { active, authorization, codeOf, put, version } from './calls.ts'
import { openTenant } from '../fixture.ts'
import type { Calls, Json, Reply, Room } from '../fixture.ts'

const { devContributor, prodContributor, bobProdOwner, conditionalAccessAdministrator } =
  tenantEligibilities
const preview = 'api-version=2021-01-01-preview'
const approvals = `${authorization}/roleAssignmentApprovals`
const requests = `${authorization}/roleAssignmentScheduleRequests`

async function waiting(): Promise<{ room: Room; bob: Calls; id: string; stage: string }> {
  const room = await openTenant()
  const { body } = await put(room, devContributor)
  const id: string = body.name
  return { room, bob: room.as('bob'), id, stage: `${approvals}/${id}/stages/${id}` }
}

const namesOf = ({ body }: Reply) => body.value.map(({ name }: Json) => name)

describe('requests are listed', () => {
  test.each([
    ['', 'asTarget()', 'alice', true],
    ['', 'asApprover()', 'bob', true],
    ['', 'asApprover()', 'alice', false],
    [armScopes.paymentsDev.id, 'asApprover()', 'bob', true],
    [armScopes.paymentsProd.id, 'asApprover()', 'bob', false],
    [armScopes.paymentsDev.id, 'asRequestor()', 'alice', true],
    [armScopes.paymentsDev.id, 'asRequestor()', 'bob', false],
  ])('at "%s" by %s to %s', async (scope, filter, name, isThere) => {
    const { room, id } = await waiting()
    const found = await room.as(name).arm(`${scope}${requests}?${version}&$filter=${filter}`)
    expect(namesOf(found)).toEqual(isThere ? [id] : [])
  })

  test.each(['asRequestor()', 'atScope()', "principalId eq 'me'", ''])(
    'in the whole tenant to nobody by "%s"',
    async (filter) => {
      const { room } = await waiting()
      expect(codeOf(await room.arm(`${requests}?${version}&$filter=${filter}`))).toEqual([
        403,
        'InsufficientPermissions',
      ])
    },
  )

  test('with who asks and for what, in words', async () => {
    const { bob } = await waiting()
    const { body } = await bob.arm(`${requests}?${version}&$filter=asApprover()`)
    expect(body.value[0].properties).toMatchObject({
      status: 'PendingApproval',
      justification: 'restart the queue',
      expandedProperties: {
        principal: { displayName: 'Alice Example', email: 'alice@sandbox.example' },
        roleDefinition: { displayName: 'Contributor' },
        scope: { displayName: 'payments-dev' },
      },
    })
  })
})

describe('approvals', () => {
  test.each([
    ['asApprover()', 'bob', true],
    ['asApprover()', 'alice', false],
    ['asTarget()', 'alice', true],
    ['asCreatedBy()', 'alice', true],
    ['asCreatedBy()', 'bob', false],
  ])('are listed by %s to %s', async (filter, name, isThere) => {
    const { room, id } = await waiting()
    const found = await room.as(name).arm(`${approvals}?${preview}&$filter=${filter}`)
    expect(namesOf(found)).toEqual(isThere ? [id] : [])
  })

  test('hold their stages, and are for those whom they concern', async () => {
    const { room, bob, id, stage } = await waiting()
    const whole = await bob.arm(`${approvals}/${id}?${preview}`)
    const one = await bob.arm(`${stage}?${preview}`)
    expect(whole.body.properties.stages).toEqual([one.body])
    expect(one.body.properties).toMatchObject({ displayName: 'Approval', reviewedBy: null })
    const carol = room.as('carol')
    for (const path of [`${approvals}/${id}`, `${approvals}/${id}/stages`, stage]) {
      expect((await carol.arm(`${path}?${preview}`)).status).toBe(403)
      expect((await bob.arm(`${path}?${version}`)).status).toBe(400)
    }
    const { body: free } = await put(room, prodContributor)
    expect((await room.arm(`${approvals}/${free.name}?${preview}`)).status).toBe(404)
    expect((await bob.arm(`${approvals}?${preview}&$filter=atScope()`)).status).toBe(400)
  })
})

describe('a decision', () => {
  const bare = yes
  const wrapped = { properties: yes }
  test.each([
    ['wrapped', bare, 400],
    ['wrapped', wrapped, 200],
    ['top-level', bare, 200],
    ['top-level', wrapped, 400],
    ['both', bare, 200],
    ['both', wrapped, 200],
  ] as const)('where bodies are %s: %j answers %i', async (form, body, expected) => {
    for (const method of ['PATCH', 'PUT']) {
      const { room, bob, stage } = await waiting()
      room.tenant.approvalBody = form
      const answer = await bob.arm(`${method} ${stage}?${preview}`, { body })
      expect(answer.status).toBe(expected)
      expect(room.tenant.calls.at(-1)?.operation).toBe('decide')
      if (expected !== 200) continue
      expect(answer.body.properties).toMatchObject({
        status: 'Completed',
        ...yes,
        reviewedBy: {
          principalId: tenantBob.id,
          principalType: 'user',
          principalName: 'Bob Example',
          userPrincipalName: 'bob@sandbox.example',
        },
      })
    }
  })

  test('cannot be made of anything else', async () => {
    const { bob, stage } = await waiting()
    for (const body of ['Approve', [], { properties: 'Approve' }, undefined]) {
      expect((await bob.arm(`PATCH ${stage}?${preview}`, { body })).status).toBe(400)
    }
  })

  test.each([true, false])('is taken in a batch, alone or not: %s', async (isOnly) => {
    const { room, bob, id, stage } = await waiting()
    room.tenant.approvalsOnlyByBatch = isOnly
    room.tenant.approvalBody = 'top-level'
    if (isOnly) {
      const direct = await bob.arm(`PATCH ${stage}?${preview}`, { body: yes })
      expect(direct.status).toBe(400)
    }
    const answer = await sendBatch(bob, [inner(stage, no)])
    expect(answer).toMatchObject({
      status: 200,
      body: { responses: [{ name: 'one', httpStatusCode: 204, contentLength: 0 }] },
    })
    const { body } = await room.arm(`${devContributor.scope}${requests}/${id}?${version}`)
    expect(body.properties.status).toBe('Denied')
  })
})

test('an approval that comes after the end that was asked for gives nothing', async () => {
  const room = await openTenant()
  const expiration = { type: 'AfterDateTime', endDateTime: '2026-03-01T13:00:00Z' }
  const { body } = await put(room, devContributor, {
    properties: { scheduleInfo: { expiration } },
  })
  room.advance(3600)
  room.tenant.decide(body.name, 'approve')
  const found = await room.arm(`${body.id}?${version}`)
  expect(found.body.properties.status).toBe('Failed')
  expect((await room.arm(active)).body.value).toHaveLength(1)
})

const inner = (path: string, verdict: object, name = 'one') => ({
  httpMethod: 'PUT',
  name,
  url: `${path}?${preview}`,
  content: { properties: verdict },
})
const sendBatch = ({ arm }: Calls, calls: readonly object[], api = '2020-06-01') =>
  arm(`POST /batch?api-version=${api}`, { body: { requests: calls } })

describe('a batch', () => {
  test('answers each of its calls by itself, by whoever sent it', async () => {
    const { room, bob, stage } = await waiting()
    const calls = [
      inner(stage, yes, 'a'),
      inner(stage, yes, 'b'),
      inner(`${approvals}/none/stages/none`, yes, 'c'),
      { httpMethod: 'GET', name: 'd', url: `${room.tenant.endpoints.arm}${stage}?${preview}` },
      { httpMethod: 'GET', name: 'e', url: '/nothing' },
      { httpMethod: 'GET', name: 'f', url: 'http://[' },
    ]
    const { body } = await sendBatch(bob, calls)
    const answers = body.responses.map((one: Json) => [
      one.name,
      one.httpStatusCode,
      one.content?.error?.code,
    ])
    expect(answers).toEqual([
      ['a', 204, undefined],
      ['b', 409, 'Conflict'],
      ['c', 404, 'ResourceNotFound'],
      ['d', 200, undefined],
      ['e', 404, 'NotFound'],
      ['f', 400, 'BadRequest'],
    ])
    const { body: again } = await sendBatch(room.as('carol'), [inner(stage, yes)])
    expect(again.responses[0].httpStatusCode).toBe(403)
  })

  test('of another form, version or size, or without a sign-in, is refused', async () => {
    const { bob, stage } = await waiting()
    const many = Array.from({ length: 21 }, () => inner(stage, yes))
    expect((await sendBatch(bob, many)).status).toBe(400)
    expect((await sendBatch(bob, [], '2020-10-01')).status).toBe(400)
    expect((await bob.arm('POST /batch?api-version=2020-06-01', { body: {} })).status).toBe(400)
    const call = 'POST /batch?api-version=2020-06-01'
    expect((await bob.arm(call, { body: { requests: [] }, token: 'x' })).status).toBe(401)
  })
})

test('who approves, stage by stage, is in what the role demands', async () => {
  const room = await openTenant({
    eligibilities: [{ ...bobProdOwner, policy: conditionalAccessAdministrator.policy }],
  })
  const filter = `$filter=roleDefinitionId eq '${authorization}/roleDefinitions/${bobProdOwner.roleId}'`
  const path = `${bobProdOwner.scope}${authorization}/roleManagementPolicyAssignments`
  const { body } = await room.arm(`${path}?${version}&${filter}`)
  const rule = body.value[0].properties.effectiveRules.find(
    ({ id }: Json) => id === 'Approval_EndUser_Assignment',
  )
  expect(rule.setting).toMatchObject({
    isApprovalRequired: true,
    approvalMode: 'Serial',
    approvalStages: [
      {
        primaryApprovers: [{ id: tenantBob.id, description: 'Bob Example', userType: 'User' }],
      },
      {
        primaryApprovers: [
          {
            id: tenantGroups.securityLeads.id,
            description: 'security-leads',
            userType: 'Group',
          },
        ],
      },
    ],
  })
})
