import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hours } from '../../core/sample-elevations.ts'
import { startPim } from '../../pim.ts'

/** A request of alice's that waits for bob, who is at another machine. */
async function waiting(target: string) {
  const pim = await startPim()
  await pim.signIn()
  const env = { PIM_HOME: join(pim.folder, 'bob'), PIM_SANDBOX_PERSON: 'bob' }
  const bob = (...argv: readonly string[]) => pim.run(argv, { env })
  expect((await bob('login', 'azure', '--quiet')).code).toBe(0)
  expect((await pim.run(['elevate', target, '-j', 'why'])).code).toBe(5)
  return { pim, bob, id: pim.sandbox.tenant.requests.at(-1)?.id ?? '' }
}

const targets = [
  'azure:payments-dev/Contributor',
  'azure:payments-prod/Queue Operator',
  'entra:conditional-access-administrator',
  'group:vault-keepers',
  'group:sec-ops@owner',
] as const

type Office = Awaited<ReturnType<typeof waiting>>

const ends: readonly (readonly [string, (office: Office) => unknown, string])[] = [
  ['approved', ({ bob, id }) => bob('approve', id, '-j', 'go on'), 'already approved by bob@'],
  ['denied', ({ bob, id }) => bob('deny', id, '-j', 'no'), 'already denied by bob@'],
  ['decided elsewhere', ({ pim, id }) => pim.sandbox.tenant.decide(id, 'deny'), 'already denied'],
]

describe.each(targets)('%s', (target) => {
  test.each(ends)('%s before: by whom and when', async (_, end, says) => {
    const office = await waiting(target)
    await end(office)
    office.pim.advance(hours(0.05))
    for (const verb of ['approve', 'deny']) {
      const { code, stderr } = await office.bob(verb, office.id, '-j', 'go on')
      expect(code).toBe(3)
      expect(stderr).toContain(`request ${office.id} was ${says}`)
      expect(stderr).toMatch(/ at \d\d:\d\d \(3m ago\)\n/)
    }
  })

  test('cancelled before', async () => {
    const { pim, bob, id } = await waiting(target)
    await pim.run(['cancel', id])
    const { code, stderr } = await bob('approve', id, '-j', 'go on')
    expect(code).toBe(3)
    // Nothing but the approval of an Azure role is shown to its approver then.
    const says = target.startsWith('azure:') ? 'closed without a decision' : 'cancelled'
    expect(stderr).toContain(`request ${id} was ${says}`)
    expect(stderr).toMatch(/cancelled/)
  })

  test('expired before', async () => {
    const { pim, bob, id } = await waiting(target)
    pim.advance(hours(25))
    const { code, stderr } = await bob('deny', id, '-j', 'go on')
    expect(code).toBe(3)
    expect(stderr).toContain(`request ${id} expired before an approver decided`)
  })
})
