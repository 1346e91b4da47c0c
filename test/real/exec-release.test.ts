import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hasCommands, requirePart } from './parts.ts'
import { until, type Running } from './pim.ts'
import { openSignedIn, type Stand } from './fixture.ts'

const hasProc = requirePart('/proc', () => existsSync('/proc/self/environ') && hasCommands('sh'))
const soonSeconds = 150

const rows = [
  ['azure:payments-prod/Contributor', 'arm', 'deactivate'],
  ['entra:user-administrator', 'graph', 'deactivate-role'],
  ['group:sec-ops', 'graph', 'deactivate-group'],
] as const

/** Starts a command that ends with 7, once the elevation is old enough to be released. */
async function runsToItsEnd(stand: Stand, target: string, ...flags: readonly string[]) {
  const running = startCommand(stand, target, flags)
  await until('the command', () => existsSync(join(stand.folder, 'runs')))
  stand.tenant.skewSeconds += 360
  writeFileSync(join(stand.folder, 'go'), '')
  return running.ended
}

function startCommand(
  { startPim, folder }: Stand,
  target: string,
  flags: readonly string[],
): Running {
  const script = `touch ${folder}/runs; while [ ! -e ${folder}/go ]; do sleep 0.1; done; exit 7`
  const words = ['exec', target, '-j', 'why', '--wait', 'active', ...flags]
  return startPim([...words, '--', 'sh', '-c', script])
}

interface Entry {
  readonly target: string
  readonly state: string
  readonly releaseFailure?: { readonly code: string; readonly message: string }
}

async function statusOf(stand: Stand): Promise<readonly Entry[]> {
  const { code, out } = await stand.pim(['status', '--json'])
  expect(code).toBe(0)
  return (JSON.parse(out) as { elevations: Entry[] }).elevations
}

const endsOf = ({ tenant }: Stand) =>
  tenant.requests.filter(({ action }) => action === 'SelfDeactivate')

/** Those that pim has left behind for this stand: nobody else has its folder. */
function helpersOf({ folder }: Stand): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => {
      try {
        const isHelper = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('release-later')
        return isHelper && readFileSync(`/proc/${name}/environ`, 'utf8').includes(folder)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** A helper outlives its test where that ends before the release. */
function stopHelpers(stand: Stand): void {
  for (const pid of helpersOf(stand)) process.kill(pid, 'SIGKILL')
}

describe.skipIf(!hasProc).concurrent.each(rows)(
  'after a command: %s',
  (target, surface, operation) => {
    test('a release that meets one 503 is sent again', async () => {
      await using stand = await openSignedIn()
      stand.tenant.fail({ surface, operation, status: 503, code: 'ServiceUnavailable' })
      expect((await runsToItsEnd(stand, target)).code).toBe(7)
      expect([endsOf(stand).length, await statusOf(stand)]).toEqual([1, []])
      expect(stand.events().at(-1)).toBe('elevation.released')
    })

    test('one that goes on failing is on record, shown, and made up for by a helper', async () => {
      await using stand = await openSignedIn()
      const fault = { surface, operation, status: 503, code: 'ServiceUnavailable' } as const
      // More than one `pim exec` tries, and fewer than its helper does.
      stand.tenant.fail({ ...fault, times: 14 })
      const { code, err } = await runsToItsEnd(stand, target, '--release-failed-code', '42')
      expect([code, err]).toEqual([42, expect.stringContaining('not released')])
      const events = stand.events()
      expect(events).toContain('elevation.release-failed')
      expect(events.slice(0, events.indexOf('elevation.release-failed'))).not.toContain(
        'elevation.released',
      )
      const failed = stand.records().find(({ event }) => event === 'elevation.release-failed')
      expect(failed).toMatchObject({
        target,
        reason: expect.stringContaining('ServiceUnavailable'),
      })
      await until('the release', () => endsOf(stand).length > 0, soonSeconds)
      await until('its record', () => stand.events().at(-1) === 'elevation.released', soonSeconds)
      expect(await statusOf(stand)).toEqual([])
      await until('the end of the helper', () => helpersOf(stand).length === 0)
    })

    test('while it fails, `pim status` shows it with the reason, and exec ends with the command’s code', async () => {
      await using stand = await openSignedIn()
      stand.tenant.fail({ surface, operation, status: 503, code: 'ServiceUnavailable', times: 999 })
      expect((await runsToItsEnd(stand, target)).code).toBe(7)
      expect(await statusOf(stand)).toMatchObject([
        {
          target,
          state: 'active',
          releaseFailure: { message: expect.stringContaining('ServiceUnavailable') },
        },
      ])
      const { err } = await stand.pim(['status'])
      expect(err).toContain('ServiceUnavailable')
      expect([endsOf(stand).length, stand.events().includes('elevation.released')]).toEqual([
        0,
        false,
      ])
      stopHelpers(stand)
    })

    test('SIGTERM while it waits for the five minutes leaves it to a helper', async () => {
      await using stand = await openSignedIn()
      const running = startCommand(stand, target, [])
      await until('the command', () => existsSync(join(stand.folder, 'runs')))
      writeFileSync(join(stand.folder, 'go'), '')
      await until('the wait', () => stand.events().includes('command.finished'))
      await running.says('waiting until')
      running.child.kill('SIGTERM')
      const { code, err } = await running.ended
      expect([code, err]).toEqual([7, expect.stringContaining('a background helper tries again')])
      await until('the helper', () => helpersOf(stand).length === 1)
      expect(await statusOf(stand)).toMatchObject([{ target, state: 'active' }])
      expect([endsOf(stand).length, stand.events().includes('elevation.released')]).toEqual([
        0,
        false,
      ])
      stopHelpers(stand)
    })
  },
)

const askable = ['azure:payments-dev/Contributor', 'group:sec-ops@owner'] as const

describe.skipIf(!hasProc).concurrent.each(askable)(
  'a request that nobody approves in time: %s',
  (target) => {
    const words = ['exec', target, '-j', 'why', '--', 'true']

    test('is cancelled, and on record as that', async () => {
      await using stand = await openSignedIn()
      expect((await stand.pim(words)).code).toBe(125)
      expect(stand.tenant.requests).toMatchObject([{ canceledAt: expect.any(Date) }])
      expect(stand.events().at(-1)).toBe('elevation.canceled')
      expect(await statusOf(stand)).toEqual([])
    })

    test('and cannot be cancelled is released as soon as it becomes active', async () => {
      await using stand = await openSignedIn()
      const surface = target.startsWith('azure') ? 'arm' : 'graph'
      stand.tenant.fail({ surface, path: '/cancel', status: 503, times: 999 })
      expect((await stand.pim(words)).code).toBe(125)
      const [request] = stand.tenant.requests
      expect(await statusOf(stand)).toMatchObject([{ target, state: 'pending-approval' }])
      for (const _stage of request?.eligibility.policy.approvalStages ?? [])
        stand.tenant.decide(request?.id ?? '', 'approve')
      stand.tenant.skewSeconds += 360
      await until('the release', () => endsOf(stand).length > 0, soonSeconds)
      await until('its record', () => stand.events().at(-1) === 'elevation.released', soonSeconds)
      expect(await statusOf(stand)).toEqual([])
      await until('the end of the helper', () => helpersOf(stand).length === 0)
    })
  },
)
