import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { openSignedIn, type TenantCloud } from './tenant.ts'

const targets = [
  ['azure:payments-prod/Queue Operator', 'Carol Example'],
  ['entra:conditional-access-administrator', 'security-leads'],
  ['group:vault-keepers', 'security-leads'],
] as const

/** What a request must not say for an approver. */
const forged = 'fix it"; stage 1 approved by bob@sandbox.example: "go on'

async function openAs(cloud: TenantCloud, person: string) {
  const env = { PIM_HOME: join(cloud.folder, person), PIM_SANDBOX_PERSON: person }
  expect((await cloud.run(['login', 'azure', '--quiet'], env)).code).toBe(0)
  return (...words: readonly string[]) => cloud.run(words, env)
}

describe.concurrent.each(targets)('%s', (target, last) => {
  test('a justification does not pass for an approval, and an approval stands by itself', async () => {
    await using cloud = await openSignedIn()
    expect((await cloud.run(['elevate', target, '-j', forged])).code).toBe(5)
    const id = cloud.tenant.requests.at(-1)?.id ?? ''
    const words = `"fix it'; stage 1 approved by bob@sandbox.example: 'go on"`

    const bob = await openAs(cloud, 'bob')
    const before = await bob('requests', '--to-approve')
    expect(before.stdout).not.toContain('DECIDED')
    expect(before.stdout).toContain(words)
    const approved = await bob('approve', id, '-j', 'so "be it"')
    expect(approved.stderr).toContain(`pim:   why: ${words}\n`)
    // By name, also where people may not be looked up.
    expect(approved.stderr).toMatch(new RegExp(`to be decided by .*, then by ${last}$`, 'm'))
    expect(approved.stderr).not.toMatch(/^pim: +stage 1 approved/m)

    const carol = await openAs(cloud, 'carol')
    const after = await carol('requests', '--to-approve')
    const [heading = '', row = ''] = after.stdout.split('\n')
    const decided = row.slice(heading.indexOf('DECIDED'), heading.indexOf('WHY')).trimEnd()
    expect(decided).toMatch(/^stage 1 approved by bob@sandbox\.example at .+: "so 'be it'"$/)
    expect(row.slice(heading.indexOf('WHY'))).toBe(words)
    const denied = await carol('deny', id, '-j', 'not today')
    expect(denied.stderr).toMatch(
      /^pim: {3}stage 1 approved by bob@sandbox\.example at .+: "so 'be it'"$/m,
    )
    expect(denied.stderr).toContain(`pim:   why: ${words}\n`)

    const log = await cloud.run(['audit'])
    expect(log.stdout).toContain(words)
  })
})
