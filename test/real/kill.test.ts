import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { AuditRecord } from '../../src/core/audit/audit.ts'
import { elevationIdOf, openCloud, run, pimFile, start, type Cloud } from './pim.ts'

const homes = 4
const turns = Number(process.env['PIM_TEST_TURNS'] ?? 50)
const releases = 30

/** A number in [0, 1) from the last one: mulberry32, so that a seed gives the same moments again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Chain {
  readonly env: Readonly<Record<string, string>>
  readonly records: () => readonly AuditRecord[]
}

interface Turn {
  readonly wasKilled: boolean
  readonly milliseconds: number
  readonly events: readonly string[]
}

/** An elevation that is always asked for anew, whatever is active. */
const elevate = [pimFile, 'elevate', 'aws:sandbox-admin', '-j', 'restart the queue', '--force']

async function interruptOne({ env, records }: Chain, moment: number): Promise<Turn> {
  const before = records().length
  const { child, ended } = start(process.execPath, elevate, { env })
  await Promise.race([sleep(moment), ended])
  child.kill('SIGKILL')
  const { signal, milliseconds } = await ended
  return {
    wasKilled: signal === 'SIGKILL',
    milliseconds,
    events: records()
      .slice(before)
      .map(({ event }) => event),
  }
}

async function expectIntactLog({ env }: Chain, context: string): Promise<void> {
  const words = [pimFile, 'audit', 'verify', '--json', '--quiet']
  const { code, out, err } = await run(process.execPath, words, { env })
  const found = JSON.parse(out)
  expect(found).toMatchObject({ ok: true, anchor: expect.stringMatching(/matched|behind/) })
  const said = found.anchor === 'behind' ? / (is|are) behind the anchor: / : /^$/
  expect([context, code, err]).toEqual([context, 0, expect.stringMatching(said)])
}

function openChain(cloud: Cloud, number: number): Chain {
  const home = join(cloud.folder, `home-${number}`)
  const env = { ...cloud.env, PIM_HOME: home }
  return { env, records: () => cloud.records(home) }
}

test(
  `${homes * turns} elevations killed at random moments leave no credentials without a record`,
  // Only against a hang: a busy machine may take its time.
  { timeout: 1_800_000 },
  async () => {
    const seed = Number(process.env['PIM_TEST_SEED'] ?? Date.now() % 2 ** 31)
    const next = random(seed)
    await using cloud = await openCloud()
    const chains = Array.from({ length: homes }, (_, number) => openChain(cloud, number))

    // How long one takes here and now, with as many beside it, says where the moments lie.
    const whole = await Promise.all(
      [1, 2].flatMap((round) =>
        chains.map(async ({ env }) => {
          if (round === 2) await sleep(1000)
          return run(process.execPath, elevate, { env })
        }),
      ),
    )
    expect(whole.map(({ code }) => code)).toEqual(whole.map(() => 0))
    const longest = Math.max(...whole.slice(homes).map(({ milliseconds }) => milliseconds))

    const results = await Promise.all(
      chains.map(async (chain, number) => {
        const ended: Turn[] = []
        let usual = longest
        for (let turn = 1; turn <= turns; turn += 1) {
          // Node is still starting in the first third; the last moments lie behind the usual end.
          const ending = await interruptOne(chain, (0.3 + 0.85 * next()) * usual)
          // Whatever else the machine does, half of the moments shall lie behind the request.
          if (ending.wasKilled) usual *= ending.events.length === 0 ? 1.1 : 0.9
          else usual = ending.milliseconds
          ended.push(ending)
          await expectIntactLog(chain, `seed ${seed}, home ${number}, turn ${turn}`)
        }
        return ended
      }),
    )

    const killed = results.flat().filter(({ wasKilled }) => wasKilled)
    const moments = { 'before the request': 0, 'after the request': 0, 'after the outcome': 0 }
    for (const { events } of killed) {
      if (events.includes('elevation.active')) moments['after the outcome'] += 1
      else if (events.includes('elevation.requested')) moments['after the request'] += 1
      else moments['before the request'] += 1
    }
    console.log(
      `seed ${seed}: ${killed.length} of ${homes * turns} killed, of some ${longest} ms each:`,
      moments,
      `${cloud.sts.issued.length} credentials issued`,
    )
    expectRecords(cloud, chains)
    // Else the moments were badly chosen, and little was shown.
    expect(killed.length).toBeGreaterThan(homes * turns * 0.4)
    expect(moments['after the request']).toBeGreaterThan(0)

    for (const chain of chains) {
      expect(await run(process.execPath, elevate, { env: chain.env })).toMatchObject({ code: 0 })
      await expectIntactLog(chain, 'the last one')
      expectNothingLeft(chain, `seed ${seed}`)
    }
    expectRecords(cloud, chains)
    for (const chain of chains) await expectEnds(cloud, chain, `seed ${seed}`)
  },
)

test(
  `${releases} releases killed at random moments: released exactly where the log says so`,
  { timeout: 1_800_000 },
  async () => {
    const seed = Number(process.env['PIM_TEST_SEED'] ?? Date.now() % 2 ** 31)
    const next = random(seed)
    await using cloud = await openCloud()
    const chain = openChain(cloud, 0)
    const { env, records } = chain
    const release = [pimFile, 'release', 'aws:sandbox-admin']
    await run(process.execPath, elevate, { env })
    let usual = (await run(process.execPath, release, { env })).milliseconds
    let killed = 0
    for (let turn = 1; turn <= releases; turn += 1) {
      expect(await run(process.execPath, elevate, { env })).toMatchObject({ code: 0 })
      const { child, ended } = start(process.execPath, release, { env })
      await Promise.race([sleep((0.4 + 0.7 * next()) * usual), ended])
      child.kill('SIGKILL')
      const { signal, milliseconds } = await ended
      if (signal === 'SIGKILL') killed += 1
      else usual = milliseconds
      const context = `seed ${seed}, turn ${turn}`
      await expectEnds(cloud, chain, context)
      await run(process.execPath, release, { env })
      const ends = records().filter(({ event }) => event === 'elevation.released')
      expect([context, ends.length]).toEqual([context, turn + 1])
    }
    expect(killed).toBeGreaterThan(releases * 0.3)
  },
)

/** What `pim status` shows and what the log says has ended are together everything that was active, once. */
async function expectEnds(cloud: Cloud, { env, records }: Chain, context: string): Promise<void> {
  const { out } = await run(process.execPath, [pimFile, 'status', '--json'], { env })
  const shown: string[] = JSON.parse(out).elevations.map(({ id }: { id: string }) => id)
  const all = records()
  const idsOf = (...events: string[]) =>
    all.flatMap(({ event, elevationId = '' }) => (events.includes(event) ? [elevationId] : []))
  const ended = idsOf('elevation.released', 'elevation.failed')
  expect([context, ...ended]).toEqual([context, ...new Set(ended)])
  expect([context, ...shown, ...ended].toSorted()).toEqual(
    [context, ...new Set([...idsOf('elevation.active'), ...ended])].toSorted(),
  )
  // What AWS was asked for has an outcome on record.
  const known = new Set([...idsOf('elevation.active'), ...ended])
  const requested = new Set(idsOf('elevation.requested'))
  const calls = cloud.calls('AssumeRole').map(elevationIdOf)
  expect(calls.filter((id) => requested.has(id ?? '') && !known.has(id ?? ''))).toEqual([])
}

/** What is in the store: the keys of each elevation that is remembered, and the log's anchor with its binding. */
function expectNothingLeft({ env }: Chain, context: string): void {
  const state = join(env['PIM_HOME'] ?? '', 'state')
  const kept = readdirSync(join(state, 'store')).filter((name) => !name.endsWith('.tmp'))
  const remembered = readdirSync(join(state, 'elevations')).filter((name) => name.endsWith('.json'))
  const own = ['header', 'anchor', 'binding'].length
  expect(remembered.length).toBeGreaterThan(0)
  expect([context, kept.length, kept.includes('header.json')]).toEqual([
    context,
    remembered.length + own,
    true,
  ])
  expect([context, readdirSync(join(state, 'keeping'))]).toEqual([context, []])
}

/** Every credential that was issued, and every call that could have issued one, was requested on record. */
function expectRecords(cloud: Cloud, chains: readonly Chain[]): void {
  const requested = new Set(
    chains.flatMap(({ records }) =>
      records()
        .filter(({ event }) => event === 'elevation.requested')
        .map(({ elevationId }) => elevationId),
    ),
  )
  const calls = cloud.calls('AssumeRole')
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.filter((call) => !requested.has(elevationIdOf(call)))).toEqual([])
  const issued = calls.flatMap(({ issuedAccessKeyId }) => issuedAccessKeyId ?? [])
  expect(issued.toSorted()).toEqual(
    cloud.sts.issued.map(({ accessKeyId }) => accessKeyId).toSorted(),
  )
}
