import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { seconds } from '../../src/core/time/duration.ts'
import { until, type Ended, type StartOptions } from './pim.ts'
import { startRecorder } from './recorder.ts'
import { openSignedIn, openStand, type Stand } from './fixture.ts'

const azure = 'azure:payments-prod/Contributor'
const entra = 'entra:user-administrator'
const everything = [azure, entra, 'group:sec-ops']

/** A stand whose elevations were confirmed so long ago that a provider would be asked again. */
async function openElevated(targets: readonly string[], tokenLifetime?: number): Promise<Stand> {
  const stand = await openSignedIn(...(tokenLifetime === undefined ? [] : [seconds(tokenLifetime)]))
  for (const target of targets) {
    expect((await stand.pim(['elevate', target, '-j', 'why', '--wait', 'active'])).code).toBe(0)
  }
  forgetConfirmations(stand)
  return stand
}

const folderOf = ({ folder }: Stand) => join(folder, 'pim', 'state', 'elevations')

function forgetConfirmations(stand: Stand): void {
  for (const name of readdirSync(folderOf(stand))) {
    const path = join(folderOf(stand), name)
    const text = readFileSync(path, 'utf8')
    const old = new Date(Date.now() - 300_000).toISOString()
    writeFileSync(path, text.replaceAll(/"confirmedAt": ?"[^"]+"/g, `"confirmedAt":"${old}"`))
  }
}

/** All of the tenant's answers wait for longer than any test. */
function stall({ tenant }: Stand): void {
  for (const surface of ['arm', 'graph', 'authority'] as const) {
    tenant.fail({ surface, delayMs: 600_000, times: 1000 })
  }
}

interface Entry {
  readonly target: string
  readonly state: string
  readonly confirmedAt?: string
  readonly error?: { readonly code: string; readonly exitCode: number }
}

const entriesOf = ({ out }: Ended): readonly Entry[] =>
  (JSON.parse(out) as { elevations: Entry[] }).elevations

/** Ends though nothing would ever answer; how long a start takes here is no matter of the limit. */
async function endsSoon(stand: Stand, words: readonly string[], options: StartOptions = {}) {
  const ended = await stand.pim(words, { ...options, limitSeconds: 60 })
  expect([words, ended.signal]).toEqual([words, null])
  return ended
}

function expectCached(ended: Ended, targets: readonly string[]): void {
  expect([ended.code, ended.signal]).toEqual([0, null])
  const entries = entriesOf(ended)
  expect(entries.map(({ target }) => target).toSorted()).toEqual([...targets].toSorted())
  for (const entry of entries) {
    expect(entry).toMatchObject({
      state: 'active',
      confirmedAt: expect.stringMatching(/Z$/),
      error: { code: 'no-answer-in-time', exitCode: 6 },
    })
  }
}

describe.concurrent('`pim status` waits two seconds for', () => {
  test('a tenant that answers nothing, and shows what it knows, as of when', async () => {
    await using stand = await openElevated(everything)
    stall(stand)
    expectCached(await endsSoon(stand, ['status', '--json']), everything)
    const { code, out, err } = await endsSoon(stand, ['status'])
    expect([code, out.trim().split('\n').length]).toEqual([0, everything.length + 1])
    const lines = err.trim().split('\n')
    expect(lines).toHaveLength(everything.length)
    for (const line of lines) {
      expect(line).toMatch(
        /^pim: warning: `.+`: no answer within 2s; cached \dm ago, `--refresh` reloads$/,
      )
    }
  })

  test('a sign-in that must be renewed first', async () => {
    await using stand = await openElevated([entra], 20)
    stand.tenant.fail({ surface: 'authority', delayMs: 600_000, times: 1000 })
    stand.tenant.revokeTokens()
    expectCached(await endsSoon(stand, ['status', '--json']), [entra])
  })

  test('one that answers late alone: the others are shown as they are now', async () => {
    await using stand = await openElevated([azure, entra])
    stand.tenant.fail({ surface: 'arm', delayMs: 600_000, times: 1000 })
    // On a busy machine the other may be late as well, once.
    await until('one that is shown as it is now', async () => {
      const ended = await endsSoon(stand, ['status', '--json'])
      const byTarget = new Map(entriesOf(ended).map((entry) => [entry.target, entry]))
      expect(byTarget.get(azure)?.error?.code).toBe('no-answer-in-time')
      const { error, confirmedAt = '' } = byTarget.get(entra) ?? {}
      return error === undefined && Date.parse(confirmedAt) > Date.now() - 120_000
    })
  })

  test('all of it under --check, which takes no memory for an answer', async () => {
    await using stand = await openElevated([azure])
    stall(stand)
    const ended = await endsSoon(stand, ['status', '--check', azure])
    expect([ended.code, ended.out]).toEqual([6, ''])
    expect(ended.err).toContain(`${azure}: no answer within 2s`)
    const other = await endsSoon(stand, ['status', '--check', entra])
    expect([other.out, [1, 6].includes(other.code ?? 0)]).toEqual(['', true])
  })

  test('and with --refresh for as long as it takes', async () => {
    await using stand = await openElevated([azure])
    stand.tenant.fail({ surface: 'arm', delayMs: 5000, times: 1 })
    const ended = await endsSoon(stand, ['status', '--refresh', '--json'])
    expect(ended.milliseconds).toBeGreaterThan(5000)
    const [entry] = entriesOf(ended)
    expect(entry?.error).toBeUndefined()
    expect(Date.parse(entry?.confirmedAt ?? '')).toBeGreaterThan(Date.now() - 120_000)
  })
})

/** A token such as `az` has, from another sign-in of alice's on another machine. */
async function tokenForArm({ tenant, folder, pim }: Stand): Promise<string> {
  await using recorder = await startRecorder(tenant, folder)
  const env = { ...recorder.env, PIM_HOME: join(folder, 'elsewhere') }
  await pim(['login', 'azure', '--quiet'], { env })
  await pim(['list', '--provider', 'azure'], { env })
  return [...(recorder.secrets().get('access_token') ?? [])].at(-1) ?? ''
}

test('`pim status` does not wait for an Azure CLI that hangs', async () => {
  await using stand = await openStand()
  const bin = join(stand.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'azureProfile.json'), '{"subscriptions":[{"id":"1"}]}')
  const answer = `{"accessToken":"${await tokenForArm(stand)}","expires_on":${Math.floor(Date.now() / 1000) + 3600},"tokenType":"Bearer"}`
  const az = (script: string): void => {
    writeFileSync(join(bin, 'az'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, 'az'), 0o755)
  }
  const env = { PATH: `${bin}:${stand.env['PATH'] ?? ''}`, AZURE_CONFIG_DIR: bin }
  az(`echo '${answer}'`)
  const { code } = await stand.pim(['elevate', azure, '-j', 'why', '--wait', 'active'], { env })
  expect(code).toBe(0)
  forgetConfirmations(stand)
  // The token that was kept is gone.
  rmSync(join(stand.folder, 'pim', 'state', 'store'), { recursive: true })
  az(`echo called > '${join(bin, 'called')}'; exec sleep 60`)
  expectCached(await endsSoon(stand, ['status', '--json'], { env }), [azure])
  expect(existsSync(join(bin, 'called'))).toBe(true)
})

test('`pim status` waits no longer for a webhook that is to hear of what it finds out', async () => {
  await using stand = await openSignedIn()
  const hook = createServer(() => {})
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void hook.close())
  const { port } = hook.address() as AddressInfo
  const set = ['webhook', 'set', 'ops', '--format', 'json']
  const input = `http://127.0.0.1:${port}/\n`
  const asked = await stand.pim(['elevate', 'group:sec-ops@owner', '-j', 'why'])
  expect(asked.code).toBe(5)
  expect((await stand.pim(set, { input })).code).toBe(0)
  stand.tenant.decide(stand.tenant.requests.at(-1)?.id ?? '', 'approve', 'go on')
  await until('the news', async () => {
    expect((await endsSoon(stand, ['status'])).code).toBe(0)
    return stand.events().includes('elevation.active')
  })
  const failed = stand.records().find(({ event }) => event === 'webhook.failed')
  expect(failed).toMatchObject({
    error: { message: expect.stringMatching(/no answer within (?:[01](?:\.\d)?|2) s$/) },
  })
})

test('completion and a list that was read a moment ago wait for nobody', async () => {
  await using stand = await openElevated([azure])
  expect((await stand.pim(['list', '--json'])).code).toBe(0)
  const before = stand.tenant.calls.length
  stall(stand)
  const list = await endsSoon(stand, ['list', '--json'])
  expect([list.code, JSON.parse(list.out).errors]).toEqual([0, []])
  const complete = await endsSoon(stand, ['complete', '--', 'elevate', 'azure:pay'])
  expect(complete.out).toContain(azure)
  expect(stand.tenant.calls.length).toBe(before)
})
