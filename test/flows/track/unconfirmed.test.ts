import { describe, expect, test } from 'vitest'

import type { AccessRequest } from '../../../src/core/elevation/approval.ts'
import { PimError } from '../../../src/core/errors.ts'
import type { Attempt } from '../../../src/core/provider.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { everythingActive } from '../../../src/flows/release/all-active.ts'
import { elevationById } from '../../../src/flows/approve/requests.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { approvalsOf, requestOf } from '../approve/scripted-approvals.ts'
import { askForOps, createGrants, standingFor, type Grants } from '../grants.ts'
import { unlockedNotes } from '../unlocked-notes.ts'
import { reconcileAll, releaseNamed, remembered } from '../records.ts'

const word = 'group:sec-ops'

/** Asked for by a process that was killed before it heard the answer. */
async function killed(grants: Grants): Promise<void> {
  const { world, provider } = grants
  const reached = Promise.withResolvers<void>()
  const deaf = {
    ...provider,
    activate: (attempt: Attempt) => {
      grants.attempts.push(attempt)
      reached.resolve()
      return new Promise<never>(() => {})
    },
  }
  const flights: typeof world.deps.flights = { run: async (_key, _options, work) => work() }
  const stores = { ...world.deps.stores, notes: unlockedNotes(world.folder) }
  void elevate(askForOps(), { ...world.deps, flights, stores, provider: async () => deaf })
  await reached.promise
}

const asked = (grants: Grants, requests: readonly AccessRequest[]) => {
  grants.provider = { ...grants.provider, approvals: approvalsOf(requests) }
}

const outcomes = async ({ world }: Grants) => (await world.audit()).slice(1)

describe('a request whose answer nobody heard', () => {
  test('is remembered, and not as active', async () => {
    const grants = createGrants()
    await killed(grants)
    expect(await remembered(grants.world.deps, word)).toMatchObject({
      state: 'provisioning',
      unanswered: true,
      justification: 'restart the queue',
    })
  })

  test('is active once the provider lists it, and on record as that', async () => {
    const grants = createGrants()
    await killed(grants)
    const [found] = await reconcileAll(grants.world.deps)
    expect(found?.elevation.state).toBe('active')
    expect(found?.elevation).not.toHaveProperty('unanswered')
    expect(await outcomes(grants)).toMatchObject([{ event: 'elevation.active' }])
    expect((await grants.world.deps.audit.verify()).unknownOutcome).toEqual([])
  })

  test('waits for its approver under the id that the provider gave it', async () => {
    const grants = createGrants()
    await killed(grants)
    asked(grants, [requestOf({ id: 'r-7' })])
    grants.progress = [{ state: 'pending-approval' }]
    for (let time = 0; time < 2; time += 1) {
      expect(await reconcileAll(grants.world.deps)).toMatchObject([
        { elevation: { state: 'pending-approval', providerRequestId: 'r-7' } },
      ])
    }
    expect(await outcomes(grants)).toMatchObject([
      { event: 'elevation.pending', state: 'pending-approval', providerRequestId: 'r-7' },
    ])
  })

  test('is found by its own id before anybody looked', async () => {
    const grants = createGrants()
    await killed(grants)
    const { id = '' } = (await remembered(grants.world.deps, word)) ?? {}
    asked(grants, [requestOf({ id: 'r-7' })])
    grants.progress = [{ state: 'pending-approval' }]
    expect(await elevationById(id, grants.world.deps)).toMatchObject({
      elevation: { state: 'pending-approval', providerRequestId: 'r-7' },
      isOwn: true,
    })
  })

  test.each([
    ['another target', { path: 'ops' }],
    ['another reason', { justification: 'feed the cat' }],
    ['an earlier one', { requestedAt: new Date('2026-03-01T11:00:00Z') }],
  ])('is not taken for %s', async (_, differences) => {
    const grants = createGrants()
    await killed(grants)
    asked(grants, [requestOf({ id: 'r-7', ...differences })])
    grants.progress = [{ state: 'provisioning' }]
    const [found] = await reconcileAll(grants.world.deps)
    expect(found?.elevation).toMatchObject({ state: 'provisioning', unanswered: true })
    expect(found?.elevation).not.toHaveProperty('providerRequestId')
  })

  test('never reached the provider where it is not known there after minutes: failed, once', async () => {
    const grants = createGrants()
    await killed(grants)
    grants.progress = [{ state: 'provisioning' }]
    grants.world.advance(minutes(9))
    expect(await reconcileAll(grants.world.deps)).toHaveLength(1)
    grants.world.advance(minutes(2))
    expect(await reconcileAll(grants.world.deps)).toEqual([])
    expect(await reconcileAll(grants.world.deps)).toEqual([])
    expect(await outcomes(grants)).toMatchObject([{ event: 'elevation.failed' }])
  })

  test('is not asked for a second time where it is active', async () => {
    const grants = createGrants()
    await killed(grants)
    grants.standing = standingFor(grants.world, hours(1))
    const { changed, elevation } = await elevate(askForOps(), grants.world.deps)
    expect([changed, elevation.state, grants.attempts.length]).toEqual([false, 'active', 1])
  })

  test('is given back where it is in force, and not taken for a request that waits', async () => {
    const grants = createGrants()
    await killed(grants)
    expect(await releaseNamed(word, grants.world.deps)).toMatchObject({ state: 'released' })
    expect(await outcomes(grants)).toMatchObject([
      { event: 'elevation.active' },
      { event: 'elevation.released' },
    ])
  })

  test('is asked for anew where the provider does not know of it', async () => {
    const grants = createGrants()
    await killed(grants)
    grants.progress = [{ state: 'provisioning' }]
    expect(await elevate(askForOps(), grants.world.deps)).toMatchObject({ changed: true })
    expect(grants.attempts).toHaveLength(2)
  })
})

describe('a request that ended in an error', () => {
  const failing = (error: Error) => {
    const grants = createGrants()
    grants.provider = { ...grants.provider, activate: () => Promise.reject(error) }
    return grants
  }

  test.each([
    ['refused', new PimError('refused', 'no', 'no')],
    ['out of reach', new PimError('unavailable', 'provider-unreachable', 'no')],
  ])('is forgotten when it is %s', async (_, error) => {
    const grants = failing(error)
    await expect(elevate(askForOps(), grants.world.deps)).rejects.toMatchObject({
      code: error.code,
    })
    expect(await grants.world.deps.records.list()).toEqual([])
    expect((await grants.world.events()).at(-1)).toBe('elevation.failed')
  })

  test.each([
    ['it was interrupted', new DOMException('stop', 'AbortError'), 130],
    ['the answer was lost', new PimError('unavailable', 'no-answer', 'no'), 6],
  ])(
    'may have been heard when %s: pending, until the provider is asked',
    async (_, error, code) => {
      const grants = failing(error)
      await expect(elevate(askForOps(), grants.world.deps)).rejects.toMatchObject({
        exitCode: code,
        hint: expect.stringContaining('pim status'),
      })
      expect((await grants.world.events()).at(-1)).toBe('elevation.pending')
      expect(await reconcileAll(grants.world.deps)).toMatchObject([
        { elevation: { state: 'active' } },
      ])
      expect((await grants.world.events()).at(-1)).toBe('elevation.active')
    },
  )
})

describe('what was activated elsewhere', () => {
  test('is remembered once it was asked for here', async () => {
    const grants = createGrants()
    grants.standing = standingFor(grants.world, hours(1))
    const { changed, elevation } = await elevate(askForOps(), grants.world.deps)
    expect(changed).toBe(false)
    expect(await remembered(grants.world.deps, word)).toMatchObject({ id: elevation.id })
    expect(await grants.world.events()).toEqual([])
  })

  test('belongs to everything that is active', async () => {
    const grants = createGrants()
    grants.standing = standingFor(grants.world, hours(1))
    const { deps } = grants.world
    const provider: typeof deps.provider = async (id) =>
      id === 'group' ? grants.provider : { ...grants.provider, id, isSetUp: async () => false }
    const found = await everythingActive({ ...deps, provider })
    expect(found.elevations).toMatchObject([{ target: word, role: 'member', state: 'active' }])
    expect(found.troubles).toEqual([])
  })

  test('that a provider cannot tell is named', async () => {
    const grants = createGrants()
    await elevate(askForOps(), grants.world.deps)
    const error = new PimError('unavailable', 'no-answer', 'no')
    grants.provider = { ...grants.provider, discover: () => Promise.reject(error) }
    const found = await everythingActive(grants.world.deps)
    expect(found.elevations).toMatchObject([{ target: word }])
    expect(found.troubles.map(({ error: { code } }) => code)).toContain('no-answer')
  })
})
