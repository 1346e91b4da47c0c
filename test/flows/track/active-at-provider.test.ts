import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { settle } from '../../../src/flows/elevate/wait.ts'
import type { Wait } from '../../../src/flows/elevate/wait-limit.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { as, askForOps, createGrants, person, standingFor, type Grants } from '../grants.ts'
import { releaseNamed, remembered } from '../records.ts'

const word = 'group:sec-ops'
const inFabrikam = { ...person, tenant: '2', account: 'user/alice-2' }

describe('a right to one’s own identity', () => {
  test('is asked for once, hands out nothing, and needs no store', async () => {
    const { world, attempts } = createGrants()
    const outcome = await elevate(askForOps({ mustKeep: true }), world.deps)
    expect(outcome).toMatchObject({ changed: true, elevation: { state: 'active', target: word } })
    expect(outcome).not.toHaveProperty('credentials')
    expect(outcome.elevation.store).toBeUndefined()
    expect(attempts).toHaveLength(1)
    expect(await world.events()).toEqual(['elevation.requested', 'elevation.active'])
  })

  test('that is active already, whoever activated it, is not asked for', async () => {
    const grants = createGrants()
    const { world } = grants
    grants.standing = standingFor(world, hours(1))
    const outcome = await elevate(askForOps(), world.deps)
    expect(outcome).toMatchObject({
      changed: false,
      elevation: { state: 'active', justification: '', facts: { scheduleId: 's-1' } },
    })
    expect([grants.attempts, await world.events()]).toEqual([[], []])
  })

  test.each([
    ['longer', { duration: hours(2) }],
    ['anew', { force: true }],
  ])('that is active is not asked for %s: there is no such thing', async (_, differences) => {
    const grants = createGrants()
    grants.standing = standingFor(grants.world, hours(1))
    await expect(elevate(askForOps(differences), grants.world.deps)).rejects.toMatchObject({
      code: 'active-already',
      exitCode: 3,
      target: word,
      hint: expect.stringContaining(`pim extend ${word}`),
    })
    expect(grants.attempts).toEqual([])
  })

  test('that no list shows is active until the provider says that it has ended', async () => {
    const grants = createGrants()
    const { world } = grants
    await elevate(askForOps(), world.deps)
    grants.progress = [{ state: 'provisioning' }]
    for (const span of [minutes(2), minutes(9), minutes(30)]) {
      world.advance(span)
      expect((await elevate(askForOps({ duration: minutes(5) }), world.deps)).changed).toBe(false)
    }
    grants.progress = [{ state: 'released' }]
    expect((await elevate(askForOps(), world.deps)).changed).toBe(true)
    expect(grants.attempts).toHaveLength(2)
  })

  test('that this machine remembers lasts as long as the provider says', async () => {
    const grants = createGrants()
    const { world } = grants
    const { elevation } = await elevate(askForOps(), world.deps)
    grants.standing = standingFor(world, minutes(40))
    const again = await elevate(askForOps(), world.deps)
    expect(again.elevation).toMatchObject({
      id: elevation.id,
      expiresAt: grants.standing.expiresAt,
    })
  })

  test('that another tenant remembers under this name is another right', async () => {
    const grants = createGrants()
    const { world } = grants
    const { elevation } = await elevate(askForOps(), world.deps)
    const deps = { ...world.deps, provider: async () => as(inFabrikam, grants.provider) }
    const other = await elevate(askForOps(), deps)
    expect(other.changed).toBe(true)
    expect(other.elevation.id).not.toBe(elevation.id)
    expect(other.elevation.identity).toEqual(inFabrikam)
    expect(await world.deps.records.of(word)).toHaveLength(2)
  })

  test('is remembered where its outcome cannot be recorded, so that it can be given back', async () => {
    const { world } = createGrants()
    let appended = 0
    const append: typeof world.deps.audit.append = async (event) => {
      appended += 1
      if (appended > 1) throw new PimError('audit', 'disk-full', 'no space')
      return world.deps.audit.append(event)
    }
    const deps = { ...world.deps, audit: { ...world.deps.audit, append } }
    await expect(elevate(askForOps(), deps)).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringMatching(/^granted until \d\d:00 \(in 1h\)/),
    })
    expect(await remembered(world.deps, word)).toMatchObject({ state: 'active' })
  })
})

describe('a request that waits for an approver', () => {
  async function waiting(): Promise<Grants> {
    const grants = createGrants()
    grants.answer = 'pending-approval'
    const outcome = await elevate(askForOps(), grants.world.deps)
    expect(outcome.elevation.state).toBe('pending-approval')
    return grants
  }

  test('is on record as pending, and ends the wait with its id', async () => {
    const { world, provider } = await waiting()
    expect(await world.events()).toEqual(['elevation.requested', 'elevation.pending'])
    const elevation = await remembered(world.deps, word)
    if (elevation === undefined) throw new Error('not remembered')
    const limit = { wait: 'none' as Wait, timeout: minutes(5), approval: minutes(0) }
    const end = settle({ elevation, changed: true }, provider, limit, world.deps)
    await expect(end).rejects.toMatchObject({
      code: 'awaits-approval',
      exitCode: 5,
      message: expect.stringContaining('r-1'),
    })
  })

  test('is not asked for twice', async () => {
    const grants = await waiting()
    grants.progress = [{ state: 'pending-approval' }]
    const again = await elevate(askForOps(), grants.world.deps)
    expect(again).toMatchObject({ changed: false, elevation: { state: 'pending-approval' } })
    expect(grants.attempts).toHaveLength(1)
  })

  test('is found approved', async () => {
    const grants = await waiting()
    grants.standing = standingFor(grants.world, hours(1))
    const again = await elevate(askForOps(), grants.world.deps)
    expect(again).toMatchObject({ changed: false, elevation: { state: 'active' } })
  })

  test('was denied, and may be asked for again', async () => {
    const grants = await waiting()
    grants.progress = [{ state: 'denied' }]
    expect((await elevate(askForOps(), grants.world.deps)).changed).toBe(true)
    expect(grants.attempts).toHaveLength(2)
  })

  test('cannot be given back', async () => {
    const { world } = await waiting()
    await expect(releaseNamed(word, world.deps)).rejects.toMatchObject({ code: 'not-active-yet' })
    expect(await remembered(world.deps, word)).toBeDefined()
  })
})

describe('waiting for a right', () => {
  async function settled(change: (grants: Grants) => void, wait: Wait = 'effective') {
    const grants = createGrants()
    change(grants)
    const { world, provider } = grants
    const outcome = await elevate(askForOps(), world.deps)
    const from = world.deps.now().getTime()
    const end = await settle(
      outcome,
      provider,
      { wait, timeout: minutes(2), approval: minutes(0) },
      world.deps,
    ).then(
      ({ elevation }) => elevation.state,
      (error: unknown) => (error instanceof PimError ? `${error.exitCode} ${error.code}` : error),
    )
    const seconds = (world.deps.now().getTime() - from) / 1000
    return { end, seconds, world }
  }

  const slow = (grants: Grants): void => {
    grants.answer = 'provisioning'
    grants.progress = [{ state: 'provisioning' }, { state: 'provisioning' }, { state: 'active' }]
    grants.works = [false, false, true]
  }

  test('none, active and effective return one after another', async () => {
    const none = await settled(slow, 'none')
    const active = await settled(slow, 'active')
    const effective = await settled(slow)
    expect([none.end, active.end, effective.end]).toEqual(['provisioning', 'active', 'active'])
    expect([none.seconds, active.seconds, effective.seconds]).toEqual([0, 2, 6])
  })

  test('it is on record as active once the provider lists it, and remembered as such', async () => {
    const { world } = await settled(slow, 'active')
    expect(await world.events()).toEqual([
      'elevation.requested',
      'elevation.pending',
      'elevation.active',
    ])
    expect(await remembered(world.deps, word)).toMatchObject({ state: 'active' })
  })

  test('one server that says yes is not enough', async () => {
    const { seconds } = await settled((grants) => (grants.works = [true, false, true, true]))
    expect(seconds).toBe(4)
  })

  test('a provider that is out of reach meanwhile is asked again', async () => {
    const lost = new PimError('unavailable', 'no-answer', 'no answer')
    const { end } = await settled((grants) => (grants.progress = [lost, lost, { state: 'active' }]))
    expect(end).toBe('active')
  })

  test.each([
    ['stays out of reach', [new PimError('unavailable', 'no-answer', 'no answer')], '6 no-answer'],
    ['never lists it', [{ state: 'provisioning' as const }], '5 not-effective-yet'],
    ['denies it', [{ state: 'denied' as const, reason: 'not today' }], '3 denied'],
    ['fails at it', [{ state: 'failed' as const }], '6 failed'],
    ['wants an approver after all', [{ state: 'pending-approval' as const }], '5 awaits-approval'],
    ['signs us out', [new PimError('sign-in', 'expired', 'expired')], '4 expired'],
  ])('a provider that %s', async (_, progress, expected) => {
    expect((await settled((grants) => (grants.progress = progress))).end).toBe(expected)
  })

  test('what came to nothing is on record with the reason, and forgotten', async () => {
    const { world } = await settled((grants) => {
      grants.progress = [{ state: 'denied', status: 'AdminDenied', reason: 'not today' }]
    })
    expect((await world.audit()).at(-1)).toMatchObject({
      event: 'elevation.denied',
      status: 'AdminDenied',
      reason: 'not today',
    })
    expect(await remembered(world.deps, word)).toBeUndefined()
  })
})
