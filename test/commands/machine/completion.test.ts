import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { startPim, type Pim } from '../../pim.ts'

/** The values that are suggested for the last of these words. */
async function suggested(pim: Pim, ...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await pim.run(['complete', '--', ...words])
  expect([code, stderr]).toEqual([0, ''])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '')
}

const targets = [
  'aws:sandbox-admin',
  'aws:sandbox-chained',
  'aws:sandbox-denied',
  'aws:sandbox-mfa',
  'aws:sandbox-no-tags',
  'aws:sandbox-short',
  'aws:sandbox-web',
]

describe('a script', () => {
  test.each(['bash', 'zsh', 'fish', 'powershell'])('for %s is on stdout', async (shell) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      const pim = await startPim()
      const { code, stdout, stderr } = await pim.run(`completion ${shell}`)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/pim complete '?--'? /)
      expect(stdout).toContain(shell === 'powershell' ? '-CommandName pim' : 'pim completion')
      expect(log).not.toHaveBeenCalled()
    } finally {
      log.mockRestore()
    }
  })

  test('for another shell there is none', async () => {
    const pim = await startPim()
    expect(await pim.run('completion csh')).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('what is suggested', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['commands', ['st'], ['status']],
    ['commands inside a command', ['config', 'un'], ['unset']],
    ['the flags of a command', ['elevate', '--just'], ['--justification']],
    ['the flags that every command has', ['elevate', '--js'], ['--json']],
    ['a flag’s values', ['env', '--shell', 'po'], ['powershell']],
    ['a flag’s target', ['audit', 'list', '--target', 'aws:sandbox-m'], ['aws:sandbox-mfa']],
    ['an argument’s values', ['completion', 'z'], ['zsh']],
    ['settings', ['config', 'get', 'azure.c'], ['azure.clientId', 'azure.cloud']],
    [
      'settings of a target',
      ['config', 'set', 'targets.aws:sandbox-mfa.s'],
      ['targets.aws:sandbox-mfa.sessionTags', 'targets.aws:sandbox-mfa.sourceIdentity'],
    ],
    ['the values of a setting', ['config', 'set', 'azure.cloud', ''], ['public', 'usgov', 'china']],
    [
      'the values of a setting of a target',
      ['config', 'set', 'targets.aws:sandbox-mfa.sessionTags', 'o'],
      ['off'],
    ],
    ['targets, behind their colon', ['elevate', 'aws:sandbox-'], targets],
    ['targets, by the start of the provider', ['elevate', 'aw'], targets],
    ['one target', ['elevate', 'aws:sandbox-ad'], ['aws:sandbox-admin']],
    ['further targets', ['elevate', 'aws:sandbox-admin', 'aws:sandbox-s'], ['aws:sandbox-short']],
    [
      'targets behind a flag and its value',
      ['elevate', '-j', 'why', 'aws:sandbox-ad'],
      ['aws:sandbox-admin'],
    ],
    ['nothing for a reason, which is anybody’s guess', ['elevate', '-j', 'a'], []],
    ['nothing behind two dashes', ['exec', 'aws:sandbox-admin', '--', ''], []],
    ['nothing behind two dashes, flags neither', ['exec', 'aws:sandbox-admin', '--', '--'], []],
    ['nothing for what starts like nothing', ['frob'], []],
    ['nothing where everything has been said', ['completion', 'zsh', ''], []],
  ])('%s: %j', async (_, words, expected) => {
    const pim = await startPim()
    expect((await suggested(pim, ...words)).toSorted()).toEqual(expected.toSorted())
    expect(pim.sandbox.sts.calls).toEqual([])
    expect(pim.records()).toEqual([])
  })

  test('every command at the start, but not the one that shells use', async () => {
    const pim = await startPim()
    for (const words of [[], ['']]) {
      const names = await suggested(pim, ...words)
      expect(names).toEqual(expect.arrayContaining(['elevate', 'exec', 'status', 'audit']))
      expect(names).not.toContain('complete')
      expect(new Set(names).size).toBe(names.length)
    }
  })

  test('flags in both their lengths, and no commands among them', async () => {
    const names = await suggested(await startPim(), 'elevate', '-')
    expect(names).toEqual(expect.arrayContaining(['-j', '--justification', '--json', '-d']))
    expect(names.filter((name) => !name.startsWith('-'))).toEqual([])
  })

  test('aliases, where a target may be and where an alias is taken away', async () => {
    const pim = await startPim()
    await pim.run('alias set prod aws:sandbox-admin')
    expect(await suggested(pim, 'elevate', 'pr')).toEqual(['prod'])
    expect(await suggested(pim, 'alias', 'remove', '')).toEqual(['prod'])
  })

  test('with what it is, behind a tab', async () => {
    const pim = await startPim()
    await pim.run('alias set prod aws:sandbox-admin')
    const { stdout } = await pim.run(['complete', '--', 'elevate', 'aws:sandbox-ad'])
    expect(stdout).toBe('aws:sandbox-admin\tAdmin 123456789012\n')
    expect((await pim.run(['complete', '--', 'elevate', 'prod'])).stdout).toBe(
      'prod\taws:sandbox-admin\n',
    )
    expect((await pim.run(['complete', '--', 'stat'])).stdout).toMatch(/^status\t\S.*\n$/)
  })
})

describe('what fails leaves no suggestion and says nothing', () => {
  test('a configuration of AWS that cannot be read', async () => {
    const pim = await startPim({ AWS_CONFIG_FILE: '/proc/self' })
    expect(await suggested(pim, 'elevate', 'aws')).toEqual([])
    expect(await suggested(pim, 'elev')).toEqual(['elevate'])
  })

  test('a configuration of pim that is wrong', async () => {
    const pim = await startPim()
    await pim.run('config set duration 30m')
    writeFileSync(join(pim.folder, 'pim', 'config.json'), '{"frob": 1}')
    expect(await suggested(pim, 'elevate', 'x')).toEqual([])
  })

  test('a name that would drive the terminal is not suggested', async () => {
    const pim = await startPim()
    const config = join(pim.folder, 'aws', 'evil')
    const role =
      'role_arn = arn:aws:iam::123456789012:role/Admin\ncredential_source = Environment\n'
    writeFileSync(config, `[profile good]\n${role}[profile e\u001B[2Jvil]\n${role}`)
    const env = { AWS_CONFIG_FILE: config, AWS_PROFILE: '' }
    const { stdout } = await pim.run(['complete', '--', 'elevate', 'aws:'], { env })
    expect(stdout).toBe('aws:good\tAdmin 123456789012\n')
  })
})
