import { describe, expect, test } from 'vitest'
import { startPim } from '../pim.ts'

describe('help', () => {
  test.each(['--help', 'help', '-h', ''])(
    'pim %s is the answer: on stdout, exit code 0',
    async (argv) => {
      const pim = await startPim()
      const ended = await pim.run(argv === '' ? [] : argv)
      expect([ended.code, ended.stderr]).toEqual([0, ''])
      expect(ended.stdout).toContain('sudo for the cloud')
      expect(ended.stdout).toContain('Exit codes: 0 done')
    },
  )

  test('names every command, and each has help of its own', async () => {
    const pim = await startPim()
    const { stdout } = await pim.run('--help')
    const names = [...stdout.matchAll(/^ {2}([a-z]+)(?:\|[a-z]+)? .*\S {2,}\S/gm)].map(
      ([, name]) => name,
    )
    expect(names).toEqual(
      expect.arrayContaining(['elevate', 'exec', 'env', 'list', 'status', 'release']),
    )
    for (const name of [
      'elevate',
      'exec',
      'env',
      'credentials',
      'list',
      'status',
      'release',
      'audit',
      'config',
      'alias',
    ]) {
      const help = await pim.run(`${name} --help`)
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toMatch(new RegExp(`^Usage: pim ${name}`))
    }
  })

  test('the version is a line of its own', async () => {
    const pim = await startPim()
    expect(await pim.run('--version')).toEqual({ code: 0, stdout: '0.0.0-test\n', stderr: '' })
  })
})

describe('words that pim does not know: exit code 2, an empty stdout, and what to do', () => {
  test.each([
    ['elevat', "unknown command 'elevat'"],
    ['elevate --frob', "unknown option '--frob'"],
    ['list a b', 'too many arguments'],
    ['status --check', "option '--check <target>' argument missing"],
    ['config frob', "unknown command 'frob'"],
    ['credentials', "missing required argument 'target'"],
  ])('pim %s', async (argv, message) => {
    const pim = await startPim()
    const { code, stdout, stderr } = await pim.run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^pim: error: [a-z]/)
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^pim: hint: /m)
  })

  test('with --json the error is one line of JSON on stderr', async () => {
    const pim = await startPim()
    const { stderr } = await pim.run('elevate --frob --json')
    expect(JSON.parse(stderr)).toMatchObject({
      schema: 'pim.error/v1',
      error: { code: 'invalid-usage', exitCode: 2, message: "unknown option '--frob'" },
    })
  })
})

describe('colours', () => {
  const error = 'elevate'
  const terminal = { answers: [] }
  test.each([
    ['in a terminal', error, {}, true],
    ['nowhere with --no-color', `${error} --no-color`, {}, false],
    ['nowhere with NO_COLOR', error, { NO_COLOR: '1' }, false],
    ['nowhere with a dumb terminal', error, { TERM: 'dumb' }, false],
    ['with FORCE_COLOR', error, { FORCE_COLOR: '1', TERM: 'dumb' }, true],
  ])('%s', async (_, argv, env, isColored) => {
    const pim = await startPim()
    const { stderr } = await pim.run(`${argv} --no-input`, { ...terminal, env })
    expect(stderr.includes('\u001B[')).toBe(isColored)
  })
})
