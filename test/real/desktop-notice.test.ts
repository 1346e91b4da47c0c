import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { showOnDesktop } from '../../src/system/process/desktop-notice.ts'
import { createElevationRecords } from '../../src/system/state/elevation-file.ts'
import { elevation } from '../core/sample-elevations.ts'
import { openDesktop } from './desktop.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, searchPath, until } from './pim.ts'

const hasDesktop =
  process.platform === 'linux' &&
  requirePart('notify-send', () => hasCommands('notify-send', 'dbus-daemon'))

const hostile = [
  ['markup', '<b>bold</b> & <a href="file:///etc/passwd">'],
  ['what a shell runs', '$(touch /tmp/pwned) `id` "; id #'],
  ['backslashes', String.raw`\n \033[31m \u{1b} \\`],
  ['hyphens', '--help -t 0'],
  ['letters of everywhere', 'Ünïcødé 日本 🔑'],
] as const

describe.skipIf(!hasDesktop)('a desktop', () => {
  test.each(hostile)('is shown the very words, and nothing else: %s', async (_, text) => {
    await using cloud = await openCloud()
    await using desktop = await openDesktop(cloud)
    const env = { PATH: searchPath, ...desktop.env }
    await showOnDesktop({ title: text, body: text }, { env, platform: 'linux' })
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    expect(desktop.shown).toEqual([{ app: 'pim', summary: text, body: escaped }])
  })

  test('is told of the end of what a command was lent', async () => {
    await using cloud = await openCloud()
    await using desktop = await openDesktop(cloud)
    await cloud.pim(['config', 'set', 'notice.before', '2h'])
    const words = ['exec', 'aws:sandbox-admin', '-j', 'why', '--', 'sleep', '3']
    const run = cloud.startPim(words, { env: desktop.env })
    await until('the notice', () => desktop.shown.length > 0)
    const { code, out, err } = await run.ended
    expect([code, out, err.includes('ends at')]).toEqual([0, '', false])
    expect(desktop.shown).toEqual([
      {
        app: 'pim',
        summary: expect.stringMatching(/^aws:sandbox-admin ends at [\d :-]+ \(1h left\)$/),
        body: expect.stringContaining('`pim extend aws:sandbox-admin` in another terminal'),
      },
    ])
  })

  test('is told of the end of what is watched, once, whatever its name is', async () => {
    await using cloud = await openCloud()
    await using desktop = await openDesktop(cloud)
    const records = createElevationRecords(join(cloud.env['PIM_HOME'] ?? '', 'state', 'elevations'))
    const target = 'aws:-t <b>&$(id) \u001B[2J\u202E\n'
    const now = new Date()
    const end = new Date(now.getTime() + 290_000)
    await records.put(elevation({ target, startsAt: now, expiresAt: end, accessEndsAt: end }))
    const run = cloud.startPim(['status', '--watch'], { env: desktop.env })
    await until('the notice', () => desktop.shown.length > 0)
    await sleep(1500)
    run.child.kill('SIGTERM')
    expect(await run.ended).toMatchObject({ code: 130, err: '' })
    const name = String.raw`aws:-t <b>&$(id) \u{1b}[2J\u{202e}\u{a}`
    expect(desktop.shown).toEqual([
      {
        app: 'pim',
        summary: expect.stringContaining(`${name} ends at `),
        body: `\`pim extend '${name.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}'\` makes it last longer`,
      },
    ])
  })

  test('that is off, or not to be used, is left alone', async () => {
    await using cloud = await openCloud()
    await using desktop = await openDesktop(cloud)
    const words = ['exec', 'aws:sandbox-admin', '-j', 'why', '--', 'sleep', '2']
    await cloud.pim(['config', 'set', 'notice.before', 'off'])
    await cloud.pim(words, { env: desktop.env })
    await cloud.pim(['config', 'set', 'notice.before', '2h'])
    await cloud.pim(['config', 'set', 'notice.by', 'bell'])
    await cloud.pim(words, { env: desktop.env })
    expect(desktop.shown).toEqual([])
  })
})
