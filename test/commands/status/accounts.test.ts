import { describe, expect, test } from 'vitest'
import { minutes } from '../../core/sample-elevations.ts'
import { startPim, type Pim } from '../../pim.ts'

const alice = 'alice@sandbox.example'
const bob = 'bob@sandbox.example'
const oneOfEach = [
  'azure:payments-prod/Contributor',
  'entra:user-administrator',
  'group:sec-ops',
] as const

/** Alice holds one of each, and a session of AWS is active. */
async function active(): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  const words = ['elevate', ...oneOfEach, 'aws:sandbox-admin', '-j', 'why', '--wait', 'active']
  expect((await pim.run(words)).code).toBe(0)
  return pim
}

async function bobSignsIn(pim: Pim): Promise<void> {
  const env = { PIM_SANDBOX_PERSON: 'bob' }
  expect((await pim.run('login azure --quiet', { env })).code).toBe(0)
}

describe('`pim status` of one account names what the others hold', () => {
  test('in words, and in `notAsked`', async () => {
    const pim = await active()
    await bobSignsIn(pim)
    expect(await pim.says(`status --account ${bob}`)).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: No active elevations of bob@sandbox.example from this machine
      pim: not shown: 1 elevation of user/alice in 123456789012; \`pim status\` shows all accounts
      pim: not shown: 3 elevations of alice@sandbox.example in Sandbox; \`pim status\` shows all accounts"
    `)
    const { elevations, notAsked } = JSON.parse(
      (await pim.run(`status --account ${bob} --json`)).stdout,
    ) as { elevations: unknown[]; notAsked: { targets: string[] }[] }
    expect(elevations).toEqual([])
    expect(notAsked.flatMap(({ targets }) => targets).toSorted()).toEqual(
      ['aws:sandbox-admin', ...oneOfEach].toSorted(),
    )
  })

  test('and says nothing of them where it shows all', async () => {
    const pim = await active()
    await bobSignsIn(pim)
    expect((await pim.run('status')).stderr).toBe('')
    expect(JSON.parse((await pim.run('status --json')).stdout)).not.toHaveProperty('notAsked')
  })

  test('as does `release --all`', async () => {
    const pim = await active()
    await bobSignsIn(pim)
    pim.advance(minutes(6))
    expect(await pim.says(`release --all --account ${bob}`)).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: No active elevations of bob@sandbox.example
      pim: not released: 1 elevation of user/alice in 123456789012; \`pim status\` shows all accounts
      pim: not released: 3 elevations of alice@sandbox.example in Sandbox; \`pim status\` shows all accounts"
    `)
    expect(pim.records().map(({ event }) => event)).not.toContain('elevation.released')
  })

  test('`--watch` shows no other account either', async () => {
    const pim = await active()
    await bobSignsIn(pim)
    const { stdout } = await pim.run(`status --watch --json --account ${bob}`, {
      interruptWhen: ({ stdout: said }) => said.includes('\n'),
    })
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ elevations: [] })
  })
})

describe.each(oneOfEach)('`pim status --check %s`', (target) => {
  const check = (pim: Pim) => pim.run(['status', '--check', target])

  test('is 0 for the account in use, and 1 for another', async () => {
    const pim = await active()
    expect(await check(pim)).toEqual({ code: 0, stdout: '', stderr: '' })
    await bobSignsIn(pim)
    expect(await check(pim)).toEqual({ code: 1, stdout: '', stderr: '' })
  })

  test.each([['nobody'], ['bob']])(
    'is 6 where its holder has signed out, and %s is in',
    async (who) => {
      const pim = await active()
      await pim.run('logout')
      if (who === 'bob') await bobSignsIn(pim)
      const { code, stdout, stderr } = await check(pim)
      expect([code, stdout]).toEqual([6, ''])
      expect(stderr).toContain(`pim could not check \`${target}\`: ${alice} in Sandbox holds this`)
      expect(stderr).toContain('pim login azure')
    },
  )

  test('is 6 where the provider does not answer', async () => {
    const pim = await active()
    for (const surface of ['arm', 'graph'] as const) {
      pim.sandbox.tenant.fail({ surface, status: 403, times: 99 })
    }
    // For half a minute the last answer counts.
    expect(await check(pim)).toMatchObject({ code: 0, stdout: '' })
    pim.advance(minutes(1))
    expect(await check(pim)).toMatchObject({ code: 6, stdout: '' })
  })
})
