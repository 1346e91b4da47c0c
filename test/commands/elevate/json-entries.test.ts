import { describe, expect, test } from 'vitest'
import { startPim, type Pim } from '../../pim.ts'

interface Entry {
  readonly id?: string
  readonly target?: string
  readonly providerRequestId?: string
}

const entries = (stdout: string) => (JSON.parse(stdout) as { elevations: Entry[] }).elevations
const errorsOf = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { schema: string; error: Readonly<Record<string, unknown>> })

async function signedIn(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  return pim
}

describe('an entry of a failure names what it is about', () => {
  test.each([
    ['aws:sandbox-denied', 'aws'],
    ['group:sec-ops', 'group'],
  ])('`elevate %s`: its provider, and the id that is on record', async (target, provider) => {
    const pim = await signedIn()
    pim.sandbox.tenant.fail({
      surface: 'graph',
      operation: 'activate-group',
      status: 403,
      times: 99,
    })
    const { code, stdout } = await pim.run(['elevate', target, '-j', 'why', '--json'])
    expect(code).not.toBe(0)
    const [record] = pim.records()
    expect(entries(stdout)).toMatchObject([
      { id: record?.elevationId, target, provider, state: 'failed', changed: false },
    ])
  })

  test('`wait` for an id that nothing has: that id, and no target', async () => {
    const pim = await signedIn()
    const { code, stdout } = await pim.run('wait no-such-id --json')
    expect(code).toBe(2)
    expect(entries(stdout)).toMatchObject([
      { id: 'no-such-id', error: { code: 'unknown-request' } },
    ])
    expect(entries(stdout)[0]).not.toHaveProperty('target')
  })

  test('`wait` for what nobody could ask about: the elevation', async () => {
    const pim = await signedIn()
    const asked = await pim.run('elevate group:sec-ops -j why --wait active --json')
    const [{ id = '', providerRequestId = '' } = {}] = entries(asked.stdout)
    await pim.run('logout')
    pim.advance({ seconds: 60 })
    const { code, stdout } = await pim.run(['wait', providerRequestId, '--json'])
    expect(code).toBe(4)
    expect(entries(stdout)).toMatchObject([
      { id, target: 'group:sec-ops', provider: 'group', error: { code: 'other-identity' } },
    ])
  })

  test('`cancel` of what is active: the elevation, active as before', async () => {
    const pim = await signedIn()
    const asked = await pim.run('elevate aws:sandbox-admin -j why --json')
    const [{ id = '' } = {}] = entries(asked.stdout)
    const { code, stdout } = await pim.run(['cancel', id, 'no-such-id', '--json'])
    expect(code).not.toBe(0)
    expect(entries(stdout)).toMatchObject([
      { id, target: 'aws:sandbox-admin', state: 'active', changed: false },
      { id: 'no-such-id', error: { code: 'unknown-request' } },
    ])
  })
})

describe('what waits for an approver has no times', () => {
  const times = ['startsAt', 'expiresAt', 'accessEndsAt']

  test.each(['azure:payments-dev/Contributor', 'group:sec-ops@owner'])('%s', async (target) => {
    const pim = await signedIn()
    const asked = await pim.run(['elevate', target, '-j', 'why', '--json'])
    const shown = await pim.run('status --json')
    const requested = await pim.run('requests --json')
    const { requests } = JSON.parse(requested.stdout) as { requests: Entry[] }
    const id = requests[0]?.id ?? ''
    const cancelled = await pim.run(['cancel', id, '--json'])
    const all = [asked, shown, cancelled].flatMap(({ stdout }) => entries(stdout))
    expect(all).toMatchObject([
      { target, state: 'pending-approval' },
      { target, state: 'pending-approval' },
      { target, state: 'canceled' },
    ])
    for (const entry of [...all, ...requests]) {
      expect(Object.keys(entry).filter((key) => times.includes(key))).toEqual([])
    }
  })

  test('but its planned start', async () => {
    const pim = await signedIn()
    const words = ['elevate', 'group:sec-ops@owner', '-j', 'why', '--start', '+3h', '--json']
    const [entry] = entries((await pim.run(words)).stdout)
    expect(entry).toMatchObject({ startsAt: '2026-03-01T15:00:00.000Z' })
    expect(entry).not.toHaveProperty('expiresAt')
  })
})

describe('a failure of a provider is one line of JSON on stderr', () => {
  test('`list` with nobody signed in: exit code 4', async () => {
    const pim = await startPim()
    const { code, stderr } = await pim.run('list --provider group --json')
    expect(code).toBe(4)
    expect(errorsOf(stderr)).toMatchObject([
      { schema: 'pim.error/v1', error: { exitCode: 4, target: 'group' } },
    ])
  })

  test.each(['list', 'requests', 'requests --to-approve', 'whoami'])('`%s`', async (argv) => {
    const pim = await signedIn()
    pim.sandbox.tenant.revokeTokens()
    pim.sandbox.tenant.fail({ surface: 'authority', status: 400, times: 99 })
    for (const surface of ['arm', 'graph'] as const) {
      pim.sandbox.tenant.fail({ surface, status: 403, times: 99 })
    }
    const { code, stdout, stderr } = await pim.run(`${argv} --json`)
    const lines = errorsOf(stderr)
    const { errors } = JSON.parse(stdout) as { errors: { provider: string; error: object }[] }
    if (argv !== 'whoami') expect(code).not.toBe(0)
    expect(lines.map(({ error }) => error.target)).toEqual(errors.map(({ provider }) => provider))
    expect(stderr).not.toContain('warning')
  })
})
