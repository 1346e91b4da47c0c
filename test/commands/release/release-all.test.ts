import { describe, expect, test } from 'vitest'
import { minutes } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

const failing = 'group:sec-ops'
const others = [
  'aws:sandbox-admin',
  'azure:payments-prod/Contributor',
  'azure:platform/Reader',
  'entra:user-administrator',
]

interface Entry {
  readonly target: string
  readonly state: string
  readonly changed: boolean
  readonly error?: { readonly code: string }
}

const elevationsIn = (stdout: string) => (JSON.parse(stdout) as { elevations: Entry[] }).elevations

/** Five that may be given back by now, of which the provider does not take one. */
async function fiveActive(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  expect((await pim.run(['elevate', failing, ...others, '-j', 'incident 7'])).code).toBe(0)
  pim.advance(minutes(6))
  return pim
}

const refuse = ({ sandbox }: Pim, status: number, times = 1) =>
  sandbox.tenant.fail({ surface: 'graph', operation: 'deactivate-group', status, times })

const releasesOf = (pim: Pim) =>
  pim
    .records()
    .filter(({ event }) => event === 'elevation.released')
    .map(({ target }) => String(target))
    .toSorted()

const activeOf = async (pim: Pim) =>
  elevationsIn((await pim.run('status --json')).stdout).map(({ target, state }) => [target, state])

describe('`pim release --all` over five, of which one fails', () => {
  test.each([
    { what: 'is refused', status: 403, times: 1, code: 3 },
    { what: 'is out of reach', status: 503, times: 9, code: 6 },
  ])(
    'gives the four back, and names the one that $what: exit code $code',
    async ({ status, times, code }) => {
      const pim = await fiveActive()
      refuse(pim, status, times)
      const ended = await pim.run('release --all --json')
      expect(ended.code).toBe(code)
      const entries = elevationsIn(ended.stdout)
      expect(entries).toHaveLength(5)
      const [failed, ...more] = entries.filter(({ error }) => error !== undefined)
      expect([failed?.target, failed?.state, more]).toEqual([failing, 'active', []])
      expect(entries.filter(({ state }) => state === 'released')).toHaveLength(4)
      expect(ended.stderr).toContain(failing)
      for (const other of others) expect(ended.stderr).not.toContain(`error: ${other}`)
      expect(releasesOf(pim)).toEqual(others.toSorted())
      expect(await activeOf(pim)).toEqual([[failing, 'active']])
    },
  )

  test('and once more gives back the fifth, and nothing twice', async () => {
    const pim = await fiveActive()
    refuse(pim, 403)
    expect((await pim.run('release --all')).code).toBe(3)
    const again = await pim.run('release --all --json')
    expect(again.code).toBe(0)
    expect(elevationsIn(again.stdout)).toMatchObject([
      { target: failing, state: 'released', changed: true },
    ])
    expect(releasesOf(pim)).toEqual([failing, ...others].toSorted())
    expect(await activeOf(pim)).toEqual([])
    expect((await pim.run('release --all')).stderr).toBe('pim: No active elevations\n')
  })
})

describe('what was activated elsewhere', () => {
  /** Another machine of the same person has it active. */
  async function elsewhere(): Promise<Pim> {
    const pim = await startPim()
    await pim.signIn()
    const env = { PIM_HOME: `${pim.folder}/other` }
    await pim.run('login azure --quiet', { env })
    expect((await pim.run(['elevate', failing, '-j', 'incident 7'], { env })).code).toBe(0)
    pim.advance(minutes(6))
    return pim
  }

  test('is given back by `--all` too, with a record here', async () => {
    const pim = await elsewhere()
    expect(await pim.run('release --all')).toMatchObject({ code: 0 })
    expect(releasesOf(pim)).toEqual([failing])
    expect((await pim.run('list --active --refresh --json')).stdout).not.toContain(failing)
  })

  test('is not taken for nothing where the provider cannot be asked', async () => {
    const pim = await elsewhere()
    pim.sandbox.tenant.fail({ surface: 'graph', status: 403, times: 99 })
    const { code, stderr, stdout } = await pim.run('release --all --json')
    expect(code).toBe(3)
    expect(stderr).not.toContain('No active')
    const { errors } = JSON.parse(stdout) as { errors: { provider: string }[] }
    expect(errors.map(({ provider }) => provider)).toContain('group')
  })
})
