import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

/** Alice, who asks, and bob, who decides: two machines before one tenant. */
async function aliceAndBob() {
  const pim = await startPim()
  await pim.signIn()
  const env = { PIM_HOME: join(pim.folder, 'bob'), PIM_SANDBOX_PERSON: 'bob' }
  const bob = (argv: readonly string[]) => pim.run(argv, { env })
  expect((await bob(['login', 'azure', '--quiet'])).code).toBe(0)
  return { pim, bob }
}

interface Entry {
  readonly id: string
  readonly target: string
  readonly state: string
  readonly startsAt?: string
  readonly error?: { readonly code: string; readonly message: string }
}

const requestsIn = (stdout: string) => (JSON.parse(stdout) as { requests: Entry[] }).requests
const elevationsIn = (stdout: string) => (JSON.parse(stdout) as { elevations: Entry[] }).elevations

/** Asks, and resolves with the request's id. */
async function ask(pim: Pim, target: string): Promise<string> {
  const asked = await pim.run(['elevate', target, '-j', 'restart the queue', '--json'])
  expect(asked.code).toBe(5)
  const { stdout } = await pim.run(['requests', '--json'])
  const found = requestsIn(stdout).find((request) => request.target === target)
  if (found === undefined) throw new Error(`no request for ${target}`)
  return found.id
}

const askable = ['azure:payments-dev/Contributor', 'group:sec-ops@owner']

describe.each(askable)('a request for %s', (target) => {
  test('is shown to who decides, approved, and waited for', async () => {
    const { pim, bob } = await aliceAndBob()
    const id = await ask(pim, target)
    const seen = requestsIn((await bob(['requests', '--to-approve', '--json'])).stdout)
    expect(seen).toMatchObject([
      { id, target, requester: { name: 'alice@sandbox.example' }, state: 'pending-approval' },
    ])
    expect((await bob(['approve', id, '-j', 'go on'])).code).toBe(0)
    const waited = await pim.run(['wait', id, '--json'])
    expect(waited.code).toBe(0)
    expect(elevationsIn(waited.stdout)).toMatchObject([{ target, state: 'active' }])
  })

  test('is denied: exit code 3, with the reason, which is in both logs', async () => {
    const { pim, bob } = await aliceAndBob()
    const id = await ask(pim, target)
    expect((await bob(['deny', id, '-j', 'not on a Friday'])).code).toBe(0)
    const waited = await pim.run(['wait', id, '--json'])
    expect(waited.code).toBe(3)
    expect(elevationsIn(waited.stdout)).toMatchObject([{ state: 'denied' }])
    expect(waited.stderr).toContain('not on a Friday')
    expect(pim.records().at(-1)).toMatchObject({
      event: 'elevation.denied',
      reason: 'not on a Friday',
    })
    const { stdout } = await bob(['audit', '--json'])
    expect(JSON.parse(stdout).records.at(-1)).toMatchObject({
      event: 'approval.denied',
      providerRequestId: id,
      justification: 'not on a Friday',
    })
  })

  test('is withdrawn, and cannot be decided any more', async () => {
    const { pim, bob } = await aliceAndBob()
    const id = await ask(pim, target)
    expect((await pim.run(['cancel', id])).code).toBe(0)
    expect(pim.records().at(-1)).toMatchObject({ event: 'elevation.canceled' })
    expect((await bob(['approve', id, '-j', 'go on'])).code).not.toBe(0)
    expect((await pim.run('status')).stderr).toContain('No active elevations')
  })

  test('is not decided by who asked', async () => {
    const { pim } = await aliceAndBob()
    const id = await ask(pim, target)
    const { code, stderr } = await pim.run(['approve', id, '-j', 'why not'])
    expect([code, stderr]).toEqual([3, expect.stringMatching(/own/)])
    expect(pim.records().map(({ event }) => event)).not.toContain('approval.approved')
  })

  test('waits as long as told, and stands', async () => {
    const { pim } = await aliceAndBob()
    const from = Date.now()
    const argv = ['elevate', target, '-j', 'why', '--approval-timeout', '2m']
    expect((await pim.run(argv)).code).toBe(5)
    expect(Date.now() - from).toBeGreaterThanOrEqual(120_000)
    expect((await pim.run(argv.slice(0, 2))).code).toBe(5)
    expect(pim.sandbox.tenant.requests).toHaveLength(1)
  })
})

describe('what begins later', () => {
  test('is scheduled, shown with its time, and withdrawn', async () => {
    const { pim } = await aliceAndBob()
    const asked = await pim.run('elevate entra:user-administrator -j why --start +2h --json')
    expect(asked.code).toBe(0)
    expect(elevationsIn(asked.stdout)).toMatchObject([
      { state: 'scheduled', startsAt: expect.stringMatching(/^2026-03-01T14:0/) },
    ])
    expect((await pim.run('status')).stdout).toMatch(/scheduled +from 14:0/)
    const [request] = requestsIn((await pim.run('requests --json')).stdout)
    expect((await pim.run(['cancel', request?.id ?? ''])).code).toBe(0)
    pim.advance(hours(3))
    expect((await pim.run('status')).stderr).toContain('No active elevations')
  })

  test('a session of AWS does not', async () => {
    const { pim } = await aliceAndBob()
    const { code } = await pim.run('elevate aws:sandbox-admin -j why --start +2h')
    expect(code).toBe(2)
  })
})

describe('extending', () => {
  test('a right is giving it back and asking again, with a word of consent', async () => {
    const { pim } = await aliceAndBob()
    await pim.run('elevate group:sec-ops -j why -d 1h')
    const refused = await pim.run('extend group:sec-ops -d 2h')
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')])
    pim.advance(minutes(30))
    const extended = await pim.run('extend group:sec-ops -d 2h --yes --json')
    expect(extended.code).toBe(0)
    expect(elevationsIn(extended.stdout)).toMatchObject([{ state: 'active' }])
    // What was just given back counts as active for two minutes, and every try is on record.
    const changes = pim
      .records()
      .map(({ event }) => event)
      .filter((event) => event !== 'elevation.requested')
    expect(changes.filter((event) => event !== 'elevation.failed')).toEqual([
      'elevation.active',
      'elevation.released',
      'elevation.active',
    ])
    expect(changes.at(-1)).toBe('elevation.active')
  })

  test('a session is a new one', async () => {
    const { pim } = await aliceAndBob()
    await pim.run('elevate aws:sandbox-admin -j why -d 1h')
    expect((await pim.run('extend aws:sandbox-admin -d 2h')).code).toBe(0)
    expect(pim.assumed()).toEqual(['Admin', 'Admin'])
  })
})

test('what ended elsewhere is not shown as active', async () => {
  const { pim } = await aliceAndBob()
  await pim.run('elevate group:sec-ops -j why')
  pim.advance(minutes(10))
  const elsewhere = { PIM_HOME: join(pim.folder, 'other') }
  await pim.run('login azure --quiet', { env: elsewhere })
  expect((await pim.run('release group:sec-ops', { env: elsewhere })).code).toBe(0)
  expect((await pim.run('status')).stderr).toContain('No active elevations')
  expect(pim.records().at(-1)).toMatchObject({ event: 'elevation.released', by: 'provider' })
})
