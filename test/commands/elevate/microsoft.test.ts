import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { minutes } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

async function signedIn(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  return pim
}

const elevationsOf = (stdout: string) =>
  (JSON.parse(stdout) as { elevations: Record<string, unknown>[] }).elevations

const oneOfEach = [
  'azure:payments-prod/Contributor',
  'entra:user-administrator',
  'group:sec-ops',
  'aws:sandbox-admin',
]

describe('both clouds', () => {
  test('are listed together', async () => {
    const pim = await signedIn()
    const { code, stdout } = await pim.run('list --json')
    const { targets, errors } = JSON.parse(stdout)
    expect([code, errors]).toEqual([0, []])
    const providers = targets.map(({ provider }: { provider: string }) => provider)
    expect(new Set(providers)).toEqual(new Set(['aws', 'azure', 'entra', 'group']))
    const names = targets.map(({ target }: { target: string }) => target)
    for (const name of oneOfEach) expect(names).toContain(name)
  })

  test('are elevated to at once, each with one outcome', async () => {
    const pim = await signedIn()
    const { code, stdout } = await pim.run(['elevate', ...oneOfEach, '-j', 'why', '--json'])
    expect(code).toBe(0)
    const outcomes = elevationsOf(stdout).map(({ target, state, changed }) => [
      target,
      state,
      changed,
    ])
    expect(outcomes).toEqual(oneOfEach.map((target) => [target, 'active', true]))
    expect(pim.sandbox.tenant.requests).toHaveLength(3)
    expect(pim.assumed()).toEqual(['Admin'])
    const again = await pim.run(['elevate', ...oneOfEach, '--json'])
    expect(elevationsOf(again.stdout).map(({ changed }) => changed)).toEqual([
      false,
      false,
      false,
      false,
    ])
    expect(pim.sandbox.tenant.requests).toHaveLength(3)
  })
})

describe.each(oneOfEach.slice(0, 3))('%s', (target) => {
  test('none, active and effective return one after another', async () => {
    const seconds: number[] = []
    for (const wait of ['none', 'active', 'effective']) {
      const pim = await signedIn()
      pim.sandbox.tenant.provisioningLag = 10
      pim.sandbox.tenant.propagationLag = 40
      const from = Date.now()
      const { code } = await pim.run(['elevate', target, '-j', 'why', '--wait', wait])
      expect(code).toBe(0)
      seconds.push((Date.now() - from) / 1000)
    }
    const [none = 0, active = 0, effective = 0] = seconds
    expect(none).toBeLessThan(5)
    expect(active).toBeGreaterThanOrEqual(10)
    expect(active).toBeLessThan(20)
    expect(effective).toBeGreaterThanOrEqual(40)
  })

  test.each([
    [10, 5, 'too-early'],
    [90, 5, 'too-early'],
    [290, 5, 'too-early'],
    [360, 0, 'released'],
  ])('given back %i s after it began: exit code %i', async (age, code, word) => {
    const pim = await signedIn()
    await pim.run(['elevate', target, '-j', 'why'])
    const begun = pim.sandbox.tenant.requests[0]?.createdAt.getTime() ?? 0
    pim.advance({ seconds: age - Math.round((Date.now() - begun) / 1000) })
    const ended = await pim.run(['release', target, '--json'])
    expect(ended.code).toBe(code)
    const [entry] = elevationsOf(ended.stdout)
    const error = entry?.error as { code?: string } | undefined
    expect(error?.code ?? entry?.state).toBe(word)
    expect(entry?.state).toBe(code === 0 ? 'released' : 'active')
    const released = pim.records().filter(({ event }) => event === 'elevation.released')
    expect(released).toHaveLength(code === 0 ? 1 : 0)
  })

  test('given back with --wait is waited for, and on record once', async () => {
    const pim = await signedIn()
    await pim.run(['elevate', target, '-j', 'why'])
    const { code, stderr } = await pim.run(['release', target, '--wait'])
    expect([code, stderr]).toEqual([0, expect.stringContaining(`released \`${target}\``)])
    expect(pim.records().filter(({ event }) => event === 'elevation.released')).toHaveLength(1)
    expect((await pim.run(['status'])).stderr).toContain('No active elevations')
  })

  test('a log that cannot be written: exit code 7, and nothing is asked for', async () => {
    const pim = await signedIn()
    writeFileSync(join(pim.folder, 'pim', 'state', 'audit'), 'in the way')
    expect((await pim.run(['elevate', target, '-j', 'why'])).code).toBe(7)
    expect(pim.sandbox.tenant.requests).toEqual([])
    expect(pim.sandbox.tenant.calls.filter(({ method }) => method === 'PUT')).toEqual([])
  })

  test('is run under exec, and given back when that may be done', async () => {
    const pim = await signedIn()
    const { code } = await pim.run(['exec', target, '-j', 'why', '--', 'true'])
    expect(code).toBe(0)
    expect(pim.records().map(({ event }) => event)).toEqual([
      'elevation.requested',
      'elevation.active',
      'command.started',
      'command.finished',
      'elevation.released',
    ])
  })

  test('hands out no credentials', async () => {
    const pim = await signedIn()
    for (const command of ['credentials', 'env']) {
      const ended = await pim.run([command, target], { env: { PIM_JUSTIFICATION: 'why' } })
      expect([ended.code, ended.stdout]).toEqual([2, ''])
      expect(ended.stderr).toContain('hands out no credentials')
    }
    expect(pim.sandbox.tenant.requests).toEqual([])
  })
})

test('what is active is not asked for again when its list lags behind', async () => {
  const pim = await signedIn()
  await pim.run('elevate group:sec-ops -j why --wait none')
  pim.sandbox.tenant.listingLag = 60
  const again = await pim.run('elevate group:sec-ops --json')
  expect(elevationsOf(again.stdout)[0]).toMatchObject({ changed: false, state: 'active' })
})

test('what was activated elsewhere is active here, and can be given back here', async () => {
  const pim = await signedIn()
  await pim.run('elevate group:sec-ops -j why')
  const elsewhere = { PIM_HOME: `${pim.folder}/other` }
  // Another machine of the same person, as far as what pim keeps is concerned.
  expect((await pim.run('login azure --quiet', { env: elsewhere })).code).toBe(0)
  const found = await pim.run('elevate group:sec-ops --json', { env: elsewhere })
  expect(elevationsOf(found.stdout)[0]).toMatchObject({ changed: false, justification: '' })
  const listed = await pim.run('list sec-ops --active', { env: elsewhere })
  expect(listed.stdout).toContain('group:sec-ops')
  pim.advance(minutes(6))
  const released = await pim.run('release group:sec-ops', { env: elsewhere })
  expect(released.code).toBe(0)
})
