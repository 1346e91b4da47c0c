import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCloud } from './pim.ts'
import { openSignedIn } from './fixture.ts'

const leftOver = {
  AWS_ACCESS_KEY_ID: 'AKIALEFTOVER00000000',
  AWS_SECRET_ACCESS_KEY: 'left-over',
  AWS_SESSION_TOKEN: 'left-over',
  AWS_SECURITY_TOKEN: 'left-over',
  AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z',
  AWS_PROFILE: 'sandbox',
  AWS_DEFAULT_PROFILE: 'sandbox',
  AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/Other',
  AWS_ROLE_SESSION_NAME: 'left-over',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/left/over',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/left-over',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/left-over',
  AWS_CONTAINER_AUTHORIZATION_TOKEN: 'left-over',
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/left/over',
  AWS_VAULT: 'left-over',
}

/** The variables that a command under `pim exec` got, by the names given. */
function shown(out: string): Record<string, string> {
  return JSON.parse(out) as Record<string, string>
}

const show = ['--', process.execPath, '-p', 'JSON.stringify(process.env)']

describe('a command under pim exec', () => {
  test('for AWS has the keys that it was lent and nothing that is left over', async () => {
    await using cloud = await openCloud()
    const {
      AWS_ACCESS_KEY_ID: _,
      AWS_SECRET_ACCESS_KEY: __,
      AWS_SESSION_TOKEN: ___,
      ...env
    } = leftOver
    const { code, out } = await cloud.pim(['exec', 'aws:sandbox-admin', '-j', 'why', ...show], {
      env,
    })
    expect(code).toBe(0)
    const got = shown(out)
    expect(Object.keys(leftOver).filter((name) => name in got)).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_CREDENTIAL_EXPIRATION',
    ])
    expect(out).not.toContain('left-over')
    expect(got).not.toHaveProperty('PIM_STORE_PASSPHRASE')
  })

  test('for Microsoft has no AWS credentials, and a line says so; the region stays', async () => {
    await using stand = await openSignedIn()
    const words = ['exec', 'azure:payments-prod/Contributor', '-j', 'why', '--keep']
    const env = { ...leftOver, AWS_REGION: 'eu-west-1', CORP_TOKEN: 'mine' }
    const { code, out, err } = await stand.pim([...words, ...show], { env })
    expect(code).toBe(0)
    const got = shown(out)
    expect(Object.keys(leftOver).filter((name) => name in got)).toEqual([])
    expect(got).not.toHaveProperty('PIM_STORE_PASSPHRASE')
    expect(got).toMatchObject({ AWS_REGION: 'eu-west-1', CORP_TOKEN: 'mine' })
    expect(err).toContain('the command does not get AWS_ACCESS_KEY_ID')
    expect(err).not.toContain('left-over')
  })
})

describe('the passphrase of the store', () => {
  test('reaches no browser and no Azure CLI', async () => {
    await using stand = await openSignedIn()
    const seen = join(stand.folder, 'seen')
    const browser = join(stand.folder, 'seeing-browser')
    const usual = stand.env['BROWSER'] ?? ''
    writeFileSync(browser, `#!/bin/sh\nenv > ${seen}-browser\nexec ${usual} "$@"\n`)
    chmodSync(browser, 0o700)
    const az = join(stand.folder, 'az')
    writeFileSync(az, `#!/bin/sh\nenv > ${seen}-az\nexit 1\n`)
    chmodSync(az, 0o700)
    writeFileSync(
      join(stand.env['AZURE_CONFIG_DIR'] ?? '', 'azureProfile.json'),
      '{"subscriptions":[{}]}',
    )
    const env = { BROWSER: browser, PATH: `${stand.folder}:${stand.env['PATH']}` }
    expect((await stand.pim(['login', 'azure'], { env })).code).toBe(0)
    expect((await stand.pim(['logout'], { env })).code).toBe(0)
    await stand.pim(['list', '--provider', 'azure', '--refresh'], { env })
    for (const who of ['browser', 'az']) {
      const text = readFileSync(`${seen}-${who}`, 'utf8')
      expect(text).toContain('AZURE_AUTHORITY_HOST')
      expect(text).not.toContain('PIM_STORE_PASSPHRASE')
    }
  })
})
