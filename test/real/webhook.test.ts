import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'

import { slackShape, teamsShape } from '../core/webhook/message-shapes.ts'
import { filesWith } from './leaks.ts'
import type { StartOptions } from './pim.ts'
import { openStand, type Stand } from './fixture.ts'

const ajv = new Ajv()
const shapes = {
  json: () => true,
  slack: ajv.compile(slackShape),
  teams: ajv.compile(teamsShape),
} as const

const target = 'group:sec-ops@owner'
const secret = 'T0000/B0000/very-secret-path'

interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly bodies: string[]
}

/** Something that is posted to, and answers as it is told. */
async function receiver(answer: RequestListener = (_, response) => response.end('ok')) {
  const bodies: string[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      bodies.push(body)
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const opened: Receiver = {
    url: `http://127.0.0.1:${port}/${secret}`,
    bodies,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return opened
}

const env = { PIM_CREDENTIAL_STORE: 'file', PIM_STORE_PASSPHRASE: 'a long passphrase' }

async function standWith(url: string, format: keyof typeof shapes = 'json') {
  const stand = await openStand()
  const alice = (words: readonly string[], options: StartOptions = {}) =>
    stand.pim(words, { ...options, env: { ...env, ...options.env } })
  expect((await alice(['login', 'azure'])).code).toBe(0)
  const set = await alice(['webhook', 'set', 'ops', '--format', format], { input: `${url}\n` })
  expect([set.code, set.out]).toEqual([0, ''])
  return { stand, alice, said: [set] }
}

const ask = ['elevate', target, '-j', 'restart <the> *queue*', '--json']
const requestOf = ({ tenant }: Stand) => tenant.requests.at(-1)?.id ?? ''

describe.concurrent.each(['json', 'slack', 'teams'] as const)('as %s', (format) => {
  test('a request is posted, and its decision by who waits for it', async () => {
    await using hook = await receiver()
    const { stand: opened, alice, said } = await standWith(hook.url, format)
    await using stand = opened
    const asked = await alice(ask)
    expect([asked.code, hook.bodies.length]).toEqual([5, 1])
    stand.tenant.decide(requestOf(stand), 'deny', 'not on a Friday')
    const waited = await alice(['wait', requestOf(stand)])
    expect([waited.code, hook.bodies.length]).toEqual([3, 2])
    for (const body of hook.bodies)
      expect([shapes[format](JSON.parse(body)), body]).toEqual([true, body])
    expect(hook.bodies[0]).toContain(requestOf(stand))
    expect(hook.bodies[1]).toContain('not on a Friday')

    const tested = await alice(['webhook', 'test', 'ops'])
    expect([tested.code, hook.bodies.length]).toEqual([0, 3])
    const listed = await alice(['webhook', 'list', '--json'])
    expect(JSON.parse(listed.out).webhooks).toEqual([{ name: 'ops', format, store: 'file' }])
    // Its address is nowhere in what was said or written.
    const all = [...said, asked, waited, tested, listed].map(({ out, err }) => out + err).join('')
    expect(all).not.toContain('very-secret')
    expect(filesWith(['very-secret'], join(stand.folder))).toEqual([])
    expect((await alice(['webhook', 'remove', 'ops'])).code).toBe(0)
    expect((await alice(['webhook', 'test', 'ops'])).code).toBe(2)
  })
})

test('an approval is posted by who learns of it in a later step', async () => {
  await using hook = await receiver()
  const { stand: opened, alice } = await standWith(hook.url)
  await using stand = opened
  expect((await alice(ask)).code).toBe(5)
  stand.tenant.decide(requestOf(stand), 'approve', 'go on')
  expect((await alice(['wait', requestOf(stand)])).code).toBe(0)
  expect(hook.bodies.map((body) => JSON.parse(body).event)).toEqual([
    'elevation.pending',
    'elevation.active',
  ])
})

test('a decision is posted by who makes it', async () => {
  await using hook = await receiver()
  const { stand: opened, alice } = await standWith(hook.url)
  await using stand = opened
  const bob = { env: { PIM_HOME: join(stand.folder, 'bob'), PIM_SANDBOX_PERSON: 'bob' } }
  expect((await alice(['login', 'azure'], bob)).code).toBe(0)
  const set = ['webhook', 'set', 'mine', '--format', 'json']
  expect((await alice(set, { ...bob, input: hook.url })).code).toBe(0)
  await alice(ask)
  expect((await alice(['approve', requestOf(stand), '-j', 'go on'], bob)).code).toBe(0)
  expect(hook.bodies.map((body) => JSON.parse(body))).toMatchObject([
    { event: 'elevation.pending', requester: 'alice@sandbox.example' },
    {
      event: 'approval.approved',
      requester: 'alice@sandbox.example',
      approver: 'bob@sandbox.example',
      reason: 'go on',
      target,
    },
  ])
})

describe.concurrent('a webhook that fails leaves the elevation as it is', () => {
  const far = 'http://127.0.0.1:9/elsewhere'
  const answers: readonly (readonly [string, RequestListener | undefined])[] = [
    ['is down', undefined],
    ['never answers', () => {}],
    ['answers 500', (_, response) => response.writeHead(500).end()],
    ['leads elsewhere', (_, response) => response.writeHead(302, { Location: far }).end()],
    ['drops the connection', (request) => request.socket.destroy()],
    [
      'changes the protocol',
      (request) => {
        request.socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
      },
    ],
    [
      'answers without an end',
      (_, response) => {
        response.writeHead(500)
        const more = setInterval(() => response.write('x'.repeat(65_536)), 1)
        response.on('close', () => clearInterval(more))
      },
    ],
  ]

  test.each(answers)('%s', async (_, answer) => {
    const hook = await receiver(answer)
    if (answer === undefined) await hook[Symbol.asyncDispose]()
    const { stand: opened, alice } = await standWith(hook.url)
    await using stand = opened
    const asked = await alice(ask)
    expect(asked.code).toBe(5)
    expect(asked.err).toContain('webhook `ops` was not told: 127.0.0.1')
    expect(asked.err + asked.out).not.toContain('very-secret')
    // Five seconds for the webhook, and what the rest of it takes on a busy machine.
    expect(asked.milliseconds).toBeLessThan(90_000)
    expect(JSON.parse(asked.out).elevations).toMatchObject([{ state: 'pending-approval' }])
    expect(stand.events()).toEqual(['elevation.requested', 'elevation.pending', 'webhook.failed'])
    expect((await alice(['webhook', 'test', 'ops'])).code).toBe(6)
    if (answer !== undefined) await hook[Symbol.asyncDispose]()
  })
})

describe.concurrent('an address', () => {
  test.each([
    ['that is missing', '', 'missing-input'],
    ['in the clear', 'http://hooks.example/very-secret', 'invalid-webhook'],
    ['that is none', 'very-secret', 'invalid-webhook'],
  ])('%s is refused, with exit code 2', async (_, input, code) => {
    await using stand = await openStand()
    const words = ['webhook', 'set', 'ops', '--format', 'slack', '--json']
    const ended = await stand.pim(words, { env, input })
    expect([ended.code, JSON.parse(ended.err).error.code]).toEqual([2, code])
    expect(ended.err).not.toContain('very-secret')
    expect((await stand.pim(['webhook', 'list'])).err).toContain('there are no webhooks')
  })

  test('is not kept where no store outlives the process', async () => {
    await using stand = await openStand()
    const words = ['webhook', 'set', 'ops', '--format', 'slack']
    const ended = await stand.pim(words, {
      env: { PIM_CREDENTIAL_STORE: 'memory' },
      input: 'https://hooks.example/x',
    })
    expect([ended.code, ended.err]).toEqual([2, expect.stringContaining('no store')])
  })
})
