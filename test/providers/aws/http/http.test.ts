import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { HttpRequest } from '@smithy/core/protocols'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { callSettings } from '../../../../src/providers/aws/http/call-settings.ts'
import { guardedHandler } from '../../../../src/providers/aws/http/http.ts'
import {
  attemptAt,
  roomWithProvider,
  strangeServer,
  surroundWith,
  targetNamed,
  type Room,
} from '../fixture.ts'

const mebibyte = 1024 * 1024

async function fetched(url: string, env: Record<string, string> = {}): Promise<string> {
  const { protocol, hostname, port, pathname } = new URL(url)
  const handler = await guardedHandler(env, callSettings('', { profiles: {}, services: {} }, env))
  const request = new HttpRequest({
    protocol,
    hostname,
    path: pathname,
    ...(port !== '' && { port: Number(port) }),
  })
  const { response } = await handler.handle(request, { requestTimeout: 500 })
  let text = ''
  for await (const chunk of response.body as AsyncIterable<Buffer>) text += chunk.toString()
  return text
}

/** A role behind a profile of IAM Identity Center, whose token is there. */
function signInToSso({ sandbox }: Room): void {
  const cache = join(sandbox.folder, '.aws', 'sso', 'cache')
  mkdirSync(cache, { recursive: true })
  const name = createHash('sha1').update('corp').digest('hex')
  const token = { accessToken: 'a-token', expiresAt: '2099-01-01T00:00:00Z' }
  writeFileSync(join(cache, `${name}.json`), JSON.stringify(token))
  appendFileSync(
    join(sandbox.folder, 'aws', 'config'),
    `
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
[profile corp]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Developer
[profile via-sso]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = corp
`,
  )
}

const say = (body: string) => (response: ServerResponse) => void response.end(body)

describe('plain http', () => {
  test.each(['127.0.0.1', 'localhost'])('is taken on this machine: %s', async (host) => {
    const { endpoint } = await strangeServer(say('hello'))
    expect(await fetched(endpoint.replace('127.0.0.1', host))).toBe('hello')
  })

  // 0.0.0.0 leads to this machine too, so that a request would be seen.
  test.each(['0.0.0.0', '169.254.169.253', '127.0.0.1.example.com', 'localhost.example.com'])(
    'is refused elsewhere before anything is sent: %s',
    async (host) => {
      const server = await strangeServer(say('hello'))
      const url = server.endpoint.replace('127.0.0.1', host)
      await expect(fetched(url)).rejects.toMatchObject({
        code: 'insecure-endpoint',
        exitCode: 2,
        message: expect.stringContaining(`http://${host} `),
      })
      expect(server.requests()).toBe(0)
    },
  )

  // Nobody answers there in a test; what matters is that it is not pim who refuses.
  test.each(['169.254.169.254', '169.254.170.2', '169.254.170.23', '[fd00:ec2::254]'])(
    'is not refused where a machine gets its credentials: %s',
    async (host) => {
      const outcome = await fetched(`http://${host}:9/`).catch((error: unknown) => error)
      expect(outcome).not.toMatchObject({ code: 'insecure-endpoint' })
    },
  )

  test('is refused to the clients inside the SDK too, and the token stays here', async () => {
    const sso = await strangeServer(say('{}'))
    const AWS_ENDPOINT_URL_SSO = sso.endpoint.replace('127.0.0.1', '0.0.0.0')
    const room = await roomWithProvider({ AWS_ENDPOINT_URL_SSO })
    signInToSso(room)
    const target = await targetNamed('via-sso', room.provider)
    await expect(room.provider.activate(attemptAt(target))).rejects.toMatchObject({
      code: 'insecure-endpoint',
      exitCode: 2,
      message: expect.stringContaining('http://0.0.0.0 would carry credentials in the clear'),
      target: 'aws:via-sso',
    })
    expect([sso.requests(), room.sandbox.sts.calls]).toEqual([0, []])
    // The same client does ask where it may.
    const honest = await roomWithProvider({ AWS_ENDPOINT_URL_SSO: sso.endpoint })
    signInToSso(honest)
    const same = await targetNamed('via-sso', honest.provider)
    await expect(honest.provider.activate(attemptAt(same))).rejects.toThrow()
    expect(sso.requests()).toBeGreaterThan(0)
  })
})

describe('silence', () => {
  test('is told in our words, by the name that the SDK knows', async () => {
    const { endpoint } = await strangeServer(() => {})
    await expect(fetched(endpoint)).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'AWS did not answer within 0.5 s',
    })
  })

  test('is tried three times', async () => {
    const server = await strangeServer(() => {})
    const room = await roomWithProvider({ AWS_ENDPOINT_URL_STS: server.endpoint })
    const target = await targetNamed('sandbox-admin', room.provider)
    const ended = await hurried(room.provider.identify(target, new AbortController().signal))
    expect(ended).toMatchObject({
      code: 'no-answer',
      exitCode: 6,
      message: 'could not ask AWS who you are: AWS did not answer within 15 s, 3 times tried',
      target: 'aws:sandbox-admin',
    })
    expect(server.requests()).toBe(3)
  })
})

/** What a call throws, with a minute's timers over in a moment. */
async function hurried(call: Promise<unknown>): Promise<unknown> {
  let ended: unknown
  void call.catch((error: unknown) => {
    ended = error
  })
  const native = globalThis.setTimeout
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    for (let waited = 0; ended === undefined && waited < 60; waited += 1) {
      await new Promise((resolve) => native(resolve, 10))
      await vi.advanceTimersByTimeAsync(1000)
    }
    return ended
  } finally {
    vi.useRealTimers()
  }
}

describe('an answer', () => {
  test('of a mebibyte is read', async () => {
    const { endpoint } = await strangeServer(say('x'.repeat(mebibyte)))
    expect(await fetched(endpoint)).toHaveLength(mebibyte)
  })

  test('of more is an unavailable provider', async () => {
    const { endpoint } = await strangeServer(say('x'.repeat(mebibyte + 1)))
    await expect(fetched(endpoint)).rejects.toMatchObject({ code: 'huge-answer', exitCode: 6 })
  })

  test('without an end is left, and the connection with it', async () => {
    const isLeft = Promise.withResolvers<void>()
    let sent = 0
    const server = await strangeServer((response) => {
      response.on('close', isLeft.resolve)
      const more = (): void => {
        if (response.destroyed) return
        sent += 65_536
        response.write('x'.repeat(65_536), () => setImmediate(more))
      }
      more()
    })
    const room = await roomWithProvider({ AWS_ENDPOINT_URL_STS: server.endpoint })
    const target = await targetNamed('sandbox-admin', room.provider)
    await expect(room.provider.activate(attemptAt(target))).rejects.toMatchObject({
      code: 'huge-answer',
      exitCode: 6,
      target: 'aws:sandbox-admin',
    })
    await isLeft.promise
    expect(sent).toBeLessThan(50 * mebibyte)
  })

  test('that breaks off is an error', async () => {
    const { endpoint } = await strangeServer((response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half')
      setTimeout(() => response.socket?.destroy(), 20)
    })
    await expect(fetched(endpoint)).rejects.toThrow()
  })
})

test('what goes by https goes through the proxy that the environment names', async () => {
  const asked: (string | undefined)[] = []
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.push(url)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
  surroundWith(env)
  // The SDK takes the proxy's refusal for an empty answer.
  await fetched('https://sts.example.com/', env).catch(() => {})
  expect(asked).toEqual(['sts.example.com:443'])
})
