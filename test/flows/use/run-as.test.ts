import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/core/credentials.ts'
import { PimError } from '../../../src/core/errors.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { merge, runAs } from '../../../src/flows/use/run-as.ts'
import type { WaitLimit } from '../../../src/flows/elevate/wait-limit.ts'
import { target } from '../../core/sample-elevations.ts'
import { createWorld, elevated, request } from '../harness.ts'

const command = { file: 'deploy', args: ['--all'] }
const limit: WaitLimit = { wait: 'effective', timeout: { seconds: 60 }, approval: { seconds: 0 } }
const release = { keep: false, limit }

describe('the command', () => {
  test('runs with what it is lent and without what is in the way, and its exit code is the answer', async () => {
    const world = createWorld()
    world.child = async () => ({ exitCode: 42 })
    expect(await runAs([request()], command, release, world.deps)).toEqual({
      exitCode: 42,
      notReleased: [],
    })
    expect(world.children).toEqual([
      {
        command,
        env: {
          PATH: '/bin',
          KEYS: 'keys of e1',
          OPEN: 'yes',
          PIM_ELEVATION_ID: 'e1',
          PIM_TARGET: 'aws:prod-admin',
        },
      },
    ])
  })

  test('does not get the passphrase to what pim keeps', async () => {
    const world = createWorld({ env: { PIM_STORE_PASSPHRASE: 'secret', PIM_HOME: '/pim' } })
    await runAs([request()], command, release, world.deps)
    expect(world.children[0]?.env).not.toHaveProperty('PIM_STORE_PASSPHRASE')
    expect(world.children[0]?.env).toHaveProperty('PIM_HOME')
  })

  test('is on record by its name alone: arguments may be secret', async () => {
    const world = createWorld()
    await runAs([request()], { file: 'mysql', args: ['-phunter2'] }, release, world.deps)
    const records = await world.audit()
    expect(records.map(({ event }) => event)).toEqual([
      'elevation.requested',
      'elevation.active',
      'command.started',
      'command.finished',
      'elevation.released',
    ])
    expect(JSON.stringify(records)).not.toContain('hunter2')
    expect(records[3]).toMatchObject({ command: 'mysql', exitCode: 0, elevationId: 'e1' })
  })

  test('does not run where its start cannot be recorded', async () => {
    const world = createWorld()
    const { append } = world.deps.audit
    const audit = {
      ...world.deps.audit,
      append: async (event: Parameters<typeof append>[0]) => {
        if (event.event === 'command.started') throw new PimError('audit', 'disk-full', 'no space')
        return append(event)
      },
    }
    const run = runAs([request()], command, release, { ...world.deps, audit })
    await expect(run).rejects.toMatchObject({ exitCode: 7 })
    expect(world.children).toEqual([])
    expect(await world.events()).toContain('elevation.released')
  })
})

describe('afterwards', () => {
  test('what was activated for it is given back, also when it could not be run', async () => {
    const world = createWorld()
    world.child = () => Promise.reject(new PimError('usage', 'command-not-found', 'no'))
    await expect(runAs([request()], command, release, world.deps)).rejects.toMatchObject({
      code: 'command-not-found',
    })
    expect(await world.deps.records.list()).toEqual([])
  })

  test('also when the run was interrupted', async () => {
    const world = createWorld()
    const interrupt = new AbortController()
    world.child = async () => {
      interrupt.abort()
      return { exitCode: 130, signal: 'SIGINT' }
    }
    const deps = { ...world.deps, signal: interrupt.signal }
    expect(await runAs([request()], command, release, deps)).toEqual({
      exitCode: 130,
      notReleased: [],
    })
    expect(await world.deps.records.list()).toEqual([])
  })

  test('what was active before, and what is to be kept, stays', async () => {
    const world = createWorld()
    await elevated(world)
    await runAs([request()], command, release, world.deps)
    expect(await world.deps.records.list()).toHaveLength(1)
    await runAs([request({ force: true })], command, { keep: true, limit }, world.deps)
    expect(await world.deps.records.list()).toHaveLength(2)
    expect(await world.events()).not.toContain('elevation.released')
  })

  test('what somebody else activated meanwhile in its place stays', async () => {
    const world = createWorld()
    world.child = async () => {
      await elevate(request({ force: true }), world.deps)
      return { exitCode: 0 }
    }
    await runAs([request()], command, release, world.deps)
    expect((await world.deps.records.list()).map(({ id }) => id)).not.toEqual(['e1'])
    expect(await world.deps.records.list()).toHaveLength(1)
  })

  test('a release that fails is told, and does not hide the command’s exit code', async () => {
    const world = createWorld()
    world.child = async () => ({ exitCode: 7 })
    const locked = {
      ...world.store,
      remove: () => Promise.reject(new PimError('unavailable', 'x', 'locked')),
    }
    const stores = { open: () => locked, choose: async () => locked }
    const ran = await runAs([request()], command, release, { ...world.deps, stores })
    expect(ran).toMatchObject({ exitCode: 7, notReleased: [{ message: 'locked' }] })
    expect(world.told).toContain(
      'aws:prod-admin: not released: locked; a background helper tries again',
    )
    expect(world.told).toContain('aws:prod-admin is handed over')
    const failures = (await world.audit()).filter(
      ({ event }) => event === 'elevation.release-failed',
    )
    expect(failures).toMatchObject([{ elevationId: 'e1', code: 'x', reason: 'locked' }])
  })
})

describe('several targets', () => {
  test('two of one cloud would overwrite each other: refused before anything is asked for', async () => {
    const world = createWorld()
    const two = [request(), request({ target: target('other') })]
    await expect(runAs(two, command, release, world.deps)).rejects.toMatchObject({
      code: 'conflicting-targets',
      exitCode: 2,
    })
    expect([world.cloud.attempts, await world.events()]).toEqual([[], []])
  })

  test('all or nothing: where one is refused the other is given back, and the command does not run', async () => {
    const world = createWorld()
    const grant = world.cloud.grant
    world.cloud.grant = async (attempt) => {
      if (attempt.plan.target.path === 'other') throw new PimError('refused', 'access-denied', 'no')
      return grant(attempt)
    }
    // A second cloud, which there will be.
    const other = { ...target('other'), provider: 'azure' as 'aws' }
    const run = runAs([request(), request({ target: other })], command, release, world.deps)
    await expect(run).rejects.toMatchObject({ code: 'access-denied', target: 'azure:other' })
    expect(world.children).toEqual([])
    expect(await world.deps.records.list()).toEqual([])
    expect(await world.events()).toContain('elevation.released')
  })
})

describe('a child’s environment', () => {
  test.each([
    [{ A: '1' }, [], { A: '1' }],
    [{ A: '1', B: undefined }, [{ set: {}, unset: ['A'] }], {}],
    [{ A: '1' }, [{ set: { A: '2' }, unset: ['A'] }], { A: '2' }],
    [{}, [{ set: { A: new Secret('x') }, unset: [] }], { A: 'x' }],
    [
      {},
      [
        { set: { A: '1' }, unset: [] },
        { set: { B: '2' }, unset: ['A'] },
      ],
      { A: '1', B: '2' },
    ],
  ])('%j with %j', (inherited, sessions, expected) => {
    expect(merge(inherited, sessions)).toEqual(expected)
  })
})
