import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { openSignedIn, type TenantCloud } from './tenant.ts'
import { hasCommands, requirePart } from './parts.ts'
import { Terminal } from './terminal.ts'

const rows = [
  ['azure', 'azure:payments-dev/Contributor', 'Contributor'],
  ['entra', 'entra:conditional-access-administrator', 'Conditional Access Administrator'],
  ['group', 'group:sec-ops@owner', 'owner'],
] as const
const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

/** Bob, who decides, with a home of his own. */
async function openBob(cloud: TenantCloud) {
  const env = { PIM_HOME: join(cloud.folder, 'bob'), PIM_SANDBOX_PERSON: 'bob' }
  expect((await cloud.run(['login', 'azure', '--quiet'], env)).code).toBe(0)
  const run = (words: readonly string[]) => cloud.run(words, env)
  return { env, run }
}

async function ask(cloud: TenantCloud, target: string): Promise<string> {
  const words = ['elevate', target, '-j', 'restart the queue', '-d', '2h', '-t', 'OPS-1']
  expect((await cloud.run(words)).code).toBe(5)
  return cloud.tenant.requests.at(-1)?.id ?? ''
}

describe.concurrent.each(rows)('%s', (kind, target, role) => {
  test('an approver is shown who asks for what, for how long and why', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    const json = await bob.run(['requests', '--to-approve', '--json'])
    expect(JSON.parse(json.stdout).requests).toMatchObject([
      {
        id,
        target,
        duration: 'PT2H',
        justification: 'restart the queue',
        requester: { name: 'alice@sandbox.example' },
      },
    ])
    const { stdout } = await bob.run(['requests', '--to-approve'])
    expect(stdout).toMatch(/\b2h\b/)
    expect(stdout).toContain('alice@sandbox.example')
  })

  test('a decision by id names the role as the list does, and so does the log', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    if (kind === 'entra') {
      // One request is told without the names of its person and its role.
      const bare = { status: 400, code: 'BadRequest', times: 1 }
      cloud.tenant.fail({ surface: 'graph', operation: 'read-role-request', ...bare })
    }
    const { code, stderr } = await bob.run(['approve', id, '-j', 'go on'])
    expect(code).toBe(0)
    expect(stderr).toContain(`alice@sandbox.example asks for \`${target}\` (${role}) for 2h`)
    expect(stderr).toContain(`approved request ${id} for \`${target}\``)
    const { stdout } = await bob.run(['audit', '--json'])
    expect(JSON.parse(stdout).records).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          event: 'approval.approved',
          target,
          requester: 'alice@sandbox.example',
        }),
      ]),
    )
  })

  test('a decision whose answer is lost is looked up: made once, and on record', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    const operation = { azure: 'decide', entra: 'decide-role', group: 'decide-group' }[kind]
    const surface = kind === 'azure' ? 'arm' : 'graph'
    cloud.tenant.fail({ surface, operation, drop: 'unanswered' })
    expect((await bob.run(['approve', id, '-j', 'go on'])).code).toBe(0)
    expect(cloud.tenant.requests.at(-1)?.decisions).toHaveLength(1)
    const { stdout } = await bob.run(['audit', '--json', '--event', 'approval.approved'])
    expect(JSON.parse(stdout).records).toHaveLength(1)
  })

  test('a cancellation whose answer is lost is looked up: cancelled, and on record', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const surface = kind === 'azure' ? 'arm' : 'graph'
    cloud.tenant.fail({ surface, path: '/cancel', drop: 'unanswered' })
    expect((await cloud.run(['cancel', id])).code).toBe(0)
    expect(cloud.tenant.requests.at(-1)?.canceledAt).toBeDefined()
    expect(cloud.records().at(-1)?.event).toBe('elevation.canceled')
    expect(JSON.parse((await cloud.run(['status', '--json'])).stdout).elevations).toEqual([])
  })

  test('what is decided is not decided again: by whom and when, exit code 3', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    expect((await bob.run(['approve', id, '-j', 'go on'])).code).toBe(0)
    const { code, stderr } = await bob.run(['deny', id, '-j', 'go on'])
    expect(code).toBe(3)
    expect(stderr).toMatch(
      new RegExp(`request ${id} was already approved by bob@sandbox\\.example at .+`),
    )
  })

  test('an approver who waits for it does not get it among their own', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    const own = async () => JSON.parse((await bob.run(['status', '--json'])).stdout).elevations
    const open = await bob.run(['wait', id, '--timeout', '1s', '--approval-timeout', '1s'])
    expect([open.code, await own()]).toEqual([5, []])
    const stages = cloud.tenant.requests.at(-1)?.eligibility.policy.approvalStages ?? []
    for (const _stage of stages) cloud.tenant.decide(id, 'approve')
    await bob.run(['wait', id, '--wait', 'active', '--timeout', '20s'])
    expect(await own()).toEqual([])
    const { stdout } = await cloud.run(['status', '--refresh', '--json'])
    expect(JSON.parse(stdout).elevations).toMatchObject([{ target, state: 'active' }])
  })

  test('without a reason and without a terminal nothing is asked and nothing decided', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    const { code, stderr } = await bob.run(['deny', id])
    expect([code, stderr.includes('a justification is needed')]).toEqual([2, true])
  })

  test.skipIf(!hasTmux)('the request is shown before the question why', async () => {
    await using cloud = await openSignedIn()
    const id = await ask(cloud, target)
    const bob = await openBob(cloud)
    const terminal = new Terminal({ folder: cloud.folder, env: { ...cloud.env, ...bob.env } })
    terminal.run(`pim approve ${id}`)
    const screen = await terminal.shows('Why do you approve?')
    const question = screen.indexOf('Why do you approve?')
    for (const shown of ['alice@sandbox.example asks for', target, 'for 2h', 'restart the queue']) {
      expect([shown, screen.indexOf(shown) >= 0, screen.indexOf(shown) < question]).toEqual([
        shown,
        true,
        true,
      ])
    }
    terminal.type('go on')
    await terminal.exits(0)
    terminal.close()
  })
})
