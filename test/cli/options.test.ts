import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { startPim } from '../pim.ts'

describe('options of which one would be ignored are refused', () => {
  test.each([
    ['status --check aws:sandbox-admin --watch', '--watch'],
    ['status --watch --refresh', '--watch'],
    ['env --unset aws:sandbox-admin', '`--unset` takes no target'],
    ['env aws:sandbox-admin -j why --json --shell fish', '`--json` and `--shell`'],
    ['exec aws:sandbox-admin -j why --keep --release-failed-code 9 -- true', '--keep'],
    ['login --list azure', '`--list` does not sign in'],
    ['login azure --list', '`--list` does not sign in'],
    ['audit --limit 5 verify', '`pim audit verify` takes no filters'],
    ['extend aws:sandbox-admin --force', "unknown option '--force'"],
    ['requests --to-approve --all', '--to-approve'],
    ['release --all aws:sandbox-admin', 'not both'],
    ['list --provider aws --tenant sandbox.example', '`--tenant` chooses a sign-in to Microsoft'],
    ['list --provider AWS --account bob', '`--account` chooses a sign-in to Microsoft'],
    ['whoami --provider aws --account bob', 'and `aws` needs none'],
    ['status --check aws:sandbox-admin --tenant x', 'and `aws:sandbox-admin` needs none'],
  ])('pim %s', async (argv, message) => {
    const pim = await startPim()
    const { code, stdout, stderr } = await pim.run(argv)
    expect([code, stdout]).toEqual([argv.startsWith('exec') ? 125 : 2, ''])
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/hint\W+\w/)
    expect(pim.sandbox.sts.calls).toEqual([])
  })
})

/** Every command with the words that lead to it. */
function commandsBelow(parent: Command, words: readonly string[]): [string, Command][] {
  const inner = parent.createHelp().visibleCommands(parent)
  return inner.flatMap((command) => {
    const path = [...words, command.name()]
    return [[path.join(' '), command], ...commandsBelow(command, path)]
  })
}

const cli = {
  version: '0',
  behindDashes: [],
  open: () => Promise.reject(new Error('not opened')),
  finish: () => {},
}
const all = commandsBelow(createProgram([], cli), [])

test('completion knows every option of every command', async () => {
  const pim = await startPim()
  expect(all.length).toBeGreaterThan(30)
  for (const [words, command] of all) {
    const { stdout } = await pim.run(['complete', '--', ...words.split(' '), '--'])
    const suggested = stdout.split('\n').map((line) => line.split('\t')[0])
    const options = command.createHelp().visibleOptions(command)
    const longs = options.flatMap(({ long }) => long ?? [])
    expect([words, suggested]).toEqual([words, expect.arrayContaining([...longs, '--json'])])
  }
})

test('completion knows the filters of the log without the name of the list', async () => {
  const pim = await startPim()
  const { stdout } = await pim.run(['complete', '--', 'audit', '--l'])
  expect(stdout).toMatch(/^--limit\t/m)
  const events = await pim.run(['complete', '--', 'audit', '--event', 'elevation.rel'])
  expect(events.stdout).toBe('elevation.released\nelevation.release-failed\n')
  const providers = await pim.run(['complete', '--', 'list', '--provider', 'e'])
  expect(providers.stdout).toBe('entra\n')
})
