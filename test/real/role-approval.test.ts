import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { guidOf } from '../../sandbox/microsoft/seed/model.ts'
import { sandboxEligibility, sandboxPolicy, tenantBob } from '../../sandbox/microsoft/seed/seed.ts'
import { until, type Ended } from './pim.ts'
import { openSignedIn, type Stand } from './fixture.ts'

const target = 'entra:on-call-administrator'
const role = { id: guidOf('role', 'on-call'), displayName: 'On-call Administrator' }
const needsBob = sandboxPolicy({ approvalStages: [[tenantBob.id]] })

/** A tenant with a directory role that bob approves, and bob at another machine. */
async function openOffice() {
  const stand = await openSignedIn()
  const place = { kind: 'entra', roleId: role.id, scope: '/' } as const
  const eligibilities = [sandboxEligibility(place, { policy: needsBob })]
  stand.tenant.add({ directoryRoles: [role], eligibilities })
  const env = { PIM_HOME: join(stand.folder, 'bob'), PIM_SANDBOX_PERSON: 'bob' }
  const bob = (...words: readonly string[]): Promise<Ended> => stand.pim(words, { env })
  expect((await bob('login', 'azure', '--quiet')).code).toBe(0)
  return { stand, bob, recordsOfBob: () => stand.records(env.PIM_HOME) }
}

/** Alice's process, which waits for bob, and the id that it has said. */
async function waiting({ startPim, tenant }: Stand) {
  const words = ['elevate', target, '-j', 'restart the queue', '--approval-timeout', '10m']
  const running = startPim(words)
  await running.says('waits for')
  const id = tenant.requests[0]?.id ?? ''
  return { running, id }
}

/** Far more than a pause between two questions takes, also on a busy machine: nobody waits for ten minutes. */
const soonMs = 90_000

describe.concurrent('a directory role, asked for in one shell and decided in another', () => {
  test('approved: the first returns 0 soon', async () => {
    const { stand: opened, bob } = await openOffice()
    await using stand = opened
    const { running, id } = await waiting(stand)
    expect((await bob('approve', id, '-j', 'go on')).code).toBe(0)
    const from = performance.now()
    const { code } = await running.ended
    const milliseconds = Math.round(performance.now() - from)
    console.log(`${target}: ${milliseconds} ms after the approval`)
    expect([code, milliseconds < soonMs]).toEqual([0, true])
    expect(stand.events()).toEqual(['elevation.requested', 'elevation.pending', 'elevation.active'])
  })

  test('denied: exit code 3, and the reason is in both logs', async () => {
    const { stand: opened, bob, recordsOfBob } = await openOffice()
    await using stand = opened
    const { running, id } = await waiting(stand)
    expect((await bob('deny', id, '-j', 'not on a Friday')).code).toBe(0)
    const { code, err } = await running.ended
    expect([code, err]).toEqual([3, expect.stringContaining('not on a Friday')])
    const mine = { event: 'elevation.denied', reason: 'not on a Friday' }
    const his = { event: 'approval.denied', justification: 'not on a Friday' }
    expect(stand.records().at(-1)).toMatchObject(mine)
    expect(recordsOfBob().at(-1)).toMatchObject(his)
  })

  test('a provider that is lost meanwhile is told of once, and waited on for', async () => {
    const { stand: opened, bob } = await openOffice()
    await using stand = opened
    const { running, id } = await waiting(stand)
    // A question is tried four times: two in a row are lost.
    stand.tenant.fail({
      surface: 'graph',
      operation: 'read-role-request',
      drop: 'unheard',
      times: 8,
    })
    await running.says('still waiting')
    const asked = () =>
      stand.tenant.calls.filter(({ operation }) => operation === 'read-role-request').length
    const before = asked()
    await until('an answer', () => asked() > before + 4, 40)
    expect((await bob('approve', id, '-j', 'go on')).code).toBe(0)
    const { code, err } = await running.ended
    expect(code).toBe(0)
    expect(err.split('still waiting')).toHaveLength(2)
    expect(stand.events().at(-1)).toBe('elevation.active')
  })
})
