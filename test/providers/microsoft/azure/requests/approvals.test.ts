import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../../../../src/core/time/duration.ts'
import {
  armScopes,
  tenantAlice,
  tenantBob,
  tenantCarol,
} from '../../../../../sandbox/microsoft/seed/seed.ts'
import { found, no, yes } from '../../../approving.ts'
import { ask } from '../approving.ts'
import { never } from '../scripted.ts'

test('a request shows who asks for what, why, for how long, and what it would allow', async () => {
  const { bobs, id, now } = await ask()
  const [request, ...others] = await bobs.toApprove(never)
  expect(others).toEqual([])
  expect(request).toEqual({
    id,
    provider: 'azure',
    path: 'payments-dev/Contributor',
    role: 'Contributor',
    scope: armScopes.paymentsDev.id,
    scopeName: 'payments-dev',
    requester: { id: tenantAlice.id, name: 'alice@sandbox.example' },
    state: 'pending-approval',
    status: 'PendingApproval',
    justification: 'restart the queue',
    ticket: { system: 'JIRA', number: 'OPS-1' },
    requestedAt: now(),
    duration: hours(1),
    lapsesAt: new Date(now().getTime() + 86_400_000),
    stages: [
      {
        id,
        status: 'InProgress',
        name: 'Approval',
        assignedToMe: true,
        approvers: ['Bob Example'],
      },
    ],
    permissions: ['*'],
    reference: {
      tenantId: expect.any(String),
      scope: armScopes.paymentsDev.id,
      roleDefinitionId: expect.stringContaining('roleDefinitions/'),
      principalId: tenantAlice.id,
      approvalId: id,
    },
  })
  expect(await found(bobs, id)).toEqual(request)
})

test('who asked sees the request spelt as the target is, and what it needs to be given back', async () => {
  const { alices, id, made } = await ask()
  const [request] = await alices.mine({ all: false }, never)
  expect(request).toMatchObject({ id, path: 'payments-dev/Contributor', state: 'pending-approval' })
  expect(request?.stages).toMatchObject([{ assignedToMe: false, approvers: ['Bob Example'] }])
  const { eligibilityScheduleId: _, roleAssignmentScheduleId: __, ...facts } = made.facts
  expect(request?.reference).toMatchObject(facts)
  expect(await alices.toApprove(never)).toEqual([])
})

test('what was given back is shown once, as what it is', async () => {
  const { provider, alices, elevate, advance } = await ask()
  const made = await elevate('payments-prod/Contributor', { id: 'ba9876543210' })
  advance(minutes(6))
  await provider.release(made, never)
  const requests = await alices.mine({ all: true }, never)
  expect(requests).toHaveLength(2)
  expect(Object.fromEntries(requests.map(({ path, state }) => [path, state]))).toEqual({
    'payments-prod/Contributor': 'released',
    'payments-dev/Contributor': 'pending-approval',
  })
})

describe('a decision', () => {
  test.each([
    ['wrapped, as the examples have it', { approvalBody: 'wrapped' }, ['decide']],
    ['bare, as the schema has it', { approvalBody: 'top-level' }, ['decide', 'decide']],
    ['only as the portal sends it', { approvalsOnlyByBatch: true }, ['decide', 'decide', 'batch']],
  ] as const)('is taken %s', async (_, settings, sent) => {
    const { tenant, bobs, id, asked } = await ask()
    Object.assign(tenant, settings)
    const request = await found(bobs, id)
    asked()
    const decided = await bobs.decide(request, yes, never)
    expect(asked().slice(0, sent.length)).toEqual(sent)
    expect(decided).toMatchObject({
      state: 'active',
      status: 'Provisioned',
      permissions: ['*'],
      stages: [
        {
          status: 'Completed',
          result: 'approve',
          decidedBy: tenantBob.userPrincipalName,
          reason: 'go ahead',
          approvers: ['Bob Example'],
        },
      ],
    })
    expect(tenant.requests.map(({ decisions }) => decisions.length)).toEqual([1])
  })

  test('to deny ends it, and who asked reads why', async () => {
    const { provider, alices, bobs, id, made } = await ask()
    const decided = await bobs.decide(await found(bobs, id), no, never)
    expect(decided).toMatchObject({ state: 'denied', stages: [{ result: 'deny' }] })
    expect(await alices.mine({ all: false }, never)).toEqual([])
    const [request] = await alices.mine({ all: true }, never)
    expect(request).toMatchObject({ state: 'denied', stages: [{ reason: 'not today' }] })
    expect(await provider.progress(made, never)).toMatchObject({ reason: 'not today' })
  })

  test('is made stage by stage, by who may decide the stage', async () => {
    const { bobs, carols, id } = await ask('payments-prod/Queue Operator')
    expect(await carols.toApprove(never)).toEqual([])
    const first = await bobs.decide(await found(bobs, id), yes, never)
    expect(first).toMatchObject({ state: 'pending-approval' })
    expect(first.stages.map(({ result }) => result)).toEqual(['approve', undefined])
    expect(await bobs.toApprove(never)).toEqual([])
    const [request] = await carols.toApprove(never)
    expect(request?.stages).toMatchObject([
      { approvers: ['Bob Example'], assignedToMe: false },
      { approvers: ['Carol Example'], assignedToMe: true },
    ])
    const second = await carols.decide(await found(carols, id), yes, never)
    expect(second).toMatchObject({ state: 'active' })
    expect(second.stages.map(({ decidedBy }) => decidedBy)).toEqual([
      tenantBob.userPrincipalName,
      tenantCarol.userPrincipalName,
    ])
  })

  test('whose answer was lost is known to be made, once', async () => {
    const { tenant, bobs, id } = await ask()
    const request = await found(bobs, id)
    tenant.fail({ surface: 'arm', operation: 'decide', drop: 'unanswered' })
    const decided = await bobs.decide(request, yes, never)
    expect(decided).toMatchObject({ state: 'active', stages: [{ result: 'approve' }] })
    expect(tenant.requests.map(({ decisions }) => decisions.length)).toEqual([1])
  })
})

describe('refused is', () => {
  test("one's own request, before anything is sent", async () => {
    const { alices, id, asked } = await ask()
    const request = await found(alices, id)
    asked()
    await expect(alices.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'own-request',
    })
    expect(asked()).toEqual([])
  })

  test('what somebody else was quicker to decide', async () => {
    const { tenant, bobs, id } = await ask()
    const request = await found(bobs, id)
    tenant.decide(id, 'deny', 'too broad')
    await expect(bobs.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'already-decided',
      message: expect.stringContaining('was already denied by bob@sandbox.example at '),
      provider: { status: 409 },
    })
  })

  test('what lapsed undecided', async () => {
    const { tenant, bobs, id, advance } = await ask()
    tenant.tokenLifetime = hours(48)
    const request = await found(bobs, id)
    advance(hours(24))
    await expect(bobs.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'request-expired',
    })
  })

  test('what is for others to decide', async () => {
    const { bobs, carols, id } = await ask()
    const request = await found(bobs, id)
    await expect(carols.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'not-an-approver',
      hint: expect.stringContaining('Bob Example'),
    })
  })

  test('a stage whose turn has not come', async () => {
    const { alices, carols, id, asked } = await ask('payments-prod/Queue Operator')
    const seen = await found(alices, id)
    asked()
    await expect(carols.decide(seen, yes, never)).rejects.toMatchObject({ code: 'not-an-approver' })
    expect(asked()).toEqual([])
  })
})
