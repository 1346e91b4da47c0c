import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { alice, sandboxAccount } from '../../sandbox/aws/sts/roles.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, until, type Cloud } from './pim.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

describe.skipIf(!hasTmux)('in a terminal', () => {
  let cloud: Cloud
  let terminal: Terminal

  beforeEach(async () => {
    cloud = await openCloud()
    terminal = new Terminal(cloud)
  })
  afterEach(async () => {
    terminal.close()
    await cloud[Symbol.asyncDispose]()
  })

  // How tmux tells red text.
  const red = '\u001B[31m'
  const why = 'Why is the access needed?'
  const device = `One-time code of ${alice.mfaSerial}`
  const active = async () => {
    const { out } = await cloud.pim(['status', '--json'])
    return (JSON.parse(out).elevations as { target: string }[])
      .map(({ target }) => target)
      .toSorted()
  }

  test('picks by typing a part of the name, and asks why', async () => {
    terminal.run('pim elevate')
    const all = await terminal.shows('type to filter')
    expect(all).toContain('aws:sandbox-admin')
    expect(all).toContain('aws:sandbox-chained')
    terminal.keys('no-t')
    const filtered = await terminal.shows(/> \[ \] aws:sandbox-no-tags/)
    expect(filtered).not.toContain('aws:sandbox-chained')
    terminal.press('Enter')
    await terminal.shows(why)
    terminal.type('restart the queue')
    const end = await terminal.exits(0)
    expect(end).toContain('elevated to `aws:sandbox-no-tags`')
    expect(await active()).toEqual(['aws:sandbox-no-tags'])
    expect(cloud.records()[0]).toMatchObject({ justification: 'restart the queue' })
  })

  test('picks several, most used first', async () => {
    await cloud.pim(['exec', 'aws:sandbox-short', '-d', '20m', '-j', 'often', '--', 'true'])
    terminal.run('pim elevate -d 20m -j "release day"')
    await terminal.shows(/> \[ \] aws:sandbox-short/)
    terminal.press('Space')
    await terminal.shows('[x] aws:sandbox-short')
    terminal.keys('admin')
    await terminal.shows(/> \[ \] aws:sandbox-admin/)
    terminal.press('Space')
    await terminal.shows('[x] aws:sandbox-admin')
    terminal.press('Enter')
    await terminal.exits(0)
    expect(await active()).toEqual(['aws:sandbox-admin', 'aws:sandbox-short'])
  })

  test('offers the reasons given before, the newest first', async () => {
    for (const reason of ['feed the cat', 'rotate the keys', 'restart the queue']) {
      await cloud.pim(['exec', 'aws:sandbox-admin', '-j', reason, '--', 'true'])
    }
    terminal.run('pim elevate aws:sandbox-admin')
    const offer = await terminal.shows('feed the cat')
    const places = ['restart the queue', 'rotate the keys', 'feed the cat'].map((reason) =>
      offer.indexOf(reason),
    )
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    terminal.keys('the k')
    await until('the filter', () => !terminal.screen().includes('feed the cat'))
    terminal.press('Down', 'Enter')
    await terminal.exits(0)
    expect(cloud.records().at(-2)).toMatchObject({ justification: 'rotate the keys' })
  })

  test('does not show the one-time code', async () => {
    terminal.run('pim elevate aws:sandbox-mfa -j "restart the queue"')
    await terminal.shows(device)
    terminal.keys('12345')
    terminal.press('Enter')
    const refused = await terminal.shows('six digits are needed')
    expect(refused.replaceAll(sandboxAccount, '')).not.toContain('12345')
    terminal.keys('6')
    terminal.press('Enter')
    const end = await terminal.exits(0)
    expect(end).toContain('elevated to `aws:sandbox-mfa`')
    // The account's digits begin like the code.
    expect(end.replaceAll(sandboxAccount, '')).not.toContain('123456')
    expect(await active()).toEqual(['aws:sandbox-mfa'])
  })

  test('asks for the one-time code again after a wrong one', async () => {
    terminal.run('pim elevate aws:sandbox-mfa -j "restart the queue"')
    await terminal.shows(device)
    terminal.type('654321')
    await terminal.shows('the one-time code is wrong')
    await terminal.shows(`Next one-time code of ${alice.mfaSerial}`)
    terminal.type('123456')
    expect(await terminal.exits(0)).not.toContain('654321')
    expect(await active()).toEqual(['aws:sandbox-mfa'])
  })

  describe('elevates nothing and ends with 130 on', () => {
    test.each([
      ['Ctrl-C at the list', 'C-c', 'pim elevate', 'type to filter'],
      ['Ctrl-D at the list', 'C-d', 'pim elevate', 'type to filter'],
      ['Ctrl-C at the reason', 'C-c', 'pim elevate aws:sandbox-admin', why],
      ['Ctrl-D at the reason', 'C-d', 'pim elevate aws:sandbox-admin', why],
      ['Ctrl-C at the one-time code', 'C-c', 'pim elevate aws:sandbox-mfa -j "try it"', device],
      ['Ctrl-D at the one-time code', 'C-d', 'pim elevate aws:sandbox-mfa -j "try it"', device],
      ['Ctrl-C at the reason of exec', 'C-c', 'pim exec aws:sandbox-admin -- echo ran', why],
      ['Ctrl-D at the reason of exec', 'C-d', 'pim exec aws:sandbox-admin -- echo ran', why],
      ['Ctrl-C at the reason of env', 'C-c', 'pim env aws:sandbox-admin', why],
    ])('%s', async (_, key, line, question) => {
      terminal.run(line)
      await terminal.shows(question)
      terminal.press(key)
      const end = await terminal.exits(130)
      expect(end).not.toMatch(/^ran$/m)
      expect(end).toContain('interrupted')
      expect(await active()).toEqual([])
      expect(cloud.sts.calls).toEqual([])
      // The terminal is as it was: what is typed shows again, on a line of its own.
      terminal.run('echo as "before"')
      await terminal.shows(/^as before$/m)
    })
  })

  test('goes on asking when it comes back from the background', async () => {
    terminal.run('pim elevate aws:sandbox-mfa -j "restart the queue"')
    await terminal.shows(device)
    terminal.press('C-z')
    await terminal.shows(/Stopped/)
    terminal.type('fg')
    await terminal.shows(/# fg\n"\$NODE" "\$PIM"/)
    terminal.type('123456')
    await terminal.shows('elevated to `aws:sandbox-mfa`')
    expect(await active()).toEqual(['aws:sandbox-mfa'])
  })

  test('Ctrl-C while AWS is asked ends with 130', async () => {
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 30_000 })
    terminal.run('pim elevate aws:sandbox-admin -j "restart the queue"')
    await until('the call', () => cloud.calls('AssumeRole').length === 1)
    terminal.press('C-c')
    await terminal.exits(130)
    expect(await active()).toEqual([])
  })

  test('Ctrl-C reaches the command of exec once, and pim gives back', async () => {
    const line = `trap 'echo heard; n=$((n+1))' INT; echo started; while [ -z "$n" ]; do sleep 0.1; done; sleep 0.5; echo "times=$n"`
    terminal.run(
      `pim exec aws:sandbox-admin -j "look around" -- bash -c '${line.replaceAll("'", `'"'"'`)}'`,
    )
    await terminal.shows(/^started$/m)
    terminal.press('C-c')
    await terminal.shows(/^times=1$/m)
    await terminal.exits(0)
    expect(await active()).toEqual([])
  })

  test('has colours, but none for another program', async () => {
    terminal.run('pim elevate aws:nope -j "try it"')
    await terminal.exits(2)
    expect(terminal.screen(true)).toContain(red)
    const lines = [
      'pim elevate aws:nope -j "try it" 2>&1 | cat -v',
      'pim doctor | cat -v',
      'pim list | cat -v',
      'pim whoami | cat -v',
      'NO_COLOR=1 pim elevate aws:nope -j "try it"',
      'pim --no-color elevate aws:nope -j "try it"',
    ]
    for (const line of lines) {
      terminal.run(`${line}; echo done`)
      await terminal.shows(/^done$/m)
      expect([line, terminal.screen()]).toEqual([line, expect.not.stringContaining('^[')])
      expect([line, terminal.screen(true)]).toEqual([line, expect.not.stringContaining(red)])
    }
  })

  test.each([
    ['stdin is not one', 'pim elevate aws:sandbox-admin </dev/null', 2],
    ['stderr is not one', 'pim elevate aws:sandbox-admin 2>err', 2],
    ['told by --no-input', 'pim elevate aws:sandbox-admin --no-input', 2],
    ['told by PIM_NO_INPUT', 'PIM_NO_INPUT=1 pim elevate aws:sandbox-admin', 2],
    ['told by CI', 'CI=true pim elevate', 2],
    ['told by CI, at the one-time code', 'CI=true pim elevate aws:sandbox-mfa -j "try it"', 4],
  ])('asks nothing where %s', async (_, line, code) => {
    terminal.run(`cd "$HOME"; ${line}`)
    const end = await terminal.exits(code)
    expect(end).not.toContain(why)
    expect(cloud.sts.calls).toEqual([])
  })

  test('prompts on stderr, so that the answer can be read from stdout', async () => {
    terminal.run('cd "$HOME"; pim env aws:sandbox-admin > answer')
    await terminal.shows(why)
    terminal.type('restart the queue')
    await terminal.exits(0)
    terminal.run(`grep -c '^export AWS_' answer; grep -c -v -E '^(export|unset) ' answer`)
    expect(await terminal.exits(1)).toMatch(/^6\n0$/m)
  })
})
