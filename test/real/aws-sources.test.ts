import type { RequestListener } from 'node:http'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { quoted } from '../../src/core/printable.ts'
import { alice } from '../../sandbox/aws/sts/roles.ts'
import { openPortal } from './portal.ts'
import { openTls } from './proxies.ts'
import { openCloud, pimFile, type Cloud, type Environment } from './pim.ts'

let cloud: Cloud

beforeEach(async () => {
  cloud = await openCloud()
  return () => cloud[Symbol.asyncDispose]()
})

function profiles(lines: string): void {
  appendFileSync(cloud.env['AWS_CONFIG_FILE'] ?? '', `\n${lines}\n`)
}

const here = `[profile here]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = base
`

describe('a sign-in of Identity Center that is to be renewed', () => {
  /** Signed in to `corp`, by a token that ended an hour ago unless told. */
  function signedIn(minutesLeft = -60): void {
    profiles(`[profile base]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Dev
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
${here}`)
    const name = createHash('sha1').update('corp').digest('hex')
    const path = join(cloud.env['HOME'] ?? '', '.aws', 'sso', 'cache', `${name}.json`)
    mkdirSync(dirname(path), { recursive: true })
    const expiresAt = new Date(Date.now() + minutesLeft * 60_000).toISOString()
    const renewable = { refreshToken: 'again', clientId: 'me', clientSecret: 'hidden-secret' }
    writeFileSync(path, JSON.stringify({ accessToken: 'first', expiresAt, ...renewable }))
  }
  const elevate = (endpoint: string) => {
    const env = { AWS_ENDPOINT_URL_SSO: endpoint, AWS_ENDPOINT_URL_SSO_OIDC: endpoint }
    return cloud.pim(['elevate', 'aws:here', '-j', 'why', '--json'], { env })
  }

  test('is unavailable where nobody answers', async () => {
    signedIn()
    const { code, err } = await elevate('http://127.0.0.1:9')
    expect([code, JSON.parse(err).error]).toEqual([
      6,
      expect.objectContaining({
        code: 'provider-unreachable',
        target: 'aws:here',
        message: expect.stringContaining('no connection to 127.0.0.1:9'),
        hint: 'check the network and AWS_ENDPOINT_URL_SSO',
      }),
    ])
    expect(err).not.toContain('hidden-secret')
  })

  test.each<[string, RequestListener, string]>([
    ['fails', (_, response) => void response.writeHead(503).end('{}'), 'provider-failing'],
    ['throttles', (_, response) => void response.writeHead(429).end('{}'), 'throttled'],
    [
      'is somebody else',
      (_, response) => void response.writeHead(200).end('<html>sign in to the network</html>'),
      'unreadable-answer',
    ],
    [
      'answers nonsense',
      (_, response) =>
        void response
          .writeHead(200, { 'Content-Type': 'application/json' })
          .end('{"accessToken":"second","expiresIn":1e300}'),
      'unreadable-answer',
    ],
    ['cuts the line', (request) => void request.socket.destroy(), 'no-answer'],
  ])('is unavailable where the service %s', async (_, listener, why) => {
    signedIn()
    await using portal = await openPortal(listener)
    const { code, err } = await elevate(portal.endpoint)
    expect([code, JSON.parse(err).error]).toEqual([6, expect.objectContaining({ code: why })])
  })

  test('has expired where the service refuses', async () => {
    signedIn()
    await using portal = await openPortal((_, response) => {
      response.writeHead(400, { 'Content-Type': 'application/json' })
      response.end('{"error":"invalid_grant"}')
    })
    const { code, err } = await elevate(portal.endpoint)
    expect([code, err]).toEqual([4, expect.stringContaining('the sign-in to `corp` has expired')])
  })

  test.each([60, 2])(
    'is unavailable where the portal fails, %s min before its end',
    async (left) => {
      signedIn(left)
      await using portal = await openPortal((_, response) => void response.writeHead(502).end())
      const { code, err } = await elevate(portal.endpoint)
      expect([code, JSON.parse(err).error]).toEqual([
        6,
        expect.objectContaining({ code: 'provider-failing' }),
      ])
    },
  )
})

describe('a credential_process that runs pim', () => {
  const self = [process.execPath, pimFile].map(quoted).join(' ')

  test('is ended by pim whoami at once, through a program too', async () => {
    const file = join(cloud.folder, 'wrapper')
    const seen = join(cloud.folder, 'seen')
    writeFileSync(file, `#!/bin/sh\necho run >> ${seen}\nexec ${self} whoami\n`, { mode: 0o700 })
    profiles(`[profile loop]\ncredential_process = ${file}`)
    const options = { env: { AWS_PROFILE: 'loop' }, limitSeconds: 60 }
    const ended = await cloud.pim(['whoami'], options)
    expect(ended.signal).toBeNull()
    expect(ended.code).not.toBe(0)
    expect(ended.err).toContain('the credential_process of the profile `loop`')
    expect(readFileSync(seen, 'utf8')).toBe('run\n')
  })

  test('is not run by pim whoami, which tells where an elevation starts', async () => {
    profiles(`[profile prod]\ncredential_process = ${self} credentials aws:123456789012/Admin`)
    const env = { AWS_PROFILE: 'prod', PIM_JUSTIFICATION: 'why' }
    const none = await cloud.pim(['whoami'], { env })
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('AWS_PROFILE names `prod`')])
    appendFileSync(
      cloud.env['AWS_SHARED_CREDENTIALS_FILE'] ?? '',
      `\n[default]\naws_access_key_id = ${alice.accessKeyId}\naws_secret_access_key = ${alice.secretAccessKey}\n`,
    )
    const { code, out } = await cloud.pim(['whoami'], { env })
    expect([code, out]).toEqual([0, expect.stringContaining('user/alice')])
    expect(cloud.calls('AssumeRole')).toEqual([])
  })
})

test('a code that a program cannot give is asked for where a person can', async () => {
  const env = { PIM_JUSTIFICATION: 'why' }
  const { code, out, err } = await cloud.pim(['credentials', 'aws:sandbox-mfa'], { env })
  expect([code, out]).toEqual([4, ''])
  expect(err).toContain('run `pim elevate aws:sandbox-mfa` in a terminal')
  expect(err).not.toContain('--mfa-token')
})

describe('a certificate that is not trusted', () => {
  test.each<[string, (ca: string) => Environment, string, string]>([
    [
      'is to be added to the file in AWS_CA_BUNDLE',
      (ca) => ({ AWS_CA_BUNDLE: ca }),
      '',
      'to the file in AWS_CA_BUNDLE',
    ],
    [
      'is to be added to the file of the profile',
      () => ({}),
      'ca_bundle',
      'to the file in the ca_bundle of the profile `here`',
    ],
    ['is to be named', () => ({}), '', 'in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS'],
  ])('%s, of the host and of a proxy', async (_, more, key, hint) => {
    await using host = await openTls(['localhost'], 9)
    await using other = await openTls(['other'], 9)
    const ca = join(cloud.folder, 'ca.pem')
    writeFileSync(ca, other.cert)
    profiles(here.replace('base', 'sandbox') + (key === '' ? '' : `${key} = ${ca}`))
    const there = { AWS_ENDPOINT_URL_STS: `https://localhost:${host.port}`, ...more(ca) }
    const direct = await cloud.pim(['elevate', 'aws:here', '-j', 'why'], { env: there })
    expect([direct.code, direct.err]).toEqual([6, expect.stringContaining(hint)])
    const env = {
      ...more(ca),
      AWS_ENDPOINT_URL_STS: 'https://sts.corp.example',
      HTTPS_PROXY: `https://localhost:${host.port}`,
    }
    const through = await cloud.pim(['elevate', 'aws:here', '-j', 'why'], { env })
    expect([through.code, through.err]).toEqual([6, expect.stringContaining(hint)])
  })
})

test('a config file that cannot be looked at is said to be that', async () => {
  const loop = join(cloud.folder, 'loop')
  symlinkSync(loop, loop)
  for (const words of [['list'], ['doctor'], ['whoami'], ['elevate', 'aws:x', '-j', 'why']]) {
    const { out, err } = await cloud.pim(words, { env: { AWS_CONFIG_FILE: loop } })
    expect(`${out}${err}`).toContain(loop)
    expect(`${out}${err}`).not.toMatch(/^\s+at /m)
  }
})

test('what a credential_process prints as a secret is never told', async () => {
  const file = join(cloud.folder, 'helper')
  const key = `${'wJalrXUtnFEMI/K7MDENG/'}bPxRfiCYEXAMPLEKEY`
  const token = 'FwoGZXIvYXdzE'.repeat(20)
  const script = `#!/bin/sh
printf '{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"short-one","SessionToken":"tok-tok"}'
echo "key:${key} token:${token} /${key.slice(1)} had short-one and tok-tok" >&2
exit 3
`
  writeFileSync(file, script, { mode: 0o700 })
  profiles(`[profile base]\ncredential_process = ${file}\n${here}`)
  const { code, err } = await cloud.pim(['elevate', 'aws:here', '-j', 'why', '--verbose'])
  expect([code, err]).toEqual([4, expect.stringContaining('ended with exit code 3')])
  for (const secret of [key, key.slice(1), token.slice(0, 30), 'short-one', 'tok-tok']) {
    expect(err).not.toContain(secret)
  }
})

test('a region of Identity Center that is none leads nowhere', async () => {
  profiles(`[profile base]
sso_start_url = https://corp.awsapps.com/start
sso_region = x.evil.example/
sso_account_id = 111122223333
sso_role_name = Dev
${here}`)
  const { code, err } = await cloud.pim(['elevate', 'aws:here', '-j', 'why'])
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('"x.evil.example/" is not an AWS region'),
  ])
})
