import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { attemptAt, roomWithProvider, targetNamed } from '../../providers/aws/fixture.ts'
import { hours, minutes, requirements, target } from '../../core/sample-elevations.ts'
import { activation, createWorld, prod, realAudit, request } from '../harness.ts'
import { remembered } from '../records.ts'

describe('the record comes first', () => {
  test('a log that cannot be written: nothing reaches the cloud’s server, exit code 7', async () => {
    const { provider, sandbox } = await roomWithProvider()
    const world = createWorld()
    const blocked = join(world.folder, 'blocked')
    writeFileSync(blocked, 'not a folder')
    const deps = { ...world.deps, provider: async () => provider, audit: realAudit(blocked) }
    const admin = await targetNamed('sandbox-admin', provider)
    await expect(elevate(request({ target: admin }), deps)).rejects.toMatchObject({
      kind: 'audit',
      exitCode: 7,
      target: 'aws:sandbox-admin',
    })
    expect(sandbox.sts.calls).toEqual([])
    expect(await deps.records.list()).toEqual([])
    // The same provider does call where it is asked to.
    await provider.activate(attemptAt(admin))
    expect(sandbox.sts.calls).toHaveLength(1)
  })

  test('a log that was edited anywhere: nothing is asked of the cloud, exit code 7', async () => {
    const world = createWorld()
    await elevate(request(), world.deps)
    const log = join(world.folder, 'audit', 'audit.jsonl')
    writeFileSync(log, readFileSync(log, 'utf8').replace('restart the queue', 'nothing at all'))
    await expect(elevate(request({ force: true }), world.deps)).rejects.toMatchObject({
      code: 'audit-broken',
      exitCode: 7,
      target: 'aws:prod-admin',
    })
    expect(world.cloud.attempts).toHaveLength(1)
    // What is active already is nobody's to refuse.
    expect((await elevate(request(), world.deps)).changed).toBe(false)
  })

  test('it is on the disk before the cloud is asked', async () => {
    const world = createWorld()
    let seen: readonly string[] = []
    world.cloud.grant = async (attempt) => {
      seen = await world.events()
      return activation(attempt, world.deps.now())
    }
    await elevate(request(), world.deps)
    expect(seen).toEqual(['elevation.requested'])
    expect(await world.events()).toEqual(['elevation.requested', 'elevation.active'])
  })

  test('with who, what, why and for how long, and no secret', async () => {
    const world = createWorld()
    world.cloud.demands = requirements({ mfaDevices: ['device-1'] })
    await elevate(request({ ticket: { system: 'JIRA', number: 'OPS-1' } }), world.deps)
    const [first, second] = await world.audit()
    expect(first).toMatchObject({
      elevationId: 'e1',
      target: 'aws:prod-admin',
      justification: 'restart the queue',
      ticket: { system: 'JIRA', number: 'OPS-1' },
      duration: 'PT1H',
      actor: { user: 'alice', host: 'laptop' },
    })
    expect(second).toMatchObject({ providerRequestId: 'r-1', actor: { identity: 'user/alice' } })
    expect(JSON.stringify(await world.audit())).not.toMatch(/keys of|code of/)
  })

  test('an outcome that cannot be recorded is not handed out, and the log says so once it can be written', async () => {
    const world = createWorld()
    let appends = 0
    const audit = {
      ...world.deps.audit,
      append: async (event: Parameters<typeof world.deps.audit.append>[0]) => {
        appends += 1
        if (appends === 2) throw new PimError('audit', 'disk-full', 'no space')
        return world.deps.audit.append(event)
      },
    }
    await expect(elevate(request(), { ...world.deps, audit })).rejects.toMatchObject({
      exitCode: 7,
    })
    expect(await world.deps.records.list()).toEqual([])
    expect(await world.store.read('aws:prod-admin e1')).toBeUndefined()
    expect((await world.audit()).at(-1)).toMatchObject({
      event: 'elevation.released',
      accessKeyId: 'ASIA-e1',
      reason: 'its credentials were not kept',
    })
  })
})

describe('a failure of the cloud', () => {
  test.each([
    [
      new PimError('refused', 'access-denied', 'no', { provider: { status: 403 } }),
      'access-denied',
      3,
    ],
    [new PimError('unavailable', 'throttled', 'later'), 'throttled', 6],
    [new TypeError('a bug'), 'unexpected', 1],
    [new DOMException('stop', 'AbortError'), 'interrupted', 130],
  ])('%s is recorded and rethrown, naming the target', async (thrown, code, exitCode) => {
    const world = createWorld()
    world.cloud.grant = () => Promise.reject(thrown)
    const expected = { code, exitCode, target: 'aws:prod-admin' }
    await expect(elevate(request(), world.deps)).rejects.toMatchObject(expected)
    expect(await world.audit()).toMatchObject([
      { event: 'elevation.requested', elevationId: 'e1' },
      { event: 'elevation.failed', elevationId: 'e1', error: { code, exitCode } },
    ])
    expect(await world.deps.records.list()).toEqual([])
  })

  test('what cannot be asked for leaves no record: a missing code, a refused plan', async () => {
    const world = createWorld()
    world.cloud.demands = requirements({ mfaDevices: ['d'], ticket: true })
    const noCode = async (): Promise<never> => {
      throw new PimError('sign-in', 'mfa-needed', 'no')
    }
    await expect(elevate(request(), world.deps)).rejects.toMatchObject({ code: 'ticket-required' })
    const deps = { ...world.deps, askMfaCode: noCode }
    const withTicket = request({ ticket: { number: '1' } })
    await expect(elevate(withTicket, deps)).rejects.toMatchObject({ code: 'mfa-needed' })
    expect([await world.events(), world.cloud.attempts]).toEqual([[], []])
  })
})

describe('who waits for the same target', () => {
  test('shares the elevation', async () => {
    const world = createWorld()
    const outcomes = await Promise.all([1, 2, 3].map(() => elevate(request(), world.deps)))
    expect(world.cloud.attempts).toHaveLength(1)
    expect(outcomes.filter(({ changed }) => changed)).toHaveLength(1)
    expect(new Set(outcomes.map(({ elevation }) => elevation.id)).size).toBe(1)
    expect(new Set(outcomes.map(({ credentials }) => credentials?.reveal())).size).toBe(1)
  })

  test('shares the refusal, and whoever comes later asks anew', async () => {
    const world = createWorld()
    const { promise, resolve } = Promise.withResolvers<void>()
    world.cloud.grant = async () => {
      await promise
      throw new PimError('refused', 'access-denied', 'no')
    }
    const first = elevate(request(), world.deps).catch((error: unknown) => error)
    while (world.cloud.attempts.length === 0) await new Promise(setImmediate)
    const second = elevate(request(), world.deps).catch((error: unknown) => error)
    while (!world.told.some((line) => line.includes('waits for')))
      await new Promise((go) => setTimeout(go, 5))
    resolve()
    expect([await first, await second]).toMatchObject([
      { code: 'access-denied' },
      { code: 'access-denied' },
    ])
    expect(world.cloud.attempts).toHaveLength(1)
    await elevate(request(), world.deps).catch(() => {})
    expect(world.cloud.attempts).toHaveLength(2)
  })

  test('for another target does not wait', async () => {
    const world = createWorld()
    await Promise.all([
      elevate(request(), world.deps),
      elevate(request({ target: target('other') }), world.deps),
    ])
    expect(world.cloud.attempts).toHaveLength(2)
    expect(world.told.filter((line) => line.includes('waits'))).toEqual([])
  })
})

describe('what is kept', () => {
  test('the credentials in the store, everything else in the records', async () => {
    const world = createWorld()
    const { elevation } = await elevate(request(), world.deps)
    expect((await world.store.read('aws:prod-admin e1'))?.reveal()).toBe('keys of e1')
    expect(await remembered(world.deps, 'aws:prod-admin')).toMatchObject(elevation)
    expect(JSON.stringify(elevation)).not.toContain('keys of')
  })

  test('where the store fails now: this process only, and the person is told', async () => {
    const world = createWorld()
    const broken = {
      ...world.store,
      write: () => Promise.reject(new PimError('unavailable', 'x', 'locked')),
    }
    const stores = { open: () => broken, choose: async () => broken }
    const outcome = await elevate(request(), { ...world.deps, stores })
    expect(outcome.credentials?.reveal()).toBe('keys of e1')
    expect(outcome.elevation.store).toBeUndefined()
    expect(world.told).toContain('aws:prod-admin: its credentials serve this process only: locked')
  })

  test.each([
    ['another configuration that names another role', { role: 'Other' }, 'changed', 2],
    ['another configuration that names the same role', {}, 'changed', 1],
  ])('%s', async (_, differences, configuration, attempts) => {
    const world = createWorld()
    await elevate(request(), world.deps)
    world.cloud.configuration = configuration
    await elevate(request({ target: { ...prod, ...differences } }), world.deps)
    expect(world.cloud.attempts).toHaveLength(attempts)
  })
})

test('an identity that may be granted less cuts the plan, and the plan that is told is the one carried out', async () => {
  const world = createWorld()
  const identify = async () => ({
    identity: { cloud: 'aws', tenant: '1', account: 'session', name: 'session' },
    name: 'session',
    person: 'a',
    account: '1',
    longest: { duration: minutes(20), why: 'the longest for a session' },
  })
  const provider = { ...world.cloud.provider, identify }
  await elevate(request({ duration: hours(2) }), { ...world.deps, provider: async () => provider })
  expect(world.cloud.attempts[0]?.plan).toMatchObject({
    duration: minutes(20),
    notices: ['2h was asked for; 20m is the longest for a session'],
  })
  expect(existsSync(join(world.folder, 'audit', 'audit.jsonl'))).toBe(true)
})
