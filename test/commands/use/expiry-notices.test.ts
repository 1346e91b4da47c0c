import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { minutes } from '../../../src/core/time/duration.ts'
import { startPim, type Pim } from '../../pim.ts'

const exec = ['exec', 'aws:sandbox-admin', '-j', 'why', '--', '/bin/sleep', '0.3']
const bell = '\u0007'
const ends = 'ends at 13:00 (1h left)'
const inTerminal = { answers: [] }

/** Every elevation of an hour is near its end. */
async function startEarly(env: Readonly<Record<string, string>> = {}): Promise<Pim> {
  const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory', ...env })
  await pim.run('config set notice.before 2h')
  return pim
}

/** A desktop that writes down what it shows; one that fails, where told. */
function desktop(pim: Pim, exitCode = 0) {
  const folder = join(pim.folder, 'programs')
  mkdirSync(folder)
  const file = join(folder, 'shown')
  writeFileSync(
    join(folder, 'notify-send'),
    `#!/bin/sh\necho "$3" >> ${file}\nexit ${exitCode}\n`,
    {
      mode: 0o755,
    },
  )
  return {
    env: { DISPLAY: ':0', XDG_RUNTIME_DIR: '/nowhere', PATH: folder },
    shown: () => readFileSync(file, 'utf8'),
  }
}

describe('while a command runs', () => {
  test('the bell and a line come to a terminal, once, and the bell alone is no letter of stdout', async () => {
    const pim = await startEarly()
    const { code, stdout, stderr } = await pim.run(exec, inTerminal)
    expect([code, stdout, stderr.split(bell).length, stderr.split(ends).length]).toEqual([
      0,
      '',
      2,
      2,
    ])
  })

  test.each([
    ['without a terminal', exec, {}],
    ['with --json, without a terminal', ['--json', ...exec], {}],
    ['with --quiet', ['--quiet', ...exec], inTerminal],
  ])('nothing %s', async (_, argv, options) => {
    const pim = await startEarly()
    const { code, stdout, stderr } = await pim.run(argv, options)
    expect([code, stdout, stderr.includes(bell), stderr.includes('ends at')]).toEqual([
      0,
      '',
      false,
      false,
    ])
  })

  test('nothing earlier than that, nor where it is off', async () => {
    const pim = await startEarly()
    for (const before of ['59m', 'off']) {
      await pim.run(`config set notice.before ${before}`)
      expect((await pim.run(exec, inTerminal)).stderr).not.toContain('ends at')
    }
  })

  test('the desktop shows it even under --quiet and without a terminal', async () => {
    const pim = await startEarly()
    const { env, shown } = desktop(pim)
    const ended = await pim.run(['-q', ...exec], { env })
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(shown()).toBe(`aws:sandbox-admin ${ends}\n`)
  })

  test('by the desktop alone: no bell and no line, unless it fails', async () => {
    const pim = await startEarly()
    await pim.run('config set notice.by desktop')
    const { env, shown } = desktop(pim)
    const { stderr } = await pim.run(exec, { env, ...inTerminal })
    expect([stderr.includes(bell), stderr.includes('ends at')]).toEqual([false, false])
    expect(shown()).toContain(ends)
    const without = await pim.run(exec, inTerminal)
    expect([without.stderr.includes(bell), without.stderr.includes(ends)]).toEqual([true, true])
  })

  test('a desktop that fails is a detail, and the command’s code stays', async () => {
    const pim = await startEarly()
    const { env } = desktop(pim, 3)
    const command = ['exec', 'aws:sandbox-admin', '-j', 'why', '--', '/bin/sh', '-c']
    const late = ['/bin/sleep 0.5; exit 42']
    const quiet = await pim.run(['-q', ...command, ...late], { env })
    expect(quiet).toEqual({ code: 42, stdout: '', stderr: '' })
    const verbose = await pim.run(['-v', ...command, ...late], { env })
    expect(verbose.code).toBe(42)
    expect(verbose.stderr).toContain(
      'pim: no desktop notice: `notify-send` ended with exit code 3\n',
    )
  })
})

describe('while somebody looks on', () => {
  const watch = (pim: Pim, argv: string, frames: number) =>
    pim.run(argv, {
      ...inTerminal,
      interruptWhen: ({ stdout }) => stdout.split('\n').length > frames,
    })

  test('the line and the bell go to stderr once, and stdout has its documents', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    await pim.run('config set notice.before 10m')
    pim.advance(minutes(51))
    const { code, stdout, stderr } = await watch(pim, 'status --watch --json --no-color', 3)
    expect([code, stdout.trim().split('\n').length]).toEqual([130, 3])
    expect(stderr).toBe(
      `pim: \`aws:sandbox-admin\` ends at 13:00 (9m left); \`pim extend aws:sandbox-admin\` makes it last longer\n${bell}`,
    )
  })

  test('a setting that is wrong is said before anything is shown', async () => {
    const pim = await startPim()
    mkdirSync(join(pim.folder, 'pim'), { recursive: true })
    writeFileSync(join(pim.folder, 'pim', 'config.json'), '{"notice": {"before": "soon"}}')
    const { code, stdout, stderr } = await watch(pim, 'status --watch', 1)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('`notice.before` is neither off nor a length of time such as 5m')
  })
})
