import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tenantApp } from '../../sandbox/microsoft/seed/seed.ts'
import { openCloud, type Cloud, type Environment } from './pim.ts'
import { openHangUp, openProxy, openTls } from './proxies.ts'
import { openStand } from './fixture.ts'

const elevate = ['elevate', 'aws:sandbox-admin', '-j', 'why']
const aws = 'sts.us-east-1.amazonaws.com'
/** As outside of the sandbox: AWS and Microsoft are where they are. */
const outside: Environment = {
  AWS_ENDPOINT_URL: undefined,
  AWS_ENDPOINT_URL_STS: `https://${aws}`,
  AWS_REGION: 'us-east-1',
  AZURE_AUTHORITY_HOST: undefined,
  PIM_GRAPH_ENDPOINT: undefined,
  PIM_AZURE_RESOURCE_MANAGER_ENDPOINT: undefined,
}

/** STS as the world knows it, behind a proxy. */
async function openOffice(cloud: Cloud) {
  const port = Number(new URL(cloud.env['AWS_ENDPOINT_URL_STS'] ?? '').port)
  const host = await openTls([aws, 'sts.corp.example'], port)
  const proxy = await openProxy(host.port)
  const ca = join(cloud.folder, 'ca.pem')
  writeFileSync(ca, host.cert)
  return {
    proxy,
    ca,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await host[Symbol.asyncDispose]()
    },
  }
}

describe('AWS through a proxy', () => {
  test.each([
    ['HTTPS_PROXY', (port: number) => `127.0.0.1:${port}`, ''],
    ['https_proxy', (port: number) => `http://127.0.0.1:${port}`, ''],
    ['ALL_PROXY', (port: number) => `http://al%40ice:p%23w@127.0.0.1:${port}/`, 'al@ice:p#w'],
  ])('that %s names', async (name, value, signIn) => {
    await using cloud = await openCloud()
    await using office = await openOffice(cloud)
    const env = { ...outside, AWS_CA_BUNDLE: office.ca, [name]: value(office.proxy.port) }
    const ended = await cloud.pim([...elevate, '--verbose'], { env })
    expect([ended.code, ended.err]).toEqual([0, expect.not.stringContaining('p%23w')])
    expect(new Set(office.proxy.asked)).toEqual(new Set([`${aws}:443`]))
    const sent = signIn === '' ? '' : `Basic ${Buffer.from(signIn).toString('base64')}`
    expect(new Set(office.proxy.signIns)).toEqual(new Set([sent]))
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
  })

  test('NO_PROXY is held against the host that is called, and no other', async () => {
    await using cloud = await openCloud()
    await using office = await openOffice(cloud)
    const env = {
      ...outside,
      AWS_CA_BUNDLE: office.ca,
      AWS_ENDPOINT_URL_STS: 'https://sts.corp.example',
      HTTPS_PROXY: `127.0.0.1:${office.proxy.port}`,
      NO_PROXY: '.amazonaws.com,10.0.0.0/8',
    }
    expect((await cloud.pim(elevate, { env })).code).toBe(0)
    expect(new Set(office.proxy.asked)).toEqual(new Set(['sts.corp.example:443']))
  })

  test('this machine is called directly', async () => {
    await using cloud = await openCloud()
    const env = { HTTPS_PROXY: '127.0.0.1:1', ALL_PROXY: '127.0.0.1:1' }
    expect((await cloud.pim(elevate, { env })).code).toBe(0)
  })

  test.each([
    ['407 Proxy Authentication Required', 'wants a sign-in (407 Proxy Authentication Required)'],
    ['403 Forbidden', 'refused the connection (403 Forbidden)'],
    ['502 Bad Gateway', 'failed (502 Bad Gateway)'],
  ])('that answers %s is named, with its variable', async (status, why) => {
    await using cloud = await openCloud()
    await using proxy = await openProxy(status)
    const env = { ...outside, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    const { code, err } = await cloud.pim(elevate, { env })
    expect(code).toBe(6)
    expect(err).toContain(`the proxy ${env.HTTPS_PROXY} (HTTPS_PROXY) ${why}`)
  })

  test('that hangs up on TLS is an unreachable provider, and hides no other', async () => {
    await using cloud = await openCloud()
    await using proxy = await openHangUp()
    const env = { ...outside, HTTPS_PROXY: `https://127.0.0.1:${proxy.port}` }
    const elevated = await cloud.pim(elevate, { env })
    expect([elevated.code, elevated.err]).toEqual([6, expect.not.stringMatching(/^\s+at /m)])
    expect(elevated.err).toContain(`the proxy ${env.HTTPS_PROXY} (HTTPS_PROXY) cannot be used`)
    const application = {
      AZURE_TENANT_ID: '11111111-1111-1111-1111-111111111111',
      AZURE_CLIENT_ID: tenantApp.clientId,
      AZURE_CLIENT_SECRET: tenantApp.clientSecret,
    }
    const listed = await cloud.pim(['list'], { env: { ...env, ...application } })
    expect(listed.out).toContain('aws:sandbox-admin')
  })

  test.each(['"http://127.0.0.1:9"', 'http://', 'socks5://127.0.0.1:9'])(
    'whose address is %s is a usage error that names the variable',
    async (value) => {
      await using cloud = await openCloud()
      const { code, err } = await cloud.pim(elevate, { env: { ...outside, HTTPS_PROXY: value } })
      expect([code, err]).toEqual([2, expect.stringContaining('the value of HTTPS_PROXY')])
    },
  )
})

describe('a CA bundle for AWS', () => {
  test('may be the profile’s own', async () => {
    await using cloud = await openCloud()
    await using office = await openOffice(cloud)
    appendFileSync(
      cloud.env['AWS_CONFIG_FILE'] ?? '',
      `\n[profile mine]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = sandbox\nca_bundle = ${office.ca}\n`,
    )
    const env = { ...outside, HTTPS_PROXY: `127.0.0.1:${office.proxy.port}` }
    expect((await cloud.pim(['elevate', 'aws:mine', '-j', 'why'], { env })).code).toBe(0)
    const refused = await cloud.pim(elevate, { env })
    expect(refused.code).toBe(6)
    expect(refused.err).toContain('AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS')
  })

  test.each([
    ['missing', undefined, 'which does not exist'],
    ['empty', '', 'which contains no certificate in PEM format'],
    [
      'broken',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'whose certificate 1 cannot be read',
    ],
  ])('that is %s is a usage error, and nothing is sent', async (_, text, why) => {
    await using cloud = await openCloud()
    await using office = await openOffice(cloud)
    const file = join(cloud.folder, 'other.pem')
    if (text !== undefined) writeFileSync(file, text)
    const proxy = `127.0.0.1:${office.proxy.port}`
    const env = { ...outside, AWS_CA_BUNDLE: file, HTTPS_PROXY: proxy }
    const { code, err } = await cloud.pim(elevate, { env })
    expect([code, err]).toEqual([2, expect.stringContaining(`AWS_CA_BUNDLE names ${file}, ${why}`)])
    expect(office.proxy.asked).toEqual([])
  })
})

test.each(['localhost:4566', '127.0.0.1:4566', '"http://localhost:4566"'])(
  'AWS_ENDPOINT_URL=%s is a usage error that names it',
  async (value) => {
    await using cloud = await openCloud()
    const env = { ...outside, AWS_ENDPOINT_URL_STS: undefined, AWS_ENDPOINT_URL: value }
    const { code, err } = await cloud.pim(elevate, { env })
    expect([code, err]).toEqual([2, expect.stringContaining('AWS_ENDPOINT_URL names it')])
  },
)

/** Comes back from the sign-in page with a code, without having been there. */
function browserIn(folder: string): string {
  const file = join(folder, 'coming-back')
  const lines = [
    `#!${process.execPath}`,
    'const query = new URL(process.argv.at(-1)).searchParams',
    "const body = new URLSearchParams({ code: 'a-code', state: query.get('state') })",
    "fetch(query.get('redirect_uri'), { method: 'POST', body })",
  ]
  writeFileSync(file, lines.join('\n'), { mode: 0o700 })
  return file
}

describe('Microsoft behind a proxy that wants a sign-in', () => {
  const said = (port: number) =>
    expect.stringContaining(`the proxy http://127.0.0.1:${port} (HTTPS_PROXY) wants a sign-in (407`)

  test.each([
    ['pim login azure', ['login', 'azure'], {}],
    ['a device code', ['login', 'azure', '--device-code'], {}],
    [
      'an application of the environment',
      ['whoami', '--provider', 'azure'],
      { AZURE_CLIENT_ID: tenantApp.clientId, AZURE_CLIENT_SECRET: tenantApp.clientSecret },
    ],
  ])('%s: the proxy is named, and no endpoint is blamed', async (_, words, application) => {
    await using stand = await openStand()
    await using proxy = await openProxy('407 Proxy Authentication Required')
    // Without a scheme: the sign-in libraries' own rule breaks there.
    const BROWSER = browserIn(stand.folder)
    const env = { ...outside, ...application, BROWSER, HTTPS_PROXY: `127.0.0.1:${proxy.port}` }
    const { code, err } = await stand.pim(words, { env })
    expect([code, err]).toEqual([6, said(proxy.port)])
    expect(err).not.toContain('AZURE_AUTHORITY_HOST')
    expect(new Set(proxy.asked)).toEqual(new Set(['login.microsoftonline.com:443']))
  })
})

test('a webhook that a proxy is in the way of says so', async () => {
  await using stand = await openStand()
  await using proxy = await openProxy('407 Proxy Authentication Required')
  const env = { HTTPS_PROXY: `u:hunter2hunter2@127.0.0.1:${proxy.port}` }
  const input = 'https://hooks.corp.example/very-secret-path\n'
  const set = await stand.pim(['webhook', 'set', 'ops', '--format', 'json'], { input })
  expect(set.code).toBe(0)
  const { code, err } = await stand.pim(['webhook', 'test', 'ops'], { env })
  expect(code).toBe(6)
  expect(err).toContain(`the proxy http://127.0.0.1:${proxy.port} (HTTPS_PROXY) did not accept`)
  expect(err).not.toMatch(/hunter2|very-secret/)
  expect(proxy.asked).toEqual(['hooks.corp.example:443', 'hooks.corp.example:443'])
})
