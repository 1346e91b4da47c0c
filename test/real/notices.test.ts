import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { hasCommands, requirePart } from './parts.ts'
import { openCloud, until, type Cloud } from './pim.ts'
import { openSignedIn } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))
const admin = 'aws:sandbox-admin'
const extendLine = `\`pim extend ${admin}\``

async function elevationsAt({ pim }: Pick<Cloud, 'pim'>) {
  const { out } = await pim(['status', '--json'])
  return (JSON.parse(out) as { elevations: { id: string; target: string; expiresAt: string }[] })
    .elevations
}

/** Every elevation of an hour is near its end. */
async function tellEarly({ pim }: Pick<Cloud, 'pim'>): Promise<void> {
  expect((await pim(['config', 'set', 'notice.before', '2h'])).code).toBe(0)
}

describe.skipIf(!hasTmux)('in a terminal', () => {
  let cloud: Cloud
  let terminal: Terminal

  beforeEach(async () => {
    cloud = await openCloud()
    await tellEarly(cloud)
    terminal = new Terminal(cloud)
  })
  afterEach(async () => {
    terminal.close()
    await cloud[Symbol.asyncDispose]()
  })

  /** The terminal's settings; `stty` itself runs between two commands of the shell. */
  async function settings(): Promise<string> {
    terminal.run('echo "settings=$(stty -g)"')
    const screen = await terminal.exits(0)
    return /settings=(\S+)/.exec(screen)?.[1] ?? ''
  }

  async function watching(line = 'pim status --watch'): Promise<string> {
    terminal.run(line)
    return terminal.shows('ends at')
  }

  describe('`pim status --watch`', () => {
    beforeEach(async () => {
      await cloud.pim(['elevate', admin, '-j', 'why', '-d', '45m'])
    })

    test('rings once, says which end comes, and extends it by a key', async () => {
      const [before] = await elevationsAt(cloud)
      await cloud.pim(['config', 'set', 'notice.before', '44m'])
      terminal.run('pim status --watch')
      await terminal.shows(admin)
      expect([terminal.rang(), terminal.screen().includes('ends at')]).toEqual([false, false])
      terminal.press('C-c')
      await terminal.exits(130)

      await tellEarly(cloud)
      const told = await watching()
      expect(told).toMatch(/`aws:sandbox-admin` ends at \d\d:\d\d \(4\dm left\); press e to extend/)
      await until('the bell', () => terminal.rang())
      expect(terminal.rang()).toBe(false)
      terminal.keys('x')
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect(terminal.rang()).toBe(false)
      terminal.keys('e')
      await terminal.shows('elevated to `aws:sandbox-admin`')
      await terminal.shows('press e to extend')
      terminal.press('C-c')
      await terminal.exits(130)
      // The session before is shown to its own end, beside the one that came of the key.
      expect(await elevationsAt(cloud)).toMatchObject([{ id: before?.id }, {}])
      expect(cloud.records().at(-2)).toMatchObject({ duration: 'PT45M', justification: 'why' })
    })

    test.each([
      ['Ctrl-C', 'C-c'],
      ['Ctrl-D', 'C-d'],
      ['Ctrl-\\', 'C-\\'],
    ])('ends with 130 on %s, and the terminal is as it was', async (_, key) => {
      const before = await settings()
      await watching()
      terminal.press(key)
      await terminal.exits(130)
      expect(await settings()).toBe(before)
    })

    test.each(['TERM', 'HUP', 'INT', 'QUIT'] as const)('so it does on SIG%s', async (name) => {
      const before = await settings()
      const file = join(cloud.folder, 'pid')
      await watching(`sh -c 'echo $$ > ${file}; exec "$NODE" "$PIM" status --watch'`)
      process.kill(Number(readFileSync(file, 'utf8')), `SIG${name}`)
      await terminal.exits(130)
      expect(await settings()).toBe(before)
    })

    test('may be stopped and brought back, with the key', async () => {
      await watching()
      terminal.press('C-z')
      await terminal.shows('Stopped')
      terminal.run('stty -a | grep -o " -*icanon"')
      expect(await terminal.exits(0)).toMatch(/^ icanon$/m)
      terminal.run('fg')
      await terminal.shows('press e to extend')
      terminal.keys('e')
      await terminal.shows('elevated to `aws:sandbox-admin`')
      terminal.press('C-c')
      await terminal.exits(130)
    })

    test('that fails to extend says why, and goes on', async () => {
      cloud.sts.fail({ code: 'AccessDenied', message: 'not today', status: 403 })
      await watching()
      terminal.keys('e')
      await terminal.shows('pim: error: ')
      await terminal.shows('press e to extend')
      terminal.press('C-c')
      await terminal.exits(130)
    })

    test.each([
      ['without stdin', 'pim status --watch </dev/null'],
      ['with --no-input', 'pim status --watch --no-input'],
    ])('offers no key %s, but names the command', async (_, line) => {
      const screen = await watching(line)
      expect([screen.includes(extendLine), screen.includes('press e')]).toEqual([true, false])
      terminal.press('C-c')
      await terminal.exits(130)
    })

    test.each([
      ['with --quiet', 'pim status --watch --quiet'],
      ['where it is off', 'pim config set notice.before off -q; pim status --watch'],
    ])('neither rings nor says a word %s', async (_, line) => {
      terminal.run(line)
      await terminal.shows(admin)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect([terminal.rang(), terminal.screen().includes('ends at')]).toEqual([false, false])
      terminal.press('C-c')
      await terminal.exits(130)
    })

    test('with --json, stdout is documents alone', async () => {
      terminal.run('pim status --watch --json > "$HOME/out"')
      const screen = await terminal.shows('ends at')
      expect(screen).toContain(extendLine)
      await until('the bell', () => terminal.rang())
      terminal.press('C-c')
      await terminal.exits(130)
      terminal.run(`tr -d '[:print:]\\n' < "$HOME/out" | wc -c; grep -vc '^{.*}$' "$HOME/out"`)
      expect(await terminal.exits(1)).toMatch(/^0\n0$/m)
    })
  })

  test('`pim exec` rings and says it on stderr, and ends with the command’s code', async () => {
    terminal.run(`pim exec ${admin} -j why -- sh -c 'sleep 2; exit 42'`)
    const screen = await terminal.exits(42)
    expect(screen.replaceAll('\n', '')).toMatch(
      /`aws:sandbox-admin` ends at \d\d:\d\d \(1h left\); the running command keeps the credentials it was given, which end then; `pim extend aws:sandbox-admin` in another terminal serves new commands/,
    )
    expect(screen.split('ends at')).toHaveLength(2)
    expect(terminal.rang()).toBe(true)
  })

  test('`pim exec` writes nothing to an answer that is read, and nothing where it may not', async () => {
    terminal.run(`pim exec ${admin} -j why -- sh -c 'sleep 2; echo done' > "$HOME/out"`)
    expect(await terminal.exits(0)).toContain('ends at')
    terminal.run(`cat "$HOME/out"`)
    expect(await terminal.exits(0)).toMatch(/^done\nexit=0$/m)
    terminal.run(`pim -q exec ${admin} -j why -- sleep 2`)
    expect(await terminal.exits(0)).not.toContain('ends at')
  })

  describe('a right is extended with a word of consent', () => {
    test.each([
      ['which may be refused', 'n', 'is left as it is'],
      ['and Ctrl-C leaves the watch', 'C-c', 'exit=130'],
    ])('%s', async (_, key, answer) => {
      await using stand = await openSignedIn()
      await tellEarly(stand)
      const target = 'azure:payments-prod/Contributor'
      expect((await stand.pim(['elevate', target, '-j', 'why'])).code).toBe(0)
      const [before] = await elevationsAt(stand)
      const own = new Terminal(stand)
      try {
        own.run('pim status --watch')
        await own.shows('press e to extend')
        own.keys('e')
        await own.shows('Release it and request it again?')
        if (key === 'n') own.type(key)
        else own.press(key)
        await own.shows(answer)
        if (key === 'n') {
          await own.shows('press e to extend')
          own.press('C-c')
        }
        await own.exits(130)
      } finally {
        own.close()
      }
      expect(await elevationsAt(stand)).toMatchObject([{ id: before?.id }])
    })
  })

  test('`pim exec` says of a right that the command has it for as long as the person', async () => {
    await using stand = await openSignedIn()
    await tellEarly(stand)
    const own = new Terminal(stand)
    try {
      own.run('pim exec "azure:payments-prod/Contributor" -j why --keep -- sleep 3')
      const screen = await own.exits(0)
      expect(screen.replaceAll('\n', '')).toContain(
        'makes it last longer, for the running command too',
      )
    } finally {
      own.close()
    }
  })
})

test('`pim exec` in a pipe is silent, and leaves no process behind', async () => {
  await using cloud = await openCloud()
  await tellEarly(cloud)
  const words = ['exec', admin, '-j', 'why', '-q', '--', 'sleep', '2']
  const { code, out, err, milliseconds } = await cloud.pim(words)
  expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' })
  expect(milliseconds).toBeLessThan(60_000)
})

test('`pim status --watch` in a pipe is silent but for the answer', async () => {
  await using cloud = await openCloud()
  await tellEarly(cloud)
  await cloud.pim(['elevate', admin, '-j', 'why'])
  const run = cloud.startPim(['status', '--watch'])
  let frames = ''
  run.child.stdout?.on('data', (text: string) => (frames += text))
  await until('three frames', () => frames.split('TARGET').length > 3)
  run.child.kill('SIGINT')
  const { code, err } = await run.ended
  expect([code, err, frames.includes('\u0007')]).toEqual([130, '', false])
})
