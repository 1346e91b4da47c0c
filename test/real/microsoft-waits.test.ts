import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { PimKind } from '../../sandbox/microsoft/seed/model.ts'
import { sandboxEligibility } from '../../sandbox/microsoft/seed/seed.ts'
import { createStock, type NewTarget } from './new-targets.ts'
import { until } from './pim.ts'
import {
  elevate,
  elevationIn,
  eventsOf,
  expectSoundLog,
  openSignedIn,
  type Answer,
  type TenantCloud,
} from './tenant.ts'

const { seeds, next } = createStock(20)

interface Ending {
  readonly code: number
  readonly error?: string
  readonly event: string
}

const failed = (code: number, error: string): Ending => ({ code, error, event: 'elevation.failed' })
const wasDenied: Ending = { code: 3, error: 'denied', event: 'elevation.denied' }
const isActive: Ending = { code: 0, event: 'elevation.active' }

/** What becomes of an activation whose request says so only while it is waited for. */
const endings: readonly [kind: PimKind, status: string, ending: Ending][] = [
  ['azure', 'Provisioned', isActive],
  ['entra', 'Provisioned', isActive],
  ['group', 'Provisioned', isActive],
  ['azure', 'Denied', wasDenied],
  ['entra', 'Denied', wasDenied],
  ['group', 'AdminDenied', wasDenied],
  ['azure', 'Canceled', { ...failed(3, 'canceled'), event: 'elevation.canceled' }],
  ['azure', 'Revoked', failed(3, 'revoked')],
  ['azure', 'Failed', failed(6, 'activation-failed')],
  ['entra', 'TimedOut', failed(6, 'activation-timed-out')],
]

describe.concurrent('what a request says while it is waited for', () => {
  let cloud: TenantCloud

  beforeAll(async () => {
    cloud = await openSignedIn()
    for (const seed of seeds) cloud.tenant.add(seed)
    cloud.tenant.provisioningLag = 600
  })
  afterAll(async () => {
    await expectSoundLog(cloud)
    await cloud[Symbol.asyncDispose]()
  })

  /** Elevates, and has the request say this once it is made. */
  async function elevateUntil(target: NewTarget, status: string): Promise<Answer> {
    const { id } = target.eligibility
    const request = () => cloud.tenant.requests.find(({ eligibility }) => eligibility.id === id)
    const answer = elevate(cloud, target, '--wait', 'active', '--timeout', '10s')
    await until(`the request for ${target.text}`, () => request() !== undefined)
    cloud.tenant.settle(request()?.id ?? '', status)
    return answer
  }

  test.each(endings)('%s, %s', async (kind, status, expected) => {
    const target = next(kind)
    const answer = await elevateUntil(target, status)
    const { state, error } = elevationIn(answer)
    expect([answer.code, error?.code]).toEqual([expected.code, expected.error])
    if (expected.code === 0) expect(state).toBe('active')
    else expect(error?.provider?.code).toBe(status)
    const events = ['elevation.requested', 'elevation.pending', expected.event]
    expect(eventsOf(cloud, target)).toEqual(events)
  })

  test.each<[kind: PimKind, status: string | undefined, error: string, says: string]>([
    ['azure', 'PendingApproval', 'awaits-approval', 'waits for an approver'],
    ['group', 'Moonstruck', 'unknown-status', '`Moonstruck`'],
    ['entra', undefined, 'not-active-yet', 'after 3s'],
  ])('%s, %s: the request stands', async (kind, status, code, says) => {
    const target = next(kind)
    const answer =
      status === undefined
        ? await elevate(cloud, target, '--wait', 'active', '--timeout', '3s')
        : await elevateUntil(target, status)
    const { error, providerRequestId } = elevationIn(answer)
    expect([answer.code, error]).toMatchObject([5, { code, exitCode: 5 }])
    expect(error?.message).toContain(says)
    const { id } = target.eligibility
    const request = cloud.tenant.requests.find(({ eligibility }) => eligibility.id === id)
    expect(providerRequestId).toBe(request?.id)
    expect(eventsOf(cloud, target)).toEqual(['elevation.requested', 'elevation.pending'])
  })

  test.each([
    ['azure', 'Denied', 'denied'],
    ['entra', 'Canceled', 'canceled'],
    ['group', 'Failed', 'failed'],
    ['azure', 'PendingApproval', 'pending-approval'],
  ] as const)('%s, %s is the state %s', async (kind, status, state) => {
    expect(elevationIn(await elevateUntil(next(kind), status)).state).toBe(state)
  })

  test('a lock is refused alike, whenever it is found', async () => {
    const answer = await elevateUntil(next('azure'), 'FailedAsResourceIsLocked')
    expect([answer.code, elevationIn(answer).error?.code]).toEqual([3, 'resource-locked'])
  })
})

test('a token that names no roles at all proves nothing: being listed does', async () => {
  await using cloud = await openSignedIn()
  cloud.tenant.rolesInTokens = false
  const words = ['elevate', 'entra:user-administrator', '-j', 'why', '--timeout', '40s']
  const { code, stderr } = await cloud.run(words)
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('does not work yet')])
})

test('a custom role, which no token names, is waited for by its list only', async () => {
  await using cloud = await openSignedIn()
  const id = '0c057011-0000-4000-8000-000000000001'
  cloud.tenant.add({
    directoryRoles: [{ id, displayName: 'Queue Keeper', isCustom: true }],
    eligibilities: [sandboxEligibility({ kind: 'entra', roleId: id, scope: '/' })],
  })
  const words = ['elevate', 'entra:queue-keeper', '-j', 'why', '--timeout', '40s', '--json']
  const answer = await cloud.run(words)
  expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
})
