import { describe, expect, test } from 'vitest'
import { guidOf } from '../../src/sandbox/tenant-model.ts'
import { sandboxEligibility } from '../../src/sandbox/tenant-seed.ts'
import { minutes } from '../core/elevations.ts'
import { startPim, type Pim } from '../pim.ts'

const azure = 'azure:payments-prod/Contributor'
const five = [
  azure,
  'aws:sandbox-admin',
  'entra:user-administrator',
  'group:on-call',
  'group:sec-ops',
]

const onCall = { id: guidOf('group', 'on-call'), displayName: 'on-call', members: [] }
const toOnCall = sandboxEligibility({ kind: 'group', roleId: 'member', scope: onCall.id })

/** Alice has all five, and had them for six minutes: each may be given back. */
async function elevatedToFive(): Promise<Pim> {
  const pim = await startPim()
  pim.sandbox.tenant.add({ groups: [onCall], eligibilities: [toOnCall] })
  await pim.signIn()
  expect((await pim.run(['elevate', ...five, '-j', 'why', '-d', '2h'])).code).toBe(0)
  pim.advance(minutes(6))
  return pim
}

interface Entry {
  readonly target: string
  readonly state: string
  readonly error?: { readonly code: string; readonly message: string }
}

const entriesIn = (stdout: string) =>
  (JSON.parse(stdout) as { elevations: Entry[] }).elevations.toSorted((one, other) =>
    one.target < other.target ? -1 : 1,
  )

const targetsIn = (stdout: string) => entriesIn(stdout).map(({ target }) => target)

/** The targets that are on record as given back, each as often as it is. */
const releasedIn = (pim: Pim) =>
  pim
    .records()
    .filter(({ event }) => event === 'elevation.released')
    .map(({ target }) => String(target))
    .toSorted()

const others = five.filter((target) => target !== azure).toSorted()

describe(
  '`release --all` of five, one of which the provider does not take',
  { timeout: 30_000 },
  () => {
    test.each([
      ['refuses', { status: 403, code: 'AuthorizationFailed', times: 1 }, 3],
      ['fails at', { status: 503, code: 'ServerTimeout', times: 4 }, 6],
    ])(
      '%s: gives back the four, names it, and the next gives it back',
      async (_, fault, exitCode) => {
        const pim = await elevatedToFive()
        pim.sandbox.tenant.fail({ surface: 'arm', operation: 'deactivate', ...fault })
        const { code, stdout, stderr } = await pim.run('release --all --json')
        expect(code).toBe(exitCode)
        const entries = entriesIn(stdout)
        expect(entries.map(({ target, state }) => [target, state])).toEqual([
          ['aws:sandbox-admin', 'released'],
          [azure, 'active'],
          ['entra:user-administrator', 'released'],
          ['group:on-call', 'released'],
          ['group:sec-ops', 'released'],
        ])
        expect(entries.filter(({ error }) => error !== undefined)).toMatchObject([
          { error: { target: azure, exitCode } },
        ])
        expect(stderr.split('\n').filter((line) => line.includes('"error"'))).toEqual([
          expect.stringContaining(azure),
        ])
        expect(releasedIn(pim)).toEqual(others)
        expect(targetsIn((await pim.run('status --json')).stdout)).toEqual([azure])
        expect((await pim.run(['status', '--check', azure])).code).toBe(0)

        const again = await pim.run('release --all --json')
        expect([again.code, again.stderr.includes('"error"')]).toEqual([0, false])
        expect(entriesIn(again.stdout)).toMatchObject([{ target: azure, state: 'released' }])
        expect(releasedIn(pim)).toEqual([azure, ...others].toSorted())
        expect(targetsIn((await pim.run('status --json')).stdout)).toEqual([])
        expect(JSON.parse((await pim.run('audit verify --json')).stdout)).toMatchObject({
          ok: true,
        })
      },
    )

    test('the exit code is the worst of several', async () => {
      const pim = await elevatedToFive()
      const young = 'azure:payments-prod/rg-web/Contributor'
      expect((await pim.run(['elevate', young, '-j', 'why'])).code).toBe(0)
      pim.sandbox.tenant.fail({
        surface: 'arm',
        operation: 'deactivate',
        path: 'rg-web',
        status: 403,
        code: 'AuthorizationFailed',
      })
      pim.sandbox.tenant.fail({
        surface: 'graph',
        operation: 'deactivate-role',
        status: 503,
        times: 4,
      })
      const { code, stdout } = await pim.run('release --all --json')
      expect(code).toBe(3)
      const failed = entriesIn(stdout).filter(({ error }) => error !== undefined)
      expect(failed).toMatchObject([
        { target: young, state: 'active', changed: false, error: { exitCode: 3 } },
        {
          target: 'entra:user-administrator',
          state: 'active',
          changed: false,
          error: { exitCode: 6 },
        },
      ])
    })

    test('a person reads each in a line of its own', async () => {
      const pim = await elevatedToFive()
      pim.sandbox.tenant.fail({
        surface: 'arm',
        operation: 'deactivate',
        status: 403,
        code: 'AuthorizationFailed',
      })
      const { code, stdout, stderr } = await pim.run('release --all')
      expect([code, stdout]).toEqual([3, ''])
      const said = stderr
        .split('\n')
        .map((line) => /^pim: (?:released `[^`]+`|error: [^ ]+)/.exec(line)?.[0])
      expect(said.filter((line) => line !== undefined).toSorted()).toEqual([
        `pim: error: ${azure}:`,
        ...others.map((target) => `pim: released \`${target}\``),
      ])
    })
  },
)
