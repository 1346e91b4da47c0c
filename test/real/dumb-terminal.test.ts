import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { alice, sandboxAccount } from '../../sandbox/aws/sts/roles.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, until, type Cloud } from './pim.ts'
import { openSignedIn } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

describe.skipIf(!hasTmux)('in a terminal that cannot move its cursor', () => {
  let cloud: Cloud
  let terminal: Terminal

  beforeEach(async () => {
    cloud = await openCloud()
    terminal = await openDumb(cloud)
  })
  afterEach(async () => {
    terminal.close()
    await cloud[Symbol.asyncDispose]()
  })

  async function openDumb(of: Cloud): Promise<Terminal> {
    const opened = new Terminal(of)
    opened.type('export TERM=dumb; echo as "told"')
    await opened.shows(/^as told$/m)
    opened.record(join(of.folder, 'screen'))
    return opened
  }

  /** What pim wrote, without what the shell and the terminal's own echo did. */
  const written = () => readFileSync(join(cloud.folder, 'screen'), 'utf8')
  const device = `One-time code of ${alice.mfaSerial} for aws:sandbox-mfa:`
  const why = 'Why is the access needed?'
  const active = async () => {
    const { out } = await cloud.pim(['status', '--json'])
    return (JSON.parse(out).elevations as { target: string }[]).map(({ target }) => target)
  }

  test('picks by a part of the name and a number, and asks why, without one cursor code', async () => {
    terminal.run('pim elevate -d 20m')
    const all = await terminal.shows('or a part of a name')
    expect(all).toMatch(/^ +1\) aws:sandbox-admin$/m)
    terminal.type('no-t')
    await terminal.shows(/^ +1\) aws:sandbox-no-tags$/m)
    terminal.type('1')
    await terminal.shows(why)
    terminal.type('restart the queue')
    expect(await terminal.exits(0)).toContain('elevated to `aws:sandbox-no-tags`')
    expect(await active()).toEqual(['aws:sandbox-no-tags'])
    expect(cloud.records()[0]).toMatchObject({ justification: 'restart the queue' })
    expect(written()).toContain('elevated to')
    // The shell's own `clear` writes nothing here that begins so.
    expect(written()).not.toContain('\u001B[')
  })

  test('does not show the one-time code, and lets it be mended', async () => {
    terminal.run('pim elevate aws:sandbox-mfa -j "restart the queue"')
    await terminal.shows(device)
    terminal.keys('12345')
    terminal.press('C-d')
    terminal.press('Enter')
    await terminal.shows('six digits are needed')
    await until('the second question', () => terminal.screen().split(device).length > 2)
    terminal.keys('12345x')
    terminal.press('BSpace')
    terminal.type('6')
    const end = await terminal.exits(0)
    expect(end).toContain('elevated to `aws:sandbox-mfa`')
    // The account's digits begin like the code.
    expect(end.replaceAll(sandboxAccount, '')).not.toMatch(/12345/)
    expect(await active()).toEqual(['aws:sandbox-mfa'])
  })

  test('Ctrl-D in the middle of a line ends nothing', async () => {
    terminal.run('pim elevate aws:sandbox-admin')
    await terminal.shows(why)
    terminal.keys('restart ')
    terminal.press('C-d')
    terminal.type('the queue')
    await terminal.exits(0)
    expect(cloud.records()[0]).toMatchObject({ justification: 'restart the queue' })
  })

  describe('elevates nothing and ends with 130 on', () => {
    test.each([
      ['Ctrl-C at the list', 'C-c', 'pim elevate', 'or a part of a name'],
      ['Ctrl-D at the list', 'C-d', 'pim elevate', 'or a part of a name'],
      ['Ctrl-C at the reason', 'C-c', 'pim elevate aws:sandbox-admin', why],
      ['Ctrl-D at the reason', 'C-d', 'pim elevate aws:sandbox-admin', why],
      ['Ctrl-C at the one-time code', 'C-c', 'pim elevate aws:sandbox-mfa -j "try it"', device],
      ['Ctrl-D at the one-time code', 'C-d', 'pim elevate aws:sandbox-mfa -j "try it"', device],
    ])('%s', async (_, key, line, question) => {
      terminal.run(line)
      await terminal.shows(question)
      terminal.press(key)
      expect(await terminal.exits(130)).toContain('interrupted')
      expect([await active(), cloud.sts.calls]).toEqual([[], []])
      // The terminal is as it was: what is typed shows again.
      terminal.run('stty -a | grep -o " -*icanon" | tr -d "\\n"; stty -a | grep -o " -*echo "')
      expect(await terminal.exits(0)).toMatch(/^ icanon echo ?$/m)
    })
  })

  test('`pim status --watch` is extended by a key, and clears no screen', async () => {
    await cloud.pim(['config', 'set', 'notice.before', '2h'])
    await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'why', '-d', '45m'])
    terminal.run('pim status --watch')
    await terminal.shows('press e to extend')
    terminal.type('e')
    await terminal.shows('elevated to `aws:sandbox-admin`')
    terminal.press('C-c')
    await terminal.exits(130)
    expect(written()).not.toContain('\u001B[')
  })

  test('a right that waits for an approver is left by Ctrl-C, with a question that Ctrl-C leaves too', async () => {
    await using stand = await openSignedIn()
    const own = await openDumb(stand)
    try {
      own.run('pim elevate group:sec-ops@owner -j why')
      await own.shows('waits for')
      own.press('C-c')
      await own.shows('so that it may still be approved? (Y/n)')
      own.press('C-c')
      await own.exits(130)
      expect(stand.tenant.requests.map(({ action }) => action)).toEqual(['SelfActivate'])
    } finally {
      own.close()
    }
  })
})
