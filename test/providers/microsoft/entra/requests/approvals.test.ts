import { describe, expect, test } from 'vitest'
import { hours } from '../../../../../src/core/time/duration.ts'
import { tenantAlice, tenantBob, tenantCarol } from '../../../../../sandbox/microsoft/seed/seed.ts'
import { approvalsOf, found, no, yes } from '../../../approving.ts'
import { ask, surfaces } from '../approving.ts'
import { never } from '../graph.ts'
import { elevate, openRoom } from '../fixture.ts'

/** Bob goes by his name where he looks himself. */
const someApprovers: unknown = expect.arrayContaining(['bob@sandbox.example'])

describe.each(['roles', 'groups'] as const)('of %s', (which) => {
  const { noun, once, twice, plain, shown } = surfaces[which]

  test('a request shows who asks for what, why, and for how long', async () => {
    const { bobs, id, now } = await ask(which)
    const [request, ...others] = await bobs.toApprove(never)
    expect(others).toEqual([])
    expect(request).toMatchObject({
      ...shown,
      id,
      path: once,
      requester: { id: tenantAlice.id, name: 'alice@sandbox.example' },
      state: 'pending-approval',
      status: 'PendingApproval',
      justification: 'restart the queue',
      requestedAt: now(),
      duration: hours(1),
      lapsesAt: new Date(now().getTime() + 86_400_000),
      stages: [{ id, status: 'InProgress', assignedToMe: true, approvers: someApprovers }],
      reference: { ...shown.reference, principalId: tenantAlice.id, approvalId: id },
    })
    expect(await found(bobs, id)).toEqual(request)
  })

  test('who asked sees what is open, and what it needs to be given back', async () => {
    const { alices, id, made } = await ask(which)
    const [request] = await alices.mine({ all: false }, never)
    expect(request).toMatchObject({ id, path: once, stages: [{ assignedToMe: false }] })
    const { scheduleId: _, ...facts } = made.facts
    expect(request?.reference).toMatchObject(facts)
    expect(await alices.toApprove(never)).toEqual([])
  })

  test('what was given back is shown once, as what it is', async () => {
    const { alices, now, advance, ...room } = await ask(which)
    const made = await elevate(plain, room[which], now())
    advance(360)
    await room[which].release(made, never)
    const requests = await alices.mine({ all: true }, never)
    expect(requests).toHaveLength(2)
    expect(Object.fromEntries(requests.map(({ path, state }) => [path, state]))).toEqual({
      [plain]: 'released',
      [once]: 'pending-approval',
    })
  })

  test('a decision to approve is made, and the request shown as it is then', async () => {
    const { tenant, bobs, id } = await ask(which)
    const decided = await bobs.decide(await found(bobs, id), yes, never)
    expect(decided).toMatchObject({
      state: 'active',
      stages: [
        {
          result: 'approve',
          decidedBy: tenantBob.userPrincipalName,
          reason: 'go ahead',
          approvers: someApprovers,
        },
      ],
    })
    expect(decided).not.toHaveProperty('lapsesAt')
    expect(tenant.requests.map(({ decisions }) => decisions.length)).toEqual([1])
  })

  test('a decision to deny ends it, and who asked reads why', async () => {
    const { alices, bobs, id } = await ask(which)
    const decided = await bobs.decide(await found(bobs, id), no, never)
    expect(decided).toMatchObject({ state: 'denied' })
    expect(await alices.mine({ all: false }, never)).toEqual([])
    const [request] = await alices.mine({ all: true }, never)
    expect(request).toMatchObject({ state: 'denied', stages: [{ reason: 'not today' }] })
  })

  test('decisions are made stage by stage, by who may decide the stage', async () => {
    const { bobs, carols, id } = await ask(which, twice)
    expect(await carols.toApprove(never)).toEqual([])
    const first = await bobs.decide(await found(bobs, id), yes, never)
    expect(first).toMatchObject({ state: 'pending-approval' })
    expect(first.stages.map(({ result }) => result)).toEqual(['approve', undefined])
    await expect(bobs.decide(first, yes, never)).rejects.toMatchObject({
      code: 'already-decided',
      hint: 'other approvers decide the next stage',
    })
    const second = await carols.decide(await found(carols, id), yes, never)
    expect(second).toMatchObject({ state: 'active' })
    expect(second.stages.map(({ decidedBy }) => decidedBy)).toEqual([
      tenantBob.userPrincipalName,
      tenantCarol.userPrincipalName,
    ])
  })

  test('a decision whose answer was lost is known to be made', async () => {
    const { tenant, bobs, id } = await ask(which)
    const request = await found(bobs, id)
    tenant.fail({ surface: 'graph', operation: `decide-${noun}`, drop: 'unanswered' })
    expect(await bobs.decide(request, yes, never)).toMatchObject({ state: 'active' })
    expect(tenant.requests.map(({ decisions }) => decisions.length)).toEqual([1])
  })

  test('a decision that never arrived is not taken for made', async () => {
    const { tenant, bobs, id } = await ask(which)
    const request = await found(bobs, id)
    tenant.fail({ surface: 'graph', operation: `decide-${noun}`, drop: 'unheard' })
    await expect(bobs.decide(request, yes, never)).rejects.toMatchObject({ kind: 'unavailable' })
  })

  test("one's own request is refused before anything is sent", async () => {
    const { alices, id, asked } = await ask(which)
    const request = await found(alices, id)
    asked()
    await expect(alices.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'own-request',
    })
    expect(asked()).toEqual([])
  })

  test('what is decided already, and what is for others, is told apart', async () => {
    const { tenant, bobs, carols, id } = await ask(which)
    const request = await found(bobs, id)
    await expect(carols.decide(request, yes, never)).rejects.toMatchObject({
      code: 'not-an-approver',
    })
    tenant.decide(id, 'deny', 'too broad')
    await expect(bobs.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'already-decided',
      message: expect.stringContaining('was already denied by bob@sandbox.example at '),
      provider: { status: 409 },
    })
  })

  test('what lapsed undecided is told as such', async () => {
    const { bobs, id, advance } = await ask(which)
    const request = await found(bobs, id)
    advance(hours(24).seconds)
    await expect(bobs.decide(request, yes, never)).rejects.toMatchObject({
      kind: 'refused',
      code: 'request-expired',
    })
  })

  test('is found by its id, and by the lists where it may not be read so', async () => {
    const { tenant, bobs, id, asked } = await ask(which)
    asked()
    await found(bobs, id)
    expect(asked().filter((each) => /^list-.*-requests/.test(each))).toEqual([])
    tenant.fail({ surface: 'graph', operation: `read-${noun}-request`, status: 403, times: 1 })
    expect(await found(bobs, id)).toMatchObject({ id, path: once })
    expect(asked()).toContain(`list-${noun}-requests-to-approve`)
  })

  test('bob does not decide what he asked for, though he is among its approvers', async () => {
    const { tenant, ...room } = await openRoom()
    const bob = (await room.as(tenantBob))[which]
    const path = (await bob.discover(never)).targets[0]?.path ?? ''
    const made = await elevate(path, bob, room.now())
    expect(await approvalsOf(bob).toApprove(never)).toEqual([])
    const [request] = await approvalsOf(room[which]).toApprove(never)
    expect(request).toMatchObject({ path, requester: { name: 'bob@sandbox.example' } })
    expect(tenant.requests.map(({ principalId }) => principalId)).toEqual([tenantBob.id])
    expect(request?.id).toBe(made.providerRequestId)
  })
})
