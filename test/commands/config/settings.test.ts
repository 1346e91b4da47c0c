import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startPim } from '../../pim.ts'

describe('config', () => {
  test('sets, gets, lists and unsets', async () => {
    const pim = await startPim()
    expect(await pim.says('config set duration 30m')).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: set \`duration\` to 30m"
    `)
    await pim.run('config set targets.aws:SANDBOX-admin.sessionTags off')
    expect(await pim.run('config get duration')).toEqual({ code: 0, stdout: '30m\n', stderr: '' })
    expect(await pim.says('config list')).toMatchInlineSnapshot(`
      "exit code 0
      stdout:
      duration=30m
      targets.aws:sandbox-admin.sessionTags=off"
    `)
    await pim.run('config unset duration')
    expect((await pim.run('config list')).stdout).toBe(
      'targets.aws:sandbox-admin.sessionTags=off\n',
    )
  })

  test('of nothing says so on stderr', async () => {
    const pim = await startPim()
    const none = { code: 0, stdout: '', stderr: 'pim: nothing is set\n' }
    expect(await pim.run('config list')).toEqual(none)
  })

  test('is one JSON document each with --json', async () => {
    const pim = await startPim()
    const json = async (argv: string) =>
      JSON.parse((await pim.run(`${argv} --json`)).stdout) as unknown
    expect(await json('config set duration 30m')).toEqual({
      schema: 'pim.config/v1',
      key: 'duration',
      value: '30m',
    })
    expect(await json('config get duration')).toMatchObject({ key: 'duration', value: '30m' })
    expect(await json('config list')).toEqual({
      schema: 'pim.config/v1',
      config: { duration: '30m' },
    })
    expect(await json('config unset duration')).toEqual({
      schema: 'pim.config/v1',
      key: 'duration',
    })
    expect(await json('config path')).toEqual({
      schema: 'pim.path/v1',
      path: join(pim.folder, 'pim', 'config.json'),
    })
  })

  test.each([
    'config get duration',
    'config get frob',
    'config set frob 1',
    'config set duration 30',
    'config set notice.before soon',
    'config set notice.by smoke',
    'config set notice 5m',
    'config set credentialStore disk',
    'config set targets.aws:nothing.duration 1h',
    'config set targets.aws:sandbox-admin.sessionTags maybe',
  ])('pim %s: exit code 2, and nothing is written', async (argv) => {
    const pim = await startPim()
    expect(await pim.run(argv)).toMatchObject({ code: 2, stdout: '' })
    expect((await pim.run('config list')).stdout).toBe('')
  })

  test('--config names another file', async () => {
    const pim = await startPim()
    const file = join(pim.folder, 'other.json')
    writeFileSync(file, '{}')
    await pim.run(['--config', file, 'config', 'set', 'duration', '20m'])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ duration: '20m' })
    expect((await pim.run('config list')).stdout).toBe('')
  })

  test.each([
    ['that is not there', undefined, 'config-missing'],
    ['that is wrong', '{"frob": 1}', 'config-invalid'],
    ['that is no JSON', 'duration = 20m', 'config-invalid'],
  ])('--config with a file %s: exit code 2, whatever the command', async (_, text, code) => {
    const pim = await startPim()
    const file = join(pim.folder, 'other.json')
    if (text !== undefined) writeFileSync(file, text)
    for (const argv of ['list', 'status', 'config set duration 20m']) {
      const ended = await pim.run(['--json', '--config', file, ...argv.split(' ')])
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      const { error } = JSON.parse(ended.stderr) as { error: { code: string; message: string } }
      expect(error.code).toBe(code)
      expect(error.message).toContain(file)
    }
    expect(existsSync(file)).toBe(text !== undefined)
  })

  test.each([
    ['config set duration 30', 'invalid-setting'],
    ['config set frob 1', 'unknown-setting'],
    ['config set targets.aws:sandbox-admin.sessionTags maybe', 'invalid-setting'],
    ['alias set a/b aws:sandbox-admin', 'invalid-setting'],
  ])('pim %s blames what was typed, not the file: %s', async (argv, expected) => {
    const pim = await startPim()
    const { code, stderr } = await pim.run(`${argv} --json`)
    expect(code).toBe(2)
    const { error } = JSON.parse(stderr) as { error: { code: string } }
    expect(error.code).toBe(expected)
    expect(stderr).not.toContain('config.json')
  })
})

describe('alias', () => {
  test.each(['hasOwnProperty', 'toString', 'valueOf'])(
    'may be named %s, and is found, listed and removed like any other',
    async (name) => {
      const pim = await startPim()
      expect(await pim.run(`alias set ${name} aws:sandbox-admin`)).toMatchObject({ code: 0 })
      expect((await pim.run('alias list')).stdout).toBe(`${name}=aws:sandbox-admin\n`)
      const { code, stdout } = await pim.run(`elevate ${name} --dry-run -j why`)
      expect([code, stdout]).toEqual([0, expect.stringContaining('aws:sandbox-admin')])
      expect(await pim.run(`alias remove ${name}`)).toMatchObject({ code: 0 })
      expect((await pim.run('alias list')).stdout).toBe('')
    },
  )

  test.each(['constructor', '__proto__', 'prototype'])(
    'named %s cannot be kept, and says so',
    async (name) => {
      const pim = await startPim()
      const { code, stderr } = await pim.run(`alias set ${name} aws:sandbox-admin`)
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`\`aliases.${name}\` is a name that cannot be kept`),
      ])
      for (const argv of [`alias remove ${name}`, `elevate ${name} -j why`]) {
        expect(await pim.run(argv)).toMatchObject({ code: 2, stdout: '' })
      }
      expect((await pim.run('config list --json')).stdout).not.toContain(name)
    },
  )

  test('stands for one target or several', async () => {
    const pim = await startPim()
    expect(await pim.says('alias set both aws:sandbox-ADMIN 123456789012/Short'))
      .toMatchInlineSnapshot(`
      "exit code 2
      stderr:
      pim: error: \`123456789012/Short\` is not a target
      pim: hint: did you mean \`aws:123456789012/Short\`?"
    `)
    await pim.run('alias set both aws:sandbox-ADMIN aws:123456789012/Short')
    expect(await pim.says('alias list')).toMatchInlineSnapshot(`
      "exit code 0
      stdout:
      both=aws:sandbox-admin aws:123456789012/Short"
    `)
    await pim.run('elevate BOTH -j why')
    expect(pim.assumed().toSorted()).toEqual(['Admin', 'Short', 'Short'])
    await pim.run('alias remove both')
    const none = { code: 0, stdout: '', stderr: 'pim: there are no aliases\n' }
    expect(await pim.run('alias list')).toEqual(none)
  })

  test.each([
    'alias set x aws:sandbox-nothing',
    'alias set a/b aws:sandbox-admin',
    'alias remove nothing',
    'alias remove constructor',
  ])('pim %s: exit code 2', async (argv) => {
    const pim = await startPim()
    expect(await pim.run(argv)).toMatchObject({ code: 2, stdout: '' })
  })
})
