import { describe, expect, test } from 'vitest'

import { hours, minutes } from '../../../src/core/time/duration.ts'
import {
  tenantBob,
  tenantCarol,
  tenantEligibilities,
} from '../../../sandbox/microsoft/seed/seed.ts'
import { aliceApplicationAdministrator, everywhere, no, yes } from './approval-calls.ts'
import { openTenant } from './fixture.ts'
import type { Room } from './fixture.ts'

const { prodContributor, userAdministrator, secOpsMember } = tenantEligibilities
const day = 86_400

async function open(): Promise<Room & { readonly bob: Room; readonly carol: Room }> {
  const room = await openTenant()
  room.tenant.tokenLifetime = hours(100)
  room.tenant.add({ eligibilities: [aliceApplicationAdministrator] })
  return { ...room, bob: { ...room, ...room.as('bob') }, carol: { ...room, ...room.as('carol') } }
}

describe.each(everywhere)('among %s', (_, surface) => {
  const { ask, read, cancel, toApprove, active, stages, decide, once, twice, ofBob } = surface

  test('a request is found by its approver and nobody else, and let through with a reason', async () => {
    const { bob, carol, advance, ...alice } = await open()
    const asked = await ask(alice, once)
    expect(asked.status).toBe('PendingApproval')
    expect(await Promise.all([bob, carol, alice].map(toApprove))).toEqual([[asked.id], [], []])
    const waiting = { id: asked.id, status: 'InProgress', reviewResult: 'NotReviewed' }
    expect(await stages(bob, asked.id)).toMatchObject([{ ...waiting, assignedToMe: true }])
    expect(await stages(alice, asked.id)).toMatchObject([{ ...waiting, assignedToMe: false }])
    advance(600)
    expect([200, 204]).toContain((await decide(bob, asked, yes)).status)
    expect((await read(alice, asked)).status).toBe('Provisioned')
    expect(await active(alice)).toEqual(['2026-03-01T13:10:00.000Z'])
    expect(await toApprove(bob)).toEqual([])
    expect(await stages(alice, asked.id)).toMatchObject([
      {
        status: 'Completed',
        reviewResult: 'Approve',
        justification: 'go ahead',
        reviewedDateTime: '2026-03-01T12:10:00.000Z',
        reviewedBy: { id: tenantBob.id },
      },
    ])
  })

  test('who asked can read why it was denied, and ask again', async () => {
    const { bob, ...alice } = await open()
    const asked = await ask(alice, once)
    await decide(bob, asked, no)
    expect((await read(alice, asked)).status).toBe('Denied')
    expect(await stages(alice, asked.id)).toMatchObject([
      { status: 'Completed', reviewResult: 'Deny', justification: 'not today' },
    ])
    expect((await ask(alice, once)).status).toBe('PendingApproval')
  })

  test.each<[string, 'alice' | 'bob' | 'carol', object, number]>([
    ['by who asked', 'alice', yes, 403],
    ['by somebody who is no approver', 'carol', yes, 403],
    ['without a reason', 'bob', { ...yes, justification: ' ' }, 400],
    ['as neither yes nor no', 'bob', { ...yes, reviewResult: 'Maybe' }, 400],
  ])('nothing is decided %s', async (_who, name, verdict, status) => {
    const room = await open()
    const asked = await ask(room, once)
    expect((await decide(room.as(name), asked, verdict)).status).toBe(status)
    expect((await read(room, asked)).status).toBe('PendingApproval')
  })

  test('nothing is decided twice, nor where there is nothing of the kind', async () => {
    const { bob, ...alice } = await open()
    const asked = await ask(alice, once)
    expect((await decide(bob, { id: 'none' }, yes)).status).toBe(404)
    expect((await decide(bob, { id: asked.id, stage: 'none' }, yes)).status).toBe(404)
    await decide(bob, asked, yes)
    expect((await decide(bob, asked, no)).status).toBe(409)
    expect((await read(alice, asked)).status).toBe('Provisioned')
  })

  test('of two stages, the second begins when the first is over, and its approvers are others', async () => {
    const { bob, carol, advance, ...alice } = await open()
    const asked = await ask(alice, twice)
    const [first, second] = await stages(carol, asked.id)
    expect([first, second]).toMatchObject([
      { status: 'InProgress', assignedToMe: false },
      { status: 'NotStarted', assignedToMe: true },
    ])
    expect(new Set([first.id, second.id, asked.id]).size).toBe(3)
    const at = (stage: { id: string }) => ({ id: asked.id, stage: stage.id })
    expect(await Promise.all([bob, carol].map(toApprove))).toEqual([[asked.id], []])
    expect((await decide(carol, at(second), yes)).status).toBe(400)
    expect((await decide(carol, at(first), yes)).status).toBe(403)
    await decide(bob, at(first), yes)
    expect((await decide(bob, at(first), no)).status).toBe(409)
    expect((await read(alice, asked)).status).toBe('PendingApproval')
    expect(await Promise.all([bob, carol].map(toApprove))).toEqual([[], [asked.id]])
    advance(600)
    await decide(carol, at(second), yes)
    expect(await active(alice)).toEqual(['2026-03-01T13:10:00.000Z'])
    expect(await stages(alice, asked.id)).toMatchObject([
      { reviewResult: 'Approve', reviewedBy: { id: tenantBob.id } },
      { reviewResult: 'Approve', reviewedBy: { id: tenantCarol.id } },
    ])
  })

  test.each([
    [0, 'NotStarted'],
    [1, 'Completed'],
  ])('a no after %i yes ends it, and the second stage is %s', async (count, expected) => {
    const { bob, carol, tenant, ...alice } = await open()
    const asked = await ask(alice, twice)
    for (let index = 0; index < count; index += 1) tenant.decide(asked.id, 'approve')
    tenant.decide(asked.id, 'deny', 'not today')
    expect((await read(alice, asked)).status).toBe('Denied')
    expect((await stages(alice, asked.id))[1]).toMatchObject({ status: expected })
    const [, second] = await stages(carol, asked.id)
    expect((await decide(carol, { id: asked.id, stage: second.id }, yes)).status).toBe(409)
    expect(await Promise.all([bob, carol].map(toApprove))).toEqual([[], []])
  })

  test('who approves and asks in turn does not approve what they ask for', async () => {
    const { bob, ...alice } = await open()
    const asked = await ask(bob, ofBob)
    expect((await decide(bob, asked, yes)).status).toBe(403)
    expect((await stages(bob, asked.id))[0]).toMatchObject({ assignedToMe: false })
    expect(await toApprove(alice)).toEqual([asked.id])
    await decide(alice, asked, yes)
    expect((await read(bob, asked)).status).toBe('Provisioned')
  })

  test('after a day nobody decides any more, one stage or two', async () => {
    const { bob, tenant, advance, ...alice } = await open()
    const [one, two] = [await ask(alice, once), await ask(alice, twice)]
    advance(day - 1)
    tenant.decide(two.id, 'approve')
    expect((await read(alice, one)).status).toBe('PendingApproval')
    advance(1)
    for (const asked of [one, two]) expect((await read(alice, asked)).status).toBe('TimedOut')
    expect((await stages(alice, one.id)).map(({ status }) => status)).toEqual(['Expired'])
    expect((await stages(alice, two.id)).map(({ status }) => status)).toEqual([
      'Completed',
      'Expired',
    ])
    expect((await decide(bob, one, yes)).status).toBe(409)
    expect(await toApprove(bob)).toEqual([])
  })

  test('what waits is taken back by who asked alone, and then decided by nobody', async () => {
    const { bob, ...alice } = await open()
    const asked = await ask(alice, once)
    expect((await cancel(bob, asked)).status).toBe(403)
    expect([200, 204]).toContain((await cancel(alice, asked)).status)
    expect((await read(alice, asked)).status).toBe('Canceled')
    expect(await toApprove(bob)).toEqual([])
    expect((await decide(bob, asked, yes)).status).toBe(409)
    expect((await cancel(alice, asked)).status).toBe(400)
  })

  test('what is to begin later begins and ends by the clock, and can be taken back before', async () => {
    const { tenant, advance, ...alice } = await open()
    const free = [prodContributor, userAdministrator, secOpsMember].find(
      ({ kind }) => kind === once.kind,
    )
    const first = await ask(alice, free ?? once, '2026-03-01T13:00:00Z')
    const second = await ask(alice, once, '2026-03-01T12:30:00Z')
    tenant.decide(second.id, 'approve')
    const statuses = () =>
      Promise.all([first, second].map(async (one) => (await read(alice, one)).status))
    expect(await statuses()).toEqual(['Granted', 'Granted'])
    advance(1800)
    expect(await statuses()).toEqual(['Granted', 'Provisioned'])
    expect((await cancel(alice, second)).status).toBe(400)
    expect(await active(alice)).toEqual(['2026-03-01T13:30:00.000Z'])
    expect([200, 204]).toContain((await cancel(alice, first)).status)
    advance(3600)
    expect(await active(alice)).toEqual([])
    expect(await statuses()).toEqual(['Canceled', 'Provisioned'])
  })

  test('the sandbox itself approves, stage by stage, where it is told after how long', async () => {
    const { tenant, advance, ...alice } = await open()
    tenant.approveAfter = minutes(10)
    const asked = await ask(alice, twice)
    advance(1199)
    expect((await read(alice, asked)).status).toBe('PendingApproval')
    expect((await stages(alice, asked.id)).map(({ status }) => status)).toEqual([
      'Completed',
      'InProgress',
    ])
    advance(600)
    // Nobody asked when it was due; it began then all the same.
    expect(await active(alice)).toEqual(['2026-03-01T13:20:00.000Z'])
    expect((await stages(alice, asked.id)).map(({ reviewedBy }) => reviewedBy)).toMatchObject([
      { id: tenantBob.id },
      { id: tenantCarol.id },
    ])
  })

  test.each([25, 13])(
    'the sandbox does not approve what lapsed, nor what was denied: %i hours a stage',
    async (count) => {
      const { tenant, advance, ...alice } = await open()
      tenant.approveAfter = hours(count)
      const [lapsing, denied] = [await ask(alice, twice), await ask(alice, once)]
      tenant.decide(denied.id, 'deny')
      advance(2 * day)
      expect((await read(alice, lapsing)).status).toBe('TimedOut')
      expect((await read(alice, denied)).status).toBe('Denied')
      const other = await ask(alice, twice)
      tenant.decide(other.id, 'deny')
      advance(day - 1)
      expect((await stages(alice, other.id))[1]).toMatchObject({ status: 'NotStarted' })
    },
  )
})

test('who approves everywhere is shown each request where it belongs', async () => {
  const { bob, ...alice } = await open()
  const ids: string[] = []
  for (const [, { ask, once }] of everywhere) ids.push((await ask(alice, once)).id)
  const lists = await Promise.all(everywhere.map(([, { toApprove }]) => toApprove(bob)))
  expect(lists).toEqual(ids.map((id) => [id]))
})
