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
    const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name)
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

  test('names the filters of the audit log, and the settings with their values', async () => {
    const pim = await startPim()
    const { stdout } = await pim.run('audit --help')
    for (const flag of ['--target', '--event', '--id', '--since', '--limit']) {
      expect(stdout).toContain(`  ${flag} <`)
    }
    expect((await pim.run('help audit verify')).stdout).toMatch(/^Usage: pim audit verify/)
    for (const word of ['get', 'set', 'unset']) {
      const help = (await pim.run(`config ${word} --help`)).stdout
      expect(help).toMatch(/^ {2}targets.<target>.sessionTags +try, require, off$/m)
      expect(help).toMatch(/^ {2}azure.cloud +public, usgov, china$/m)
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
    ['help frob', "unknown command 'frob'"],
    ['help audit frob', "unknown command 'frob'"],
    ['audit help frob', "unknown command 'frob'"],
    ['audit frob', "unknown command 'frob'"],
    ['completion tcsh', 'unknown shell `tcsh`'],
    ['env aws:x --shell csh', 'unknown --shell `csh`'],
  ])('pim %s', async (argv, message) => {
    const pim = await startPim()
    const { code, stdout, stderr } = await pim.run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^pim: error: [a-z]/)
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^pim: hint: /m)
  })

  test.each([
    ['audit verfy', 'did you mean `verify`?'],
    ['elevat', 'did you mean elevate?'],
    ['help elevat', 'did you mean `elevate`?'],
    ['version', '`pim --version` prints the version'],
    ['completion tcsh', 'it is one of bash, zsh, fish, powershell'],
    ['elevate 123456789012/Foo -j why', 'did you mean `aws:123456789012/Foo`?'],
    ['elevate sandbox-admin -j why', 'did you mean `aws:sandbox-admin`?'],
    ['elevate aws:sandbox-admin -j why -d 0', 'write `45m`, `1h30m` or `PT1H30M`'],
    ['elevate aws:sandbox-admin -j why -d 5', 'write `5h` or `5m`'],
    ['config set frob 1', 'azure.cloud (public, usgov, china)'],
    ['audit --event frob', 'it is one of elevation.requested, '],
  ])('pim %s: %s', async (argv, hint) => {
    const pim = await startPim()
    const { code, stderr } = await pim.run(argv)
    expect([code, stderr]).toEqual([2, expect.stringContaining(`pim: hint: `)])
    expect(stderr).toContain(hint)
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
