import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hasCommands, requirePart } from './parts.ts'
import { until } from './pim.ts'
import { openSignedIn, type Stand } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))
const hasProc = requirePart('/proc', () => existsSync('/proc/self/environ'))

/**
 * For so long it has been active: the tenant takes it back in half a minute, which leaves a busy machine
 * time for what must come before, and pim asks five seconds later.
 */
const ageSeconds = 270
const soonSeconds = 180

/** Alice has it since some minutes, from another machine. */
async function openElevated(target: string): Promise<Stand> {
  const stand = await openSignedIn()
  const elsewhere = { env: { PIM_HOME: join(stand.folder, 'elsewhere') } }
  expect((await stand.pim(['login', 'azure', '--quiet'], elsewhere)).code).toBe(0)
  expect((await stand.pim(['elevate', target, '-j', 'why'], elsewhere)).code).toBe(0)
  const [request] = stand.tenant.requests
  if (request === undefined) throw new Error('nothing was asked for')
  const startsAt = new Date(Date.now() - ageSeconds * 1000)
  Object.assign(request, { createdAt: startsAt, schedule: { ...request.schedule, startsAt } })
  return stand
}

/** The helpers of a stand, by their process ids. */
function helpersOf({ folder }: Stand): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
        return (
          words.includes('release-later') &&
          readFileSync(`/proc/${name}/environ`, 'utf8').includes(folder)
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Runs a line in a terminal of its own, which is gone afterwards. */
async function runInTerminal(line: string, stand: Stand): Promise<void> {
  const terminal = new Terminal(stand)
  terminal.run(line)
  await terminal.exits(0)
  terminal.close()
}

interface Entry {
  readonly state: string
  readonly releasesAt?: string
}

async function statusOf(stand: Stand): Promise<{ entries: readonly Entry[]; err: string }> {
  const { out, err } = await stand.pim(['status', '--json'])
  return { entries: (JSON.parse(out) as { elevations: Entry[] }).elevations, err }
}

/** Before the first record there is no log here. */
const releases = (stand: Stand): readonly string[] =>
  existsSync(join(stand.folder, 'pim', 'state', 'audit', 'audit.jsonl'))
    ? stand.events().filter((event) => event === 'elevation.released')
    : []

const takenBack = ({ tenant }: Stand) =>
  tenant.requests.filter(({ action }) => action === 'SelfDeactivate')

const targets = ['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops']

describe.skipIf(!hasTmux || !hasProc).concurrent.each(targets)(
  'what may not be given back yet: %s',
  (target) => {
    const line = `pim release "${target}"`

    test('is given back by one helper in its time, though the terminal is gone, and recorded once', async () => {
      await using stand = await openElevated(target)
      const terminal = new Terminal(stand)
      for (let time = 0; time < 2; time += 1) {
        terminal.run(line)
        const said = (await terminal.exits(0)).replaceAll('\n', ' ')
        expect(said).toMatch(/can be released at \d\d:\d\d; a background helper releases it then/)
        expect(said).not.toMatch(/pim: released/)
      }
      const helpers = helpersOf(stand)
      expect(helpers).toHaveLength(1)
      // It opens the store all the same: it could not give anything back otherwise.
      const surroundings = readFileSync(`/proc/${helpers[0]}/environ`, 'utf8')
      expect(surroundings).not.toContain('PIM_STORE_PASSPHRASE=')
      terminal.run('pim status')
      expect(await terminal.exits(0)).toMatch(/active .*release at \d\d:\d\d/)
      terminal.close()
      expect(releases(stand)).toEqual([])
      await until('the release', () => releases(stand).length > 0, soonSeconds)
      await until('the end of the helper', () => helpersOf(stand).length === 0)
      expect([releases(stand).length, takenBack(stand).length]).toEqual([1, 1])
      expect((await statusOf(stand)).entries).toEqual([])
    })

    test('is not called released where the helper was killed, and the next pim starts another', async () => {
      await using stand = await openElevated(target)
      await runInTerminal(line, stand)
      const [first = 0, ...others] = helpersOf(stand)
      expect(others).toEqual([])
      process.kill(first, 'SIGKILL')
      await until('its end', () => !helpersOf(stand).includes(first))
      const { entries, err } = await statusOf(stand)
      expect(entries).toMatchObject([{ state: 'active' }])
      expect(err).toContain(`\`${target}\` was left active; a helper releases it now`)
      expect([releases(stand).length, takenBack(stand).length]).toEqual([0, 0])
      // Asked for once more, it is left to that one: there is no second.
      await runInTerminal(line, stand)
      expect(helpersOf(stand)).toHaveLength(1)
      expect(helpersOf(stand)).not.toContain(first)
      expect((await statusOf(stand)).err).not.toContain('was left active')
      await until('the release', () => releases(stand).length > 0, soonSeconds)
      await until('the end of the helper', () => helpersOf(stand).length === 0)
      expect([releases(stand).length, takenBack(stand).length]).toEqual([1, 1])
      expect((await statusOf(stand)).entries).toEqual([])
    })
  },
)

test.skipIf(!hasTmux || !hasProc)(
  'one helper is at work, however many were left behind by releases that were killed',
  async () => {
    const target = 'group:sec-ops'
    await using stand = await openElevated(target)
    await runInTerminal(`pim release ${target}`, stand)
    const [first] = helpersOf(stand)
    const { out } = await stand.pim(['status', '--json'])
    const [{ id }] = JSON.parse(out).elevations
    // As a release starts one that is killed before it can note that.
    const words = ['release-later', '--quiet', '--', target, id]
    const others = await Promise.all([1, 2, 3].map(() => stand.pim(words, { limitSeconds: 15 })))
    expect(others.map(({ code, signal }) => [code, signal])).toEqual(others.map(() => [0, null]))
    expect(helpersOf(stand)).toEqual([first])
    await until('the release', () => releases(stand).length > 0, 55)
    await until('the end of the helper', () => helpersOf(stand).length === 0)
    expect([releases(stand).length, takenBack(stand).length]).toEqual([1, 1])
  },
)

test.skipIf(!hasTmux || !hasProc)(
  'a helper that the provider fails when the time has come tries again',
  async () => {
    const target = 'group:sec-ops'
    await using stand = await openElevated(target)
    await runInTerminal(`pim release ${target}`, stand)
    stand.tenant.fail({ surface: 'graph', operation: 'deactivate-group', status: 503, times: 4 })
    await until('the release', () => releases(stand).length > 0, soonSeconds)
    await until('the end of the helper', () => helpersOf(stand).length === 0)
    expect([releases(stand).length, takenBack(stand).length]).toEqual([1, 1])
  },
)

test.skipIf(!hasTmux || !hasProc)(
  'a helper whose PIM_HOME was deleted ends, and releases nothing',
  async () => {
    const target = 'group:sec-ops'
    await using stand = await openElevated(target)
    await runInTerminal(`pim release ${target}`, stand)
    expect(helpersOf(stand)).toHaveLength(1)
    const isOver = (): boolean => {
      // Again and again: what it was writing just then may come back once.
      rmSync(join(stand.folder, 'pim'), { recursive: true, force: true })
      return helpersOf(stand).length === 0
    }
    await until('the end of the helper', isOver)
    expect(takenBack(stand)).toEqual([])
  },
)
