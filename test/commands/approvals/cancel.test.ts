import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startPim } from '../../pim.ts'

const targets = [
  'azure:payments-dev/Contributor',
  'entra:conditional-access-administrator',
  'group:sec-ops@owner',
] as const

async function asked(target: string) {
  const pim = await startPim()
  await pim.signIn()
  expect((await pim.run(['elevate', target, '-j', 'why'])).code).toBe(5)
  const id = pim.sandbox.tenant.requests.at(-1)?.id ?? ''
  const as = async (person: string, home = person) => {
    const env = { PIM_HOME: join(pim.folder, home), PIM_SANDBOX_PERSON: person }
    const run = (...argv: readonly string[]) => pim.run(argv, { env })
    expect((await run('login', 'azure', '--quiet')).code).toBe(0)
    return run
  }
  return { pim, id, as }
}

describe.each(targets)('a request for %s', (target) => {
  const belongs = 'belongs to alice@sandbox.example in Sandbox; only that account can cancel it'

  test('is not its approver’s to cancel, but to deny', async () => {
    const { id, as, pim } = await asked(target)
    const bob = await as('bob')
    const { code, stderr } = await bob('cancel', id)
    expect([code, stderr]).toEqual([3, expect.stringContaining(`request ${id} ${belongs}`)])
    expect(stderr).toContain(`\`pim deny ${id} -j "…"\``)
    expect(pim.sandbox.tenant.requests.at(-1)?.canceledAt).toBeUndefined()
  })

  test.each(['bob', 'carol'])(
    'made elsewhere is cancelled by alice alone, not as %s who is in use here',
    async (person) => {
      const { id, as, pim } = await asked(target)
      await as('alice', 'here')
      const here = await as(person, 'here')
      const { code, stderr } = await here('cancel', id)
      expect([code, stderr]).toEqual([3, expect.stringContaining(`request ${id} ${belongs}`)])
      expect(pim.sandbox.tenant.requests.at(-1)?.canceledAt).toBeUndefined()
      const [, line = ''] = /`pim (cancel [^`]+)`/.exec(stderr) ?? []
      expect((await here(...line.split(' '))).code).toBe(0)
      expect(pim.sandbox.tenant.requests.at(-1)?.canceledAt).toBeDefined()
    },
  )

  test('made here is not cancelled as another account that was named', async () => {
    const { id, pim } = await asked(target)
    await pim.run(['login', 'azure', '--quiet'], { env: { PIM_SANDBOX_PERSON: 'bob' } })
    const { code, stderr } = await pim.run(['cancel', id, '--account', 'bob@sandbox.example'])
    expect([code, stderr]).toEqual([3, expect.stringContaining(belongs)])
    expect((await pim.run(['cancel', id])).code).toBe(0)
  })
})
