import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keysOf, startPim, type Pim } from '../../pim.ts'

const env = (...more: string[]) => ['env', 'aws:sandbox-admin', '-j', 'why', ...more]

test('prints what a shell evaluates, and on stderr what was done', async () => {
  const pim = await startPim()
  expect(await pim.says(env('--shell', 'bash'))).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    unset AWS_PROFILE
    export AWS_ACCESS_KEY_ID='<key>'
    export AWS_SECRET_ACCESS_KEY='<secret>'
    export AWS_SESSION_TOKEN='<secret>'
    export AWS_CREDENTIAL_EXPIRATION='2026-03-01T13:00:00.000Z'
    export AWS_REGION='us-east-1'
    export AWS_DEFAULT_REGION='us-east-1'
    export PIM_BEFORE_AWS_PROFILE='sandbox'
    stderr:
    pim: arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-admin\` until 13:00"
  `)
  expect(pim.records().map(({ event }) => event)).toEqual([
    'elevation.requested',
    'elevation.active',
    'credentials.issued',
  ])
})

test('the second time nothing is asked, said or recorded anew', async () => {
  const pim = await startPim()
  await pim.run(env())
  const { code, stderr } = await pim.run('env aws:sandbox-admin --shell fish')
  expect([code, stderr]).toEqual([0, ''])
  expect(pim.assumed()).toHaveLength(1)
  expect(pim.records()).toHaveLength(3)
})

test('works without a store', async () => {
  const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
  const { code, stdout } = await pim.run(env('--shell', 'json'))
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    AWS_ACCESS_KEY_ID: pim.sandbox.sts.issued[0]?.accessKeyId,
  })
})

describe('the syntax is that of', () => {
  const lines: [string, RegExp][] = [
    ['bash', /^export AWS_REGION='us-east-1'$/m],
    ['zsh', /^export AWS_REGION='us-east-1'$/m],
    ['fish', /^set -gx AWS_REGION 'us-east-1';$/m],
    ['powershell', /^\$Env:AWS_REGION = 'us-east-1'$/m],
    ['cmd', /^set "AWS_REGION=us-east-1"$/m],
    ['dotenv', /^AWS_REGION=us-east-1$/m],
    ['json', /"AWS_REGION":"us-east-1"/],
  ]
  test.each(lines)('%s', async (shell, line) => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    expect((await pim.run(env('--shell', shell))).stdout).toMatch(line)
  })

  test('a GitHub job: masks on stdout, values in its file and nowhere else', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    const file = join(pim.folder, 'github-env')
    writeFileSync(file, '')
    const { stdout } = await pim.run(env('--shell', 'github'), { env: { GITHUB_ENV: file } })
    expect(stdout.trim().split('\n')).toHaveLength(2)
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/^::add-mask::\S+$/)
    expect(readFileSync(file, 'utf8')).toMatch(/^AWS_REGION<<(pim-\S+)\nus-east-1\n\1$/m)
  })

  test('a GitHub job, which is told of a profile that it cannot take away', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    const file = join(pim.folder, 'github-env')
    const { code, stderr } = await pim.run(env('--shell', 'github'), { env: { GITHUB_ENV: file } })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^pim: warning: a job cannot take AWS_PROFILE away/m)
    expect(readFileSync(file, 'utf8')).not.toContain('AWS_PROFILE')
  })

  test('a GitHub job whose file cannot be written: exit code 2, naming it', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    const ended = await pim.run(env('--shell', 'github'), { env: { GITHUB_ENV: pim.folder } })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(`cannot write ${pim.folder}`)
  })

  test('no GitHub job: exit code 2, before anything is asked for', async () => {
    const pim = await startPim()
    expect(await pim.run(env('--shell', 'github'))).toMatchObject({ code: 2, stdout: '' })
    expect(pim.sandbox.sts.calls).toEqual([])
  })
})

test('--json has these keys', async () => {
  const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
  const document: unknown = JSON.parse((await pim.run(env('--json'))).stdout)
  expect(keysOf(document)).toEqual([
    'schema',
    'set.AWS_ACCESS_KEY_ID',
    'set.AWS_SECRET_ACCESS_KEY',
    'set.AWS_SESSION_TOKEN',
    'set.AWS_CREDENTIAL_EXPIRATION',
    'set.AWS_REGION',
    'set.AWS_DEFAULT_REGION',
    'set.PIM_BEFORE_AWS_PROFILE',
    'unset[]',
  ])
})

test('--unset takes the variables away, and needs no target', async () => {
  const pim = await startPim()
  expect(await pim.says('env --unset --shell bash')).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    unset AWS_ACCESS_KEY_ID
    unset AWS_SECRET_ACCESS_KEY
    unset AWS_SESSION_TOKEN
    unset AWS_CREDENTIAL_EXPIRATION"
  `)
})

describe('the profile that env takes away', () => {
  /** What the shell's variables are after it evaluated what pim printed. */
  const evaluated = async (pim: Pim, argv: string, before: Record<string, string>) => {
    const none = { AWS_PROFILE: undefined, AWS_DEFAULT_PROFILE: undefined }
    const { stdout } = await pim.run(`${argv} --shell json`, { env: { ...none, ...before } })
    const changes = Object.entries(JSON.parse(stdout) as Record<string, string | null>)
    const all: Record<string, string | null> = { ...before, ...Object.fromEntries(changes) }
    const kept = Object.entries(all).filter(([, value]) => value !== null)
    return Object.fromEntries(kept) as Record<string, string>
  }

  test('comes back with --unset, also when env came twice, and nothing of pim stays', async () => {
    const pim = await startPim()
    const start = { AWS_PROFILE: 'sandbox', AWS_DEFAULT_PROFILE: 'other', AWS_ROLE_ARN: 'a-role' }
    const once = await evaluated(pim, 'env aws:sandbox-admin -j why', start)
    expect(once).toMatchObject({
      PIM_BEFORE_AWS_PROFILE: 'sandbox',
      PIM_BEFORE_AWS_DEFAULT_PROFILE: 'other',
    })
    expect(Object.keys(once)).not.toContain('AWS_PROFILE')
    expect(Object.keys(once).filter((name) => name.includes('ROLE_ARN'))).toEqual([])
    const twice = await evaluated(pim, 'env aws:sandbox-admin', once)
    const end = await evaluated(pim, 'env --unset', twice)
    expect(end).toMatchObject({ AWS_PROFILE: 'sandbox', AWS_DEFAULT_PROFILE: 'other' })
    expect(Object.keys(end).filter((name) => /^PIM_|KEY|TOKEN/.test(name))).toEqual([])
  })

  test('does not replace one that was chosen since', async () => {
    const pim = await startPim()
    const before = { AWS_PROFILE: 'chosen', PIM_BEFORE_AWS_PROFILE: 'sandbox' }
    expect(await evaluated(pim, 'env --unset', before)).toEqual({ AWS_PROFILE: 'chosen' })
  })

  test.each([
    ['bash', /^unset PIM_BEFORE_AWS_PROFILE\nexport AWS_PROFILE='a b'$/m],
    ['fish', /^set -e PIM_BEFORE_AWS_PROFILE;\nset -gx AWS_PROFILE 'a b';$/m],
    ['powershell', /Env:PIM_BEFORE_AWS_PROFILE\n\$Env:AWS_PROFILE = 'a b'$/m],
    ['cmd', /^set "PIM_BEFORE_AWS_PROFILE="\nset "AWS_PROFILE=a b"$/m],
  ])('comes back in %s', async (shell, lines) => {
    const pim = await startPim()
    const env = { AWS_PROFILE: undefined, PIM_BEFORE_AWS_PROFILE: 'a b' }
    expect((await pim.run(`env --unset --shell ${shell}`, { env })).stdout).toMatch(lines)
  })

  test('is not kept where it could not be written, or nothing is taken away', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    appendFileSync(join(pim.folder, 'aws', 'config'), '[profile a&b]\nregion = us-east-1\n')
    const odd = await pim.run(env('--shell', 'cmd'), { env: { AWS_PROFILE: 'a&b' } })
    expect([odd.code, odd.stdout]).toEqual([0, expect.not.stringContaining('PIM_BEFORE')])
    const dotenv = await pim.run(env('--shell', 'dotenv'))
    expect([dotenv.code, dotenv.stdout]).toEqual([0, expect.not.stringContaining('PIM_BEFORE')])
  })

  test('a name that would be run is left where it is', async () => {
    const pim = await startPim()
    const attack = { 'PIM_BEFORE_A;touch /tmp/x;': 'x', PIM_BEFORE_a: 'x' }
    const { stdout } = await pim.run('env --unset --shell bash', { env: attack })
    expect(stdout).not.toMatch(/touch|BEFORE/)
  })
})

test('--unset for a GitHub job empties them, since a job can take none away', async () => {
  const pim = await startPim()
  const file = join(pim.folder, 'github-env')
  const ended = await pim.run('env --unset --shell github', { env: { GITHUB_ENV: file } })
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(readFileSync(file, 'utf8')).toMatch(/^AWS_ACCESS_KEY_ID<<(pim-\S+)\n\n\1$/m)
})

test('--unset for a dotenv file is refused: nothing in one takes a variable away', async () => {
  const pim = await startPim()
  const ended = await pim.run('env --unset --shell dotenv')
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain('a dotenv file cannot take variables away')
})

test.each([
  ['env', 'a target and a justification are needed'],
  ['env -j why', 'a target is needed'],
  ['env aws:sandbox-admin', 'a justification is needed'],
  ['env aws:sandbox-admin -j why --shell csh', 'unknown --shell `csh`'],
])('pim %s: exit code 2 and an empty stdout', async (argv, message) => {
  const pim = await startPim()
  const ended = await pim.run(argv)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(message)
})
