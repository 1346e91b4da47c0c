import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import type { AuditRecord } from '../../src/core/audit/audit.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, start, until, type Cloud, type Running, type StartOptions } from './pim.ts'
import { Terminal } from './terminal.ts'

const tenantChild = fileURLToPath(new URL('tenant-child.ts', import.meta.url))
const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

type Pim = (words: readonly string[], options?: StartOptions) => Running

/** A tenant in a process that can be killed, alice who asks, and bob who decides, each with a home and a log. */
interface Office extends AsyncDisposable {
  readonly alice: Pim
  readonly bob: Pim
  readonly aliceEnv: Readonly<Record<string, string>>
  readonly records: (person: 'alice' | 'bob') => readonly AuditRecord[]
  readonly killTenant: () => Promise<void>
  readonly startTenant: () => Promise<void>
}

async function openOffice(): Promise<Office & { readonly cloud: Cloud }> {
  const cloud = await openCloud()
  let tenant: Running | undefined
  let environment: Readonly<Record<string, string>> = {}
  const startTenant = async () => {
    tenant = start(process.execPath, [tenantChild, cloud.folder], {
      env: cloud.env,
      limitSeconds: 100,
    })
    let out = ''
    tenant.child.stdout?.on('data', (text) => (out += String(text)))
    await tenant.says('environment')
    await until('the whole line', () => out.endsWith('\n'))
    environment = JSON.parse(out).environment
  }
  const killTenant = async () => {
    tenant?.child.kill('SIGKILL')
    await tenant?.ended
  }
  await startTenant()
  const bobHome = join(cloud.folder, 'bob')
  const as =
    (own: Readonly<Record<string, string>>): Pim =>
    (words, options = {}) =>
      cloud.startPim(words, { ...options, env: { ...environment, ...own, ...options.env } })
  const alice = as({})
  const bob = as({ PIM_HOME: bobHome, PIM_SANDBOX_PERSON: 'bob' })
  for (const person of [alice, bob]) {
    expect((await person(['login', 'azure', '--quiet']).ended).code).toBe(0)
  }
  return {
    cloud,
    alice,
    bob,
    aliceEnv: { ...cloud.env, ...environment },
    records: (person) => cloud.records(person === 'bob' ? bobHome : undefined),
    killTenant,
    startTenant,
    [Symbol.asyncDispose]: async () => {
      await killTenant()
      await cloud[Symbol.asyncDispose]()
    },
  }
}

const targets = ['azure:payments-dev/Contributor', 'group:sec-ops@owner'] as const

async function waitingRequest({ bob }: Office): Promise<string> {
  let id: string | undefined
  await until('the request', async () => {
    const { out } = await bob(['requests', '--to-approve', '--json']).ended
    id = (JSON.parse(out) as { requests: { id: string }[] }).requests[0]?.id
    return id !== undefined
  })
  return id ?? ''
}

const ask = (target: string) =>
  ['elevate', target, '-j', 'restart the queue', '--approval-timeout', '10m', '--json'] as const

/** Far more than a pause between two questions takes, also on a busy machine: nobody waits for ten minutes. */
const soonMs = 90_000

describe.concurrent.each(targets)('two shells, one request for %s', (target) => {
  test('approved in the other: the first returns 0 soon', async () => {
    await using office = await openOffice()
    const asking = office.alice(ask(target))
    const id = await waitingRequest(office)
    expect((await office.bob(['approve', id, '-j', 'go on']).ended).code).toBe(0)
    const approved = performance.now()
    const { code, out } = await asking.ended
    const milliseconds = Math.round(performance.now() - approved)
    console.log(`${target}: ${milliseconds} ms after the approval`)
    expect([code, milliseconds < soonMs]).toEqual([0, true])
    expect(JSON.parse(out).elevations).toMatchObject([{ target, state: 'active', changed: true }])
  })

  test('denied in the other: exit code 3, and the reason is in both logs', async () => {
    await using office = await openOffice()
    const asking = office.alice(ask(target))
    const id = await waitingRequest(office)
    expect((await office.bob(['deny', id, '-j', 'not on a Friday']).ended).code).toBe(0)
    const { code, err } = await asking.ended
    expect([code, err.includes('not on a Friday')]).toEqual([3, true])
    expect(office.records('alice').at(-1)).toMatchObject({
      event: 'elevation.denied',
      reason: 'not on a Friday',
    })
    expect(office.records('bob').at(-1)).toMatchObject({
      event: 'approval.denied',
      justification: 'not on a Friday',
    })
  })

  test('survives that the tenant is killed and started again in the middle', async () => {
    await using office = await openOffice()
    const asking = office.alice(ask(target))
    const id = await waitingRequest(office)
    await office.killTenant()
    // Long enough that it is asked in vain.
    await new Promise((resolve) => setTimeout(resolve, 8000))
    expect(asking.child.exitCode).toBeNull()
    await office.startTenant()
    expect((await office.bob(['approve', id, '-j', 'go on']).ended).code).toBe(0)
    const { code, out } = await asking.ended
    expect(code).toBe(0)
    expect(JSON.parse(out).elevations).toMatchObject([{ target, state: 'active' }])
    const events = office.records('alice').map(({ event }) => event)
    expect(events).toEqual(['elevation.requested', 'elevation.pending', 'elevation.active'])
  })
})

describe.skipIf(!hasTmux).concurrent('a person who leaves while an approver is waited for', () => {
  const target = 'group:sec-ops@owner'
  const line = `pim elevate ${target} -j "restart the queue"`
  const question = 'Keep request'

  async function leaving(more = '') {
    const office = await openOffice()
    const terminal = new Terminal({ ...office.cloud, env: office.aliceEnv })
    terminal.run(`${line}${more}`)
    await terminal.shows('waits for')
    const id = await waitingRequest(office)
    terminal.press('C-c')
    return { office, terminal, id }
  }

  const last = ({ records }: Office) => records('alice').at(-1)?.event

  test('is asked, and keeps the request, which is waited for in another shell', async () => {
    const { office: opened, terminal, id } = await leaving()
    await using office = opened
    await terminal.shows(question)
    terminal.press('Enter')
    await terminal.exits(130)
    terminal.close()
    expect(last(office)).toBe('elevation.pending')
    const waiting = office.alice(['wait', id])
    expect((await office.bob(['approve', id, '-j', 'go on']).ended).code).toBe(0)
    expect((await waiting.ended).code).toBe(0)
    expect(last(office)).toBe('elevation.active')
  })

  test('is asked, and withdraws it', async () => {
    const { office: opened, terminal, id } = await leaving()
    await using office = opened
    await terminal.shows(question)
    terminal.type('n')
    await terminal.exits(130)
    terminal.close()
    expect(last(office)).toBe('elevation.canceled')
    expect((await office.bob(['approve', id, '-j', 'go on']).ended).code).not.toBe(0)
  })

  test.each([
    ['cancel', 'elevation.canceled'],
    ['keep', 'elevation.pending'],
  ])('is not asked with --on-interrupt %s', async (what, event) => {
    const { office: opened, terminal } = await leaving(` --on-interrupt ${what}`)
    await using office = opened
    expect(await terminal.exits(130)).not.toContain(question)
    terminal.close()
    expect(last(office)).toBe(event)
  })

  test('and who decides picks among what waits', async () => {
    await using office = await openOffice()
    const both = ['azure:payments-dev/Contributor', target]
    const asking = office.alice(['elevate', ...both, '-j', 'restart', '--approval-timeout', '10m'])
    await until('both', async () => {
      const { out } = await office.bob(['requests', '--to-approve', '--json']).ended
      return (JSON.parse(out) as { requests: unknown[] }).requests.length === 2
    })
    const env = { ...office.aliceEnv, PIM_HOME: join(office.cloud.folder, 'bob') }
    const terminal = new Terminal({ ...office.cloud, env: { ...env, PIM_SANDBOX_PERSON: 'bob' } })
    terminal.run('pim approve')
    await terminal.shows('type to filter')
    terminal.press('Space', 'Down', 'Space', 'Enter')
    await terminal.shows('Why do you approve?')
    terminal.type('go on')
    await terminal.exits(0)
    terminal.close()
    expect((await asking.ended).code).toBe(0)
    const decided = office.records('bob').filter(({ event }) => event === 'approval.approved')
    expect(decided.map(({ target: what }) => String(what)).toSorted()).toEqual(both.toSorted())
  })
})
