import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keysOf, startPim } from '../../pim.ts'

describe('whoami', () => {
  test('says who one is here and there, before any elevation', async () => {
    const pim = await startPim()
    expect(await pim.says('whoami')).toMatchInlineSnapshot(`
      "exit code 0
      stdout:
      local: <user> on <host>
      aws: arn:aws:iam::123456789012:user/alice
      azure, entra, group: not signed in (\`pim login azure\`)"
    `)
    expect(pim.assumed()).toEqual([])
  })

  test('--json has these keys', async () => {
    const pim = await startPim()
    expect(keysOf(JSON.parse((await pim.run('whoami --json')).stdout))).toEqual([
      'schema',
      'actor.user',
      'actor.host',
      'identities[].provider',
      'identities[].name',
      'identities[].person',
      'identities[].account',
      'identities[].identity.cloud',
      'identities[].identity.tenant',
      'identities[].identity.account',
      'identities[].identity.name',
      'notSignedIn[]',
    ])
  })

  test('a provider that does not answer does not hide the rest', async () => {
    const pim = await startPim()
    pim.sandbox.sts.fail({ code: 'ExpiredToken', status: 403, times: 9 })
    const { code, stdout, stderr } = await pim.run('whoami --json')
    expect(code).toBe(4)
    expect(stderr).toContain('source-credentials-expired')
    expect(JSON.parse(stdout)).toMatchObject({
      identities: [],
      errors: [{ provider: 'aws' }],
    })
  })
})

test('without credentials to start from, the profiles that have some are named', async () => {
  const pim = await startPim()
  const { code, stderr } = await pim.run('whoami', { env: { AWS_PROFILE: undefined } })
  expect([code, stderr]).toEqual([4, expect.stringContaining('or set AWS_PROFILE to `sandbox`')])
})

describe('doctor', () => {
  test('checks what pim needs, and is 0 where nothing fails', async () => {
    const pim = await startPim({ DBUS_SESSION_BUS_ADDRESS: '' })
    const { code, stdout } = await pim.run('doctor --json')
    expect(code).toBe(0)
    const { schema, checks } = JSON.parse(stdout) as {
      schema: string
      checks: { id: string; status: string }[]
    }
    expect(schema).toBe('pim.doctor/v1')
    const statuses = Object.fromEntries(checks.map(({ id, status }) => [id, status]))
    expect(statuses).toMatchObject({
      version: 'ok',
      config: 'ok',
      state: 'ok',
      store: 'ok',
      audit: 'ok',
      aws: 'ok',
    })
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['store.keychain', 'store.file']))
  })

  test('is 1 where something does, with a hint, and checks the rest all the same', async () => {
    const pim = await startPim({ DBUS_SESSION_BUS_ADDRESS: '', PIM_CREDENTIAL_STORE: 'memory' })
    await pim.run('config set duration 30m')
    writeFileSync(join(pim.folder, 'pim', 'config.json'), '{"duraton": "30m"}')
    const { code, stdout } = await pim.run('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^fail config: .*`duraton` is not a setting\n {5}\S/m)
    expect(stdout).toMatch(/^ok {3}aws: 7 targets$/m)
  })

  test('names the profiles that cannot work, found without a call', async () => {
    const pim = await startPim({ DBUS_SESSION_BUS_ADDRESS: '' })
    const role = 'role_arn = arn:aws:iam::123456789012:role/Admin'
    appendFileSync(
      join(pim.folder, 'aws', 'config'),
      `[profile orphan]\n${role}\nsource_profile = nobody\n[profile ring]\n${role}\nsource_profile = ring\n`,
    )
    const { code, stdout } = await pim.run('doctor')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^warn aws:orphan: .*`nobody` does not exist\n {5}\S/m)
    expect(stdout).toMatch(/^warn aws:ring: .*in a loop: ring -> ring\n {5}\S/m)
    expect(stdout).not.toContain('aws:sandbox')
    expect(pim.sandbox.sts.calls).toEqual([])
  })
})

describe('sandbox', () => {
  test('runs a command against a cloud of its own, and ends with its exit code', async () => {
    const pim = await startPim()
    const script = '[ "$AWS_ENDPOINT_URL_STS" != "$0" ] && [ -n "$PIM_HOME" ] && exit 7'
    const ended = await pim.run(['sandbox', '--', '/bin/sh', '-c', script, pim.sandbox.endpoint])
    expect(ended).toMatchObject({ code: 7, stdout: '' })
    expect(ended.stderr).toMatch(
      /^pim: sandbox at http:\/\/127\.0\.0\.1:\d+; the MFA code is 123456\n$/,
    )
    expect(pim.sandbox.sts.calls).toEqual([])
  })

  test.each([
    ['that is not there', 'nosuch-program', 127],
    ['that is no program', '/etc/passwd', 126],
  ])('a command %s ends it as a shell would', async (_, file, code) => {
    const pim = await startPim()
    expect(await pim.run(['sandbox', '--', file])).toMatchObject({ code, stdout: '' })
  })

  test('inside another it is refused, unless that is meant', async () => {
    const pim = await startPim()
    const env = { PIM_SANDBOX: 'http://127.0.0.1:1' }
    const refused = await pim.run(['sandbox', '--', 'true'], { env })
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('`--nested`') })
    expect(await pim.run(['sandbox', '--nested', '--', 'true'], { env })).toMatchObject({ code: 0 })
  })

  test('its command sees where it is, and no elevation from outside', async () => {
    const pim = await startPim({ PIM_ELEVATION_ID: 'e1', PIM_TARGET: 'aws:prod' })
    const script = '[ -n "$PIM_SANDBOX" ] && [ -z "$PIM_ELEVATION_ID$PIM_TARGET" ] && exit 7'
    const ended = await pim.run(['sandbox', '--', '/bin/sh', '-c', script])
    expect(ended).toMatchObject({ code: 7 })
  })

  test('without a command and a terminal: exit code 2', async () => {
    const pim = await startPim()
    expect(await pim.run('sandbox')).toMatchObject({ code: 2, stdout: '' })
  })
})
