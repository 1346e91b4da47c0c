import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../system/temporary-folder.ts'

const source = (path: string): string =>
  JSON.stringify(new URL(`../../src/${path}`, import.meta.url))

/** Runs pim in a process of its own, in a terminal that never says anything. */
function runAtDeadTerminal(words: readonly string[]) {
  const program = `
    import { PassThrough } from 'node:stream'
    import { hostOf } from ${source('deps/host.ts')}
    import { run } from ${source('main.ts')}
    const host = Object.defineProperties(hostOf(process, () => {}), {
      stdinIsTerminal: { value: true },
      stderr: { value: { write: (text) => process.stderr.write(text), isTerminal: true } },
      terminal: { value: () => ({ input: new PassThrough(), output: new PassThrough() }) },
    })
    run(${JSON.stringify(words)}, host).then((code) => process.exit(code))
  `
  const folder = temporaryFolder()
  const env = { PATH: process.env['PATH'], HOME: folder, PIM_HOME: folder, NO_COLOR: '1' }
  const flags = ['--input-type=module', '--no-warnings', '-e', program]
  return spawnSync(process.execPath, flags, { encoding: 'utf8', env, timeout: 20_000 })
}

test('a run that nothing can bring to its end is an interrupted one, never a success', () => {
  const { status, stdout, stderr } = runAtDeadTerminal(['elevate', 'aws:123456789012/Admin'])
  expect({ status, stdout, stderr }).toEqual({
    status: 130,
    stdout: '',
    stderr: 'pim: error: interrupted\n',
  })
})
