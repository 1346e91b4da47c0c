import { describe, expect, test } from 'vitest'
import { hours } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

async function signedIn(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  return pim
}

const events = (pim: Pim) => pim.records().map(({ event }) => event)

describe('a name that nobody bears is no empty answer', () => {
  test.each([
    ['status', '--account alcie@sandbox.example'],
    ['status', '--tenant nowhere.example'],
    ['status --check group:sec-ops', '--account alcie@sandbox.example'],
    ['release --all', '--account alcie@sandbox.example'],
  ])('%s %s', async (command, choice) => {
    const pim = await signedIn()
    await pim.run('elevate group:sec-ops -j why')
    const ended = await pim.run(`${command} ${choice}`)
    expect([ended.code, ended.stderr]).toEqual([4, expect.stringContaining('pim knows no sign-in')])
    expect(events(pim)).not.toContain('elevation.released')
  })
})

describe('one AWS role has several names', () => {
  test.each(['aws:123456789012/Admin', 'arn:aws:iam::123456789012:role/Admin'])(
    '%s is active, and is released, where the profile was elevated to',
    async (name) => {
      const pim = await startPim()
      await pim.run('elevate aws:sandbox-admin -j why')
      expect((await pim.run(['status', '--check', name])).code).toBe(0)
      expect(await pim.run(['release', name])).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('released `aws:sandbox-admin`'),
      })
      expect((await pim.run(['status', '--check', name])).code).toBe(1)
    },
  )
})

describe.each(['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops'])(
  'a wait for %s, which begins later,',
  (target) => {
    /** It begins in three hours; its own id, and that of its request. */
    async function planned() {
      const pim = await signedIn()
      const asked = await pim.run(['elevate', target, '-j', 'why', '--start', '+3h', '--json'])
      const { elevations } = JSON.parse(asked.stdout) as {
        elevations: { id: string; providerRequestId: string }[]
      }
      const { id = '', providerRequestId = '' } = elevations[0] ?? {}
      return { pim, ids: [id, providerRequestId] as const }
    }

    test('ends at once where there is no time for it: exit code 5, and what to type', async () => {
      const { pim, ids } = await planned()
      for (const id of ids) {
        const ended = await pim.run(['wait', id, '--json'])
        expect([ended.code, JSON.parse(ended.stderr.split('\n').at(-2) ?? '')]).toMatchObject([
          5,
          { error: { code: 'not-begun-yet', target } },
        ])
        expect(ended.stderr).toContain(`pim wait ${id} --timeout 3h5m`)
        expect(ended.stderr).toContain(`pim cancel ${id}`)
        const none = await pim.run(['wait', id, '--wait', 'none', '--json'])
        expect([none.code, JSON.parse(none.stdout)]).toMatchObject([
          0,
          { elevations: [{ state: 'scheduled' }] },
        ])
      }
    })

    test('goes on until it is active, as its hint says', async () => {
      const { pim, ids } = await planned()
      const ended = await pim.run(['wait', ids[1], '--timeout', '3h5m', '--json'])
      expect([ended.code, JSON.parse(ended.stdout)]).toMatchObject([
        0,
        { elevations: [{ id: ids[0], target, state: 'active', changed: true }] },
      ])
      expect(pim.records().at(-1)).toMatchObject({ event: 'elevation.active' })
    })

    test('ends when it is cancelled meanwhile: exit code 3', async () => {
      const { pim, ids } = await planned()
      const waiting = pim.run(['wait', ids[0], '--timeout', '4h'])
      expect((await pim.run(['cancel', ids[0]])).code).toBe(0)
      expect((await waiting).code).toBe(3)
    })
  },
)

test('with nobody signed in, no requests are shown as none: exit code 4', async () => {
  const pim = await startPim()
  for (const flags of ['', '--all', '--to-approve']) {
    expect((await pim.run(`requests ${flags}`.trim())).code).toBe(4)
  }
})

test('a start that a session cannot have is refused before anything is asked for', async () => {
  const pim = await signedIn()
  const ended = await pim.run('elevate group:sec-ops aws:sandbox-admin -j why --start +2h')
  expect([ended.code, events(pim)]).toEqual([2, []])
})

describe('exec', () => {
  test('says that it cancelled the request that nobody approved', async () => {
    const pim = await signedIn()
    const ended = await pim.run('exec azure:payments-dev/Contributor -j why -- true')
    expect([ended.code, ended.stderr]).toEqual([125, expect.stringContaining('pim cancelled it')])
    expect(ended.stderr).not.toContain('pim wait')
    expect(events(pim)).toEqual(['elevation.requested', 'elevation.pending', 'elevation.canceled'])
  })

  test('closes its record also where the command cannot be run', async () => {
    const pim = await startPim()
    const ended = await pim.run('exec aws:sandbox-admin -j why -- no-such-command')
    const finished = pim.records().find(({ event }) => event === 'command.finished')
    expect([ended.code, finished]).toMatchObject([127, { error: 'command-not-found' }])
  })
})

test('what ended days ago and nobody could be asked about is unknown, until the provider says so', async () => {
  const pim = await startPim()
  await pim.signIn()
  await pim.run(['elevate', 'group:sec-ops', '-j', 'why'])
  await pim.run('logout')
  pim.advance(hours(72))
  const { code, stdout, stderr } = await pim.run('status')
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^group:sec-ops +unknown +2026-03-01 13:00 +alice@/m),
  ])
  expect(stderr).toMatch(/`group:sec-ops` ended at 2026-03-01 13:00 .* could not ask: /)
  const { elevations } = JSON.parse((await pim.run('status --json')).stdout)
  expect(elevations).toMatchObject([
    { target: 'group:sec-ops', state: 'unknown', error: { code: 'other-identity' } },
  ])
  expect((await pim.run('status --check group:sec-ops')).code).not.toBe(0)
  await pim.signIn()
  expect((await pim.run('status --refresh')).stdout).toBe('')
  expect(JSON.parse((await pim.run('status --json')).stdout)).toMatchObject({ elevations: [] })
})
