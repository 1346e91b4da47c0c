import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startPim, type Pim } from '../../pim.ts'

const exec = (...command: string[]) => ['exec', 'aws:sandbox-admin', '-j', 'why', '--', ...command]
const events = (pim: Pim) => pim.records().map(({ event }) => event)

/** What a child finds in its environment. */
async function childEnvironment(pim: Pim, argv: readonly string[] = exec(), env = {}) {
  const file = join(pim.folder, 'env')
  const { code } = await pim.run([...argv, '/bin/sh', '-c', `env > ${file}`], { env })
  expect(code).toBe(0)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return Object.fromEntries(
    lines.map((line) => [line.split('=', 1)[0] ?? '', line.replace(/^\w+=/, '')]),
  )
}

describe('the command', () => {
  test('gets the credentials in its environment, and what got in the way is gone', async () => {
    const pim = await startPim()
    const env = await childEnvironment(pim, exec(), { KEPT: 'yes', AWS_ROLE_ARN: 'other' })
    expect(env).toMatchObject({
      AWS_ACCESS_KEY_ID: pim.sandbox.sts.issued[0]?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: expect.stringMatching(/\S/),
      AWS_SESSION_TOKEN: expect.stringMatching(/\S/),
      AWS_CREDENTIAL_EXPIRATION: '2026-03-01T13:00:00.000Z',
      AWS_REGION: 'us-east-1',
      PIM_TARGET: 'aws:sandbox-admin',
      PIM_ELEVATION_ID: pim.records()[0]?.elevationId,
      KEPT: 'yes',
    })
    expect(env).not.toHaveProperty('AWS_PROFILE')
    expect(env).not.toHaveProperty('AWS_ROLE_ARN')
  })

  test('does not get the passphrase to what pim keeps', async () => {
    const pim = await startPim({ PIM_STORE_PASSPHRASE: 'open sesame' })
    const env = await childEnvironment(pim)
    expect(env).not.toHaveProperty('PIM_STORE_PASSPHRASE')
    expect(JSON.stringify(env)).not.toContain('open sesame')
  })

  test.each([
    ['/bin/true', [], 0],
    ['/bin/sh', ['-c', 'exit 42'], 42],
    ['/bin/sh', ['-c', 'kill -9 $$'], 137],
  ])('%s %j ends with %i, and so does pim', async (file, args, code) => {
    const pim = await startPim()
    const ended = await pim.run(exec(file, ...args))
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(pim.records().find(({ event }) => event === 'command.finished')).toMatchObject({
      exitCode: code,
      command: file,
    })
  })

  test('keeps its own flags', async () => {
    const pim = await startPim()
    const file = join(pim.folder, 'args')
    await pim.run(
      exec('/bin/sh', '-c', `echo "$@" > ${file}`, 'sh', '--json', '--', '-j', 'x', '--help'),
    )
    expect(readFileSync(file, 'utf8')).toBe('--json -- -j x --help\n')
  })
})

describe('afterwards', () => {
  test('what was activated for the command is given back', async () => {
    const pim = await startPim()
    await pim.run(exec('/bin/true'))
    expect(events(pim)).toEqual([
      'elevation.requested',
      'elevation.active',
      'command.started',
      'command.finished',
      'elevation.released',
    ])
    expect((await pim.run('status --check aws:sandbox-admin')).code).toBe(1)
  })

  test('what was active before stays', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j before')
    await pim.run(exec('/bin/true'))
    expect(events(pim)).not.toContain('elevation.released')
    expect((await pim.run('status --check aws:sandbox-admin')).code).toBe(0)
  })

  test('--keep leaves it active', async () => {
    const pim = await startPim()
    await pim.run(['exec', 'aws:sandbox-admin', '-j', 'why', '--keep', '--', '/bin/true'])
    expect((await pim.run('status --check aws:sandbox-admin')).code).toBe(0)
  })

  test('without a store nothing is left behind, and it works all the same', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    expect((await pim.run(exec('/bin/true'))).code).toBe(0)
    expect(events(pim).at(-1)).toBe('elevation.released')
  })
})

describe('what is pim’s own failure', () => {
  test('a command that is not there: 127', async () => {
    const pim = await startPim()
    expect(await pim.says(exec('no-such-command-at-all'))).toMatchInlineSnapshot(`
      "exit code 127
      stderr:
      pim: arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-admin\` until 13:00
      pim: error: there is no command \`no-such-command-at-all\`
      pim: hint: check the spelling, PATH and that the working folder is still there"
    `)
    expect(events(pim).at(-1)).toBe('elevation.released')
  })

  test('no name, or a path to nothing: 127', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    for (const file of ['', join(pim.folder, 'nothing')]) {
      const { code, stderr } = await pim.run(exec(file))
      expect([file, code]).toEqual([file, 127])
      expect(stderr).toContain('there is no command')
    }
  })

  test('a script whose interpreter is not there: 126', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    const file = join(pim.folder, 'script')
    writeFileSync(file, '#!/no/such/interpreter\n', { mode: 0o755 })
    const { code, stderr } = await pim.run(exec(file))
    expect(code).toBe(126)
    expect(stderr).toContain(`\`${file}\` cannot be run`)
    expect(stderr).toContain('interpreter')
  })

  test('a file that is no program: 126', async () => {
    const pim = await startPim()
    const file = join(pim.folder, 'plain')
    writeFileSync(file, 'text')
    chmodSync(file, 0o600)
    expect((await pim.run(exec(file))).code).toBe(126)
  })

  test.each([
    ['a refusal', ['exec', 'aws:sandbox-denied', '-j', 'why', '--', 'touch', 'X']],
    ['no reason', ['exec', 'aws:sandbox-admin', '--', 'touch', 'X']],
    ['no command', ['exec', 'aws:sandbox-admin', '-j', 'why']],
    ['an unknown flag', ['exec', 'aws:sandbox-admin', '--frob', '--', 'touch', 'X']],
    [
      'two roles of one cloud',
      ['exec', 'aws:sandbox-admin', 'aws:sandbox-short', '-j', 'w', '--', 'touch', 'X'],
    ],
  ])('%s: 125, and the command does not run', async (_, argv) => {
    const pim = await startPim()
    const ran = join(pim.folder, 'ran')
    const { code, stdout, stderr } = await pim.run(argv.map((word) => (word === 'X' ? ran : word)))
    expect([code, stdout]).toEqual([125, ''])
    expect(stderr).toContain('pim: error: ')
    expect(existsSync(ran)).toBe(false)
  })

  test('the error says which of the codes it would have been', async () => {
    const pim = await startPim()
    const { stderr } = await pim.run([
      '--json',
      'exec',
      'aws:sandbox-denied',
      '-j',
      'why',
      '--',
      'true',
    ])
    const last = stderr.trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toMatchObject({ error: { code: 'access-denied', exitCode: 3 } })
  })

  test('inside another exec, unless --nested says that it is meant', async () => {
    const pim = await startPim()
    const env = { PIM_ELEVATION_ID: 'e0', PIM_TARGET: 'aws:other' }
    expect(await pim.says(exec('/bin/true'), { env })).toMatchInlineSnapshot(`
      "exit code 125
      stderr:
      pim: error: this already runs as \`aws:other\` under \`pim exec\`
      pim: hint: leave that command first, or say \`--nested\` if you mean it"
    `)
    const meant = ['exec', 'aws:sandbox-admin', '-j', 'why', '--nested', '--', '/bin/true']
    expect((await pim.run(meant, { env })).code).toBe(0)
  })
})
