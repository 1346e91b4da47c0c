import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import type { Progress } from '../../../src/core/provider.ts'
import { cancel } from '../../../src/flows/approve/cancel.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { elevationById } from '../../../src/flows/approve/requests.ts'
import { settle } from '../../../src/flows/elevate/wait.ts'
import type { WaitLimit } from '../../../src/flows/elevate/wait-limit.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { approvalsOf, requestOf } from './scripted-approvals.ts'
import { askForOps, createGrants, type Grants } from '../grants.ts'
import { remembered } from '../records.ts'

const word = 'group:sec-ops'
const pending: Progress = { state: 'pending-approval' }

async function waiting(progress: (Progress | Error)[]): Promise<Grants> {
  const grants = createGrants()
  grants.answer = 'pending-approval'
  grants.progress = progress
  await elevate(askForOps(), grants.world.deps)
  return grants
}

async function waitFor(grants: Grants, approval: WaitLimit['approval'] = minutes(10)) {
  const { world, provider } = grants
  const { elevation } = await elevationById('r-1', world.deps)
  const from = world.deps.now().getTime()
  const limit: WaitLimit = { wait: 'effective', timeout: minutes(5), approval }
  const end = await settle({ elevation, changed: true }, provider, limit, world.deps).then(
    (outcome) => outcome.elevation.state,
    (error: unknown) =>
      error instanceof PimError ? `${error.exitCode} ${error.message}` : String(error),
  )
  return { end, seconds: (world.deps.now().getTime() - from) / 1000 }
}

describe('an approver is waited for', () => {
  test('and after the approval it is waited for until it works', async () => {
    const grants = await waiting([pending, pending, { state: 'active' }])
    const { end, seconds } = await waitFor(grants)
    expect(end).toBe('active')
    expect(seconds).toBe(2 + 3 + 1)
    expect(await grants.world.events()).toEqual([
      'elevation.requested',
      'elevation.pending',
      'elevation.active',
    ])
    expect(await remembered(grants.world.deps, word)).toMatchObject({ state: 'active' })
  })

  test('who says no ends it with the reason, which is on record', async () => {
    const denied: Progress = { state: 'denied', status: 'Denied', reason: 'not on a Friday' }
    const grants = await waiting([pending, denied])
    expect((await waitFor(grants)).end).toBe(
      '3 the request was not granted: Denied: "not on a Friday"',
    )
    expect((await grants.world.audit()).at(-1)).toMatchObject({
      event: 'elevation.denied',
      reason: 'not on a Friday',
    })
    expect(await remembered(grants.world.deps, word)).toBeUndefined()
  })

  test('no longer than told, and the request stands', async () => {
    const grants = await waiting([pending])
    const { end, seconds } = await waitFor(grants, minutes(1))
    expect(end).toBe('5 request r-1 waits for an approver')
    expect(seconds).toBeGreaterThanOrEqual(60)
    expect(seconds).toBeLessThan(62)
    expect(await remembered(grants.world.deps, word)).toMatchObject({ state: 'pending-approval' })
  })

  test('a network that drops meanwhile is no answer', async () => {
    const lost = new PimError('unavailable', 'no-answer', 'no answer')
    const grants = await waiting([pending, lost, lost, lost, { state: 'active' }])
    expect((await waitFor(grants, 'until-interrupted')).end).toBe('active')
  })

  test('a provider that is lost is told of once for each time, and waited on for', async () => {
    const lost = new PimError('unavailable', 'no-answer', 'no answer')
    const grants = await waiting([lost, lost, pending, lost, lost, { state: 'active' }])
    await waitFor(grants)
    const told = grants.world.told.filter((line) => line.includes('still waiting'))
    expect(told).toEqual([`${word}: no answer; still waiting`, `${word}: no answer; still waiting`])
  })

  test('who may decide is said once', async () => {
    const grants = await waiting([pending, { state: 'active' }])
    grants.provider = { ...grants.provider, approvals: approvalsOf([requestOf()]) }
    await waitFor(grants)
    const said = grants.world.told.filter((line) => line.includes('waits for bob, carol'))
    expect(said).toHaveLength(1)
  })
})

describe('withdrawing', () => {
  test('takes the request back, forgets it, and is on record', async () => {
    const grants = await waiting([pending])
    const withdrawn: string[] = []
    grants.provider = { ...grants.provider, approvals: approvalsOf([requestOf()], withdrawn) }
    const { elevation } = await elevationById('r-1', grants.world.deps)
    expect(await cancel(elevation, grants.world.deps)).toMatchObject({ state: 'canceled' })
    expect(withdrawn).toEqual(['r-1'])
    expect((await grants.world.events()).at(-1)).toBe('elevation.canceled')
    expect(await remembered(grants.world.deps, word)).toBeUndefined()
  })

  test('what knows no approvals has nothing to withdraw', async () => {
    const { world } = await waiting([pending])
    const { elevation } = await elevationById('r-1', world.deps)
    await expect(cancel(elevation, world.deps)).rejects.toMatchObject({
      code: 'not-cancelable',
      exitCode: 3,
      target: word,
    })
  })
})

describe('an id', () => {
  test('is found by pim’s own and by the provider’s', async () => {
    const { world } = await waiting([pending])
    const { elevation } = await elevationById('r-1', world.deps)
    const again = await elevationById(elevation.id, world.deps)
    expect(again.elevation.providerRequestId).toBe('r-1')
  })

  test('of a request that another machine made is found at the provider', async () => {
    const grants = createGrants()
    grants.provider = { ...grants.provider, approvals: approvalsOf([requestOf({ id: 'r-9' })]) }
    expect(await elevationById('r-9', grants.world.deps)).toMatchObject({
      elevation: {
        target: word,
        state: 'pending-approval',
        asked: hours(1),
        providerRequestId: 'r-9',
        identity: { account: 'a-1', name: 'alice' },
      },
      isOwn: false,
    })
  })

  test('that nobody knows is exit code 2', async () => {
    const { world } = createGrants()
    await expect(elevationById('nothing', world.deps)).rejects.toMatchObject({ exitCode: 2 })
  })
})
