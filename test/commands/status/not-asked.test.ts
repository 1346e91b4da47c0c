import { describe, expect, test } from 'vitest'
import { startPim, type Pim } from '../../pim.ts'

const oneOfEach = [
  'azure:payments-prod/Contributor',
  'entra:user-administrator',
  'group:sec-ops',
] as const

async function active(targets: readonly string[] = oneOfEach): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  const { code } = await pim.run(['elevate', ...targets, '-j', 'why', '--wait', 'active'])
  expect(code).toBe(0)
  return pim
}

async function bobSignsIn(pim: Pim): Promise<void> {
  const env = { PIM_SANDBOX_PERSON: 'bob' }
  expect((await pim.run('login azure --quiet', { env })).code).toBe(0)
}

interface NotAsked {
  readonly provider: string
  readonly reason: string
  readonly identity?: { readonly name: string }
  readonly targets: readonly string[]
}

async function notAsked(pim: Pim, argv: string) {
  const all = (JSON.parse((await pim.run(`${argv} --json`)).stdout) as { notAsked: NotAsked[] })
    .notAsked
  return all.map(({ provider, reason, identity, targets }) => [
    provider,
    reason,
    identity?.name,
    targets,
  ])
}

const each = (reason: string) =>
  oneOfEach.map((target) => [target.split(':')[0], reason, 'alice@sandbox.example', [target]])

describe('`list --active` does not say that nothing is active', () => {
  test('where alice is signed out, whose elevations these are', async () => {
    const pim = await active()
    await pim.run('logout')
    expect(await pim.says('list --active')).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: warning: not shown: 3 elevations of alice@sandbox.example in Sandbox; \`pim status\` shows all accounts
      pim: not listed: azure, entra, group; \`pim login azure\` signs in to Microsoft
      pim: No active targets in aws"
    `)
    expect(await notAsked(pim, 'list --active')).toEqual(each('not-signed-in'))
    // Also under `--quiet`, and where one provider is asked for.
    expect((await pim.run('list --active -q')).stderr).toContain('not shown: 3 elevations of alice')
    expect(await notAsked(pim, 'list --active --provider group')).toEqual(
      each('not-signed-in').slice(2),
    )
  })

  test('where bob is signed in now', async () => {
    const pim = await active()
    await bobSignsIn(pim)
    expect(await pim.says('list --active')).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: azure, entra, group: targets of bob@sandbox.example in Sandbox
      pim: warning: not shown: 3 elevations of alice@sandbox.example in Sandbox; \`pim status\` shows all accounts
      pim: No active targets in aws, azure, entra, group for bob@sandbox.example in Sandbox"
    `)
    expect(await notAsked(pim, 'list --active')).toEqual(each('other-account'))
    expect(await notAsked(pim, 'list')).toEqual(each('other-account'))
  })
})

test('`list --active` says it where everything was asked', async () => {
  const pim = await startPim()
  await pim.signIn()
  expect((await pim.run('list --active')).stderr).toContain('pim: No active targets\n')
  expect(await notAsked(pim, 'list --active')).toEqual([])
})

test('`list --active` shows what is active below a target, and by its ARN', async () => {
  const below = 'azure:payments-prod/rg-web/Contributor'
  const pim = await active([below, 'arn:aws:iam::123456789012:role/Admin'])
  const { stdout } = await pim.run('list --active --json')
  const { targets } = JSON.parse(stdout) as { targets: { target: string; state: string }[] }
  expect(targets.map(({ target, state }) => [target, state])).toEqual([
    ['aws:123456789012/Admin', 'active'],
    [below, 'active'],
  ])
})

describe('`requests` names the requests of another account', () => {
  const target = 'group:sec-ops@owner'

  async function asked(): Promise<Pim> {
    const pim = await startPim()
    await pim.signIn()
    expect((await pim.run(['elevate', target, '-j', 'why'])).code).toBe(5)
    await bobSignsIn(pim)
    return pim
  }

  test('that is not in use', async () => {
    const pim = await asked()
    expect(await pim.says('requests')).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: warning: not shown: 1 request of alice@sandbox.example in Sandbox; \`pim status\` shows all accounts
      pim: No open requests for bob@sandbox.example in Sandbox"
    `)
    expect(await notAsked(pim, 'requests')).toEqual([
      ['group', 'other-account', 'alice@sandbox.example', [target]],
    ])
    expect(await notAsked(pim, 'requests --to-approve')).toEqual([])
  })
})

test('`release --all` says what it could not ask', async () => {
  const pim = await startPim()
  expect(await pim.says('release --all')).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: No active elevations from this machine. Not signed in to azure, entra, group"
  `)
  expect(await notAsked(pim, 'release --all')).toEqual(
    ['azure', 'entra', 'group'].map((provider) => [provider, 'not-signed-in', undefined, []]),
  )
})
