import { describe, expect, test } from 'vitest'
import { sandboxEligibility, tenantGroups } from '../../../sandbox/microsoft/seed/seed.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

const target = 'group:sec-ops'

interface Entry {
  readonly id: string
  readonly target: string
  readonly state: string
  readonly changed: boolean
  readonly startsAt: string
}

const elevationsIn = (stdout: string) => (JSON.parse(stdout) as { elevations: Entry[] }).elevations

async function signedIn(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  return pim
}

const shown = async (pim: Pim) =>
  elevationsIn((await pim.run('status --json')).stdout).map(({ state, startsAt }) => [
    state,
    startsAt.slice(11, 16),
  ])

const ask = async (pim: Pim, ...more: readonly string[]) => {
  const ended = await pim.run(['elevate', target, '-j', 'why', '--json', ...more])
  return { ...ended, elevation: elevationsIn(ended.stdout)[0] }
}

test.each(['azure:payments-prod/Contributor', 'entra:user-administrator', target])(
  '`pim list` shows a planned activation of %s as scheduled, unless it is active now',
  async (text) => {
    const pim = await signedIn()
    const listed = async (...flags: readonly string[]) => {
      const { stdout } = await pim.run(['list', '--json', ...flags])
      const { targets } = JSON.parse(stdout) as { targets: Entry[] }
      return targets.find((each) => each.target === text)
    }
    const plan = (start: string) => pim.run(['elevate', text, '-j', 'why', '--start', start])
    expect((await plan('+5h')).code).toBe(0)
    expect((await plan('+3h')).code).toBe(0)
    const planned = {
      state: 'scheduled',
      startsAt: '2026-03-01T15:00:00.000Z',
      expiresAt: '2026-03-01T16:00:00.000Z',
    }
    for (const flag of ['--refresh', '--requirements']) {
      expect(await listed(flag)).toMatchObject(planned)
    }
    expect((await pim.run('list')).stdout).toMatch(new RegExp(`^${text} .* scheduled$`, 'm'))
    expect(await listed('--active')).toBeUndefined()
    await pim.run(['elevate', text, '-j', 'why', '--wait', 'active'])
    expect(await listed()).toMatchObject({ state: 'active' })
    expect(await listed()).not.toHaveProperty('startsAt')
  },
)

describe('what is scheduled', () => {
  test('is no access now: who asks for it now gets it now, and keeps both', async () => {
    const pim = await signedIn()
    expect((await ask(pim, '--start', '+3h')).elevation).toMatchObject({ state: 'scheduled' })
    const now = await ask(pim)
    expect([now.code, now.elevation]).toMatchObject([0, { state: 'active', changed: true }])
    expect(await shown(pim)).toEqual([
      ['active', '12:00'],
      ['scheduled', '15:00'],
    ])
  })

  test('does not let a command run without it', async () => {
    const pim = await signedIn()
    await ask(pim, '--start', '+3h')
    await pim.run(['exec', target, '-j', 'why', '--', 'true'])
    expect(pim.records().map(({ event, state }) => state ?? event)).toEqual(
      expect.arrayContaining(['scheduled', 'elevation.active', 'command.started']),
    )
  })

  test('is shown each by itself, and cancelled by its id', async () => {
    const pim = await signedIn()
    const first = await ask(pim, '--start', '+2h')
    await ask(pim, '--start', '+5h')
    expect(await shown(pim)).toEqual([
      ['scheduled', '14:00'],
      ['scheduled', '17:00'],
    ])
    expect((await pim.run(['cancel', first.elevation?.id ?? ''])).code).toBe(0)
    expect(await shown(pim)).toEqual([['scheduled', '17:00']])
  })

  test('asked for twice is scheduled once', async () => {
    const pim = await signedIn()
    const first = await ask(pim, '--start', '+2h')
    pim.advance(minutes(1))
    const again = await ask(pim, '--start', '+2h')
    expect([again.code, again.elevation]).toMatchObject([
      0,
      { id: first.elevation?.id, state: 'scheduled', changed: false },
    ])
    expect(pim.sandbox.tenant.requests).toHaveLength(1)
  })

  test('is in the way of another that overlaps, which is said at once', async () => {
    const pim = await signedIn()
    const first = await ask(pim, '--start', '+2h')
    const other = await ask(pim, '--start', '+2h30m')
    expect([other.code, other.stderr]).toEqual([
      3,
      expect.stringContaining(`pim cancel ${first.elevation?.id}`),
    ])
  })

  test('is refused where the eligibility has ended by then, before anything is asked for', async () => {
    const pim = await signedIn()
    const [scope] = [tenantGroups.dbAdmins.id]
    pim.sandbox.tenant.add({
      eligibilities: [
        sandboxEligibility(
          { kind: 'group', roleId: 'owner', scope },
          { endsAt: new Date(Date.now() + 3 * 3_600_000) },
        ),
      ],
    })
    await pim.run('list --refresh')
    const late = await pim.run(['elevate', 'group:db-admins@owner', '-j', 'why', '--start', '+4h'])
    expect([late.code, late.stderr]).toEqual([
      3,
      expect.stringMatching(/your eligibility ends at \d\d:\d\d \(in \dh\), before `--start`\n/),
    ])
    expect(late.stderr).toContain('hint: write an earlier `--start`, as in `+5m`')
    expect(pim.sandbox.tenant.requests).toHaveLength(0)
    const early = await pim.run(['elevate', 'group:db-admins@owner', '-j', 'why', '--start', '+1h'])
    expect(early.code).toBe(0)
  })

  test('becomes active under its own id when its time has come', async () => {
    const pim = await signedIn()
    const { elevation } = await ask(pim, '--start', '+2h')
    pim.advance(hours(2))
    pim.advance(minutes(1))
    const [active] = elevationsIn((await pim.run('status --json')).stdout)
    expect(active).toMatchObject({ id: elevation?.id, state: 'active' })
    expect(await ask(pim)).toMatchObject({ elevation: { id: elevation?.id, changed: false } })
  })
})

describe('what was given back a moment ago', () => {
  test('is waited for until it can be had again, with one record', async () => {
    const pim = await signedIn()
    await ask(pim)
    pim.advance(minutes(6))
    expect((await pim.run(['release', target])).code).toBe(0)
    const again = await ask(pim)
    expect([again.code, again.elevation]).toMatchObject([0, { state: 'active', changed: true }])
    const requests = pim.records().filter(({ event }) => event === 'elevation.requested')
    expect(requests).toHaveLength(2)
    expect(pim.records().map(({ event }) => event)).not.toContain('elevation.failed')
  })

  test('is not waited for by who does not wait', async () => {
    const pim = await signedIn()
    await ask(pim)
    pim.advance(minutes(6))
    await pim.run(['release', target])
    expect((await ask(pim, '--wait', 'none')).code).toBe(6)
  })
})

test('what ends before it could be given back is said to end by itself', async () => {
  const pim = await signedIn()
  await ask(pim, '-d', '5m')
  const early = await pim.run(['release', target, '--wait', '--json'])
  expect([early.code, early.stderr]).toEqual([
    5,
    expect.stringContaining('before the provider allows its release'),
  ])
  pim.advance(minutes(6))
  expect((await pim.run(['release', target])).stderr).toContain('is not active')
  expect(pim.records().map(({ event }) => event)).not.toContain('elevation.released')
})

test('a request is withdrawn once', async () => {
  const pim = await signedIn()
  const { elevation } = await ask(pim, '--start', '+2h')
  const { stdout } = await pim.run('requests --json')
  const [{ id }] = (JSON.parse(stdout) as { requests: [{ id: string }] }).requests
  expect((await pim.run(['cancel', elevation?.id ?? ''])).code).toBe(0)
  const again = await pim.run(['cancel', id])
  expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('already cancelled')])
  const canceled = pim.records().filter(({ event }) => event === 'elevation.canceled')
  expect(canceled).toHaveLength(1)
})

describe.each(['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops'])(
  'while %s is active',
  (each) => {
    test('it cannot begin a second time: until when it is, and what to type', async () => {
      const pim = await signedIn()
      const words = ['elevate', each, '-j', 'why', '-d', '3h']
      expect((await pim.run(words)).code).toBe(0)
      const refused = await pim.run([...words, '--start', '+2h'])
      expect(refused.code).toBe(3)
      expect(refused.stderr).toMatch(/it is active until \d\d:\d\d \(in \dh\)/)
      expect(refused.stderr).toContain('write a `--start` after that')
      expect(pim.sandbox.tenant.requests).toHaveLength(1)
      const dry = await pim.run([...words, '--start', '+2h', '--dry-run'])
      expect([dry.code, dry.stderr]).toEqual([3, expect.stringContaining('it is active until')])
    })

    test('a duration that is cut is told with its target', async () => {
      const pim = await signedIn()
      const { stderr } = await pim.run(['elevate', each, '-j', 'why', '-d', '23h'])
      expect(stderr).toContain(`pim: warning: \`${each}\`: 23h was asked for; `)
    })
  },
)
