import { appendFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { openCloud, type Cloud } from './pim.ts'

let cloud: Cloud

beforeEach(async () => {
  cloud = await openCloud()
  return () => cloud[Symbol.asyncDispose]()
})

type Lie = (answer: string, sent: URLSearchParams) => string

/** An STS that passes everything on to the sandbox's, and changes what that answers. */
async function openRelay(lie: Lie) {
  const server = createServer((incoming, response) => {
    void text(incoming).then((sent) => {
      // With the header `Host` as it came, which is signed.
      const { method, url, headers } = incoming
      const options = { method, path: url, headers }
      const onward = request(cloud.sts.endpoint, options, (answer) => {
        void text(answer).then((said) => {
          response.writeHead(answer.statusCode ?? 0, { 'Content-Type': 'text/xml' })
          response.end(lie(said, new URLSearchParams(sent)))
        })
      })
      onward.end(sent)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Changes the answer about one role alone. */
const about =
  (role: string, from: RegExp, to: string): Lie =>
  (answer, sent) =>
    sent.get('RoleArn')?.endsWith(`/${role}`) === true ? answer.replace(from, to) : answer

const inArn = /(?<=assumed-role\/\w+\/)[\w.-]+(?=<)/
const inId = /(?<=AssumedRoleId>ARO\w+:)[\w.-]+/
const end = /(?<=<Expiration>)[^<]+/

describe('pim elevate refuses', () => {
  test.each<[string, string, Lie, string]>([
    ['another session name', 'sandbox-admin', about('Admin', inArn, 'mallory'), 'Admin/mallory'],
    [
      'another session name in the id',
      'sandbox-admin',
      about('Admin', inId, 'mallory'),
      ':mallory',
    ],
    [
      'another role',
      'sandbox-admin',
      about('Admin', /assumed-role\/Admin/, 'assumed-role/Reader'),
      'assumed-role/Reader/',
    ],
    [
      'another account',
      'sandbox-admin',
      about('Admin', /(?<=sts::)\d{12}/, '210987654321'),
      '210987654321',
    ],
    [
      'another session name in the middle of a chain',
      'sandbox-chained',
      about('Admin', inArn, 'mallory'),
      'Admin/mallory',
    ],
    [
      'a middle of a chain that has ended',
      'sandbox-chained',
      about('Admin', end, '2001-01-01T00:00:00Z'),
      'it has ended already',
    ],
    [
      'a session that lasts for ever',
      'sandbox-admin',
      about('Admin', end, '2999-01-01T00:00:00Z'),
      'it lasts until',
    ],
    [
      'another session name for a web identity',
      'sandbox-web',
      about('Web', inArn, 'mallory'),
      'Web/mallory',
    ],
    [
      'another account for a web identity',
      'sandbox-web',
      about('Web', /(?<=sts::)\d{12}/, '210987654321'),
      '210987654321',
    ],
  ])('%s', async (_, name, lie, why) => {
    await using relay = await openRelay(lie)
    const env = { AWS_ENDPOINT_URL_STS: relay.endpoint }
    const words = ['elevate', `aws:${name}`, '-j', 'why', '--json']
    const ended = await cloud.pim(words, { env })
    expect([ended.code, ended.err]).toEqual([6, expect.stringContaining(why)])
    expect(JSON.parse(ended.err).error).toMatchObject({ code: 'contradicting-answer' })
    const status = await cloud.pim(['status', '--check', `aws:${name}`], { env })
    expect(status.code).toBe(1)
  })

  test('nothing of an honest relay', async () => {
    await using relay = await openRelay((answer) => answer)
    const env = { AWS_ENDPOINT_URL_STS: relay.endpoint }
    for (const name of ['sandbox-chained', 'sandbox-web']) {
      const ended = await cloud.pim(['elevate', `aws:${name}`, '-j', 'why'], { env })
      expect([ended.code, ended.err]).toEqual([0, expect.anything()])
    }
  })
})

test('pim whoami believes no account that is not the one of the ARN', async () => {
  await using relay = await openRelay((answer) =>
    answer.replace(/(?<=<Account>)\d{12}/, '210987654321'),
  )
  const env = { AWS_ENDPOINT_URL_STS: relay.endpoint }
  const ended = await cloud.pim(['whoami'], { env })
  expect([ended.code, `${ended.out}${ended.err}`]).toEqual([
    6,
    expect.stringMatching(/123456789012:user\/alice is of the account 210987654321/),
  ])
})

test('a session that STS then calls another is no success, and not forgotten', async () => {
  let asked = 0
  await using relay = await openRelay((answer, sent) => {
    if (sent.get('Action') !== 'GetCallerIdentity' || !answer.includes('assumed-role')) {
      return answer
    }
    asked += 1
    return answer.replace(/(?<=assumed-role\/Admin\/)[\w.-]+(?=<)/, 'mallory')
  })
  const env = { AWS_ENDPOINT_URL_STS: relay.endpoint }
  const ended = await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'why', '--timeout', '2s'], {
    env,
  })
  expect([ended.code, ended.err]).toEqual([6, expect.stringContaining('Admin/mallory')])
  expect(asked).toBeGreaterThan(0)
})

describe('an endpoint that cannot be reached', () => {
  test.each<[string, string, Record<string, string>, string]>([
    [
      'the profile',
      'endpoint_url = http://127.0.0.1:9',
      {},
      'the endpoint_url of the profile `far`',
    ],
    ['its services', 'services = far', {}, 'the section [services far]'],
    ['a variable', '', { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' }, 'AWS_ENDPOINT_URL_STS'],
  ])('is named by %s', async (_, line, env, by) => {
    appendFileSync(
      cloud.env['AWS_CONFIG_FILE'] ?? '',
      `\n[profile far]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = sandbox\n${line}\n` +
        '[services far]\nsts =\n  endpoint_url = http://127.0.0.1:9\n',
    )
    const none = { AWS_ENDPOINT_URL: undefined, AWS_ENDPOINT_URL_STS: undefined }
    const ended = await cloud.pim(['elevate', 'aws:far', '-j', 'why'], { env: { ...none, ...env } })
    expect([ended.code, ended.err]).toEqual([6, expect.stringContaining(`network and ${by}`)])
  })

  test('is ignored where the profile says so, however it is written', async () => {
    appendFileSync(
      cloud.env['AWS_CONFIG_FILE'] ?? '',
      '\n[profile far]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = sandbox\n' +
        'ignore_configured_endpoint_urls = true\n',
    )
    const env = { AWS_ENDPOINT_URL: 'localhost:4566', AWS_ENDPOINT_URL_STS: 'localhost:4566' }
    // The proxy keeps AWS itself out of it.
    const away = { HTTPS_PROXY: 'http://127.0.0.1:9' }
    const ended = await cloud.pim(['elevate', 'aws:far', '-j', 'why'], { env: { ...env, ...away } })
    expect([ended.code, ended.err]).toEqual([6, expect.stringContaining('HTTPS_PROXY')])
    expect(ended.err).not.toContain('no URL')
  })

  test('of a service that is not called does not matter', async () => {
    const env = { AWS_ENDPOINT_URL: 'localhost:4566', AWS_ENDPOINT_URL_SSO: 'localhost:4566' }
    const ended = await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'why'], { env })
    expect([ended.code, ended.err]).toEqual([0, expect.anything()])
  })
})
