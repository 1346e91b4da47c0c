import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import {
  readPages,
  type MicrosoftRequest,
} from '../../../../src/providers/microsoft/http/client.ts'
import { says, senderTo, startServer, token } from '../server.ts'

const signal = new AbortController().signal

function get(path = '/x'): MicrosoftRequest {
  return { method: 'GET', path, signal }
}

function change(method: MicrosoftRequest['method']): MicrosoftRequest {
  return { method, path: '/x', body: { a: 1 }, signal }
}

test('sends the token, JSON and a correlation id, and says what it is', async () => {
  const { endpoint, requests } = await startServer(says(200, { ok: true }))
  const { client } = senderTo(endpoint)
  expect((await client.send(change('PUT'))).body).toEqual({ ok: true })
  expect(requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'user-agent': 'pim',
    'x-ms-correlation-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

test('an answer without a body has none', async () => {
  const { endpoint } = await startServer(says(204, ''))
  expect((await senderTo(endpoint).client.send(get())).body).toBeUndefined()
})

test('tells how far the clock of the server is ahead', async () => {
  const { endpoint } = await startServer(says(200, {}, { Date: 'Sun, 01 Mar 2026 12:05:00 GMT' }))
  const { client } = senderTo(endpoint, { now: () => new Date('2026-03-01T12:00:00Z') })
  await client.send(get())
  expect(client.clockAheadMs()).toBe(300_000)
})

test.each([
  ['another host', 'https://evil.invalid/next'],
  ['another port', 'http://127.0.0.1:1/next'],
  ['a host that only begins alike', (endpoint: string) => `${endpoint}.evil.invalid/next`],
  ['a path that is a host', '//evil.invalid/next'],
  ['no address at all', 'next'],
])('a list that goes on at %s is not followed', async (_, link) => {
  const { endpoint, requests } = await startServer((request, response) =>
    says(200, { value: [1], nextLink: typeof link === 'string' ? link : link(endpoint) })(
      request,
      response,
    ),
  )
  const { client } = senderTo(endpoint)
  await expect(readPages(client, get())).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'foreign-link',
  })
  expect(requests).toHaveLength(1)
})

test('a list that goes on at the same host is followed', async () => {
  const { endpoint, requests } = await startServer(
    (request, response) =>
      says(200, { value: [1], nextLink: `${endpoint}/x?page=2` })(request, response),
    says(200, { value: [2] }),
  )
  expect(await readPages(senderTo(endpoint).client, get())).toEqual([1, 2])
  expect(requests.map(({ url }) => url)).toEqual(['/x', '/x?page=2'])
})

test.each([301, 302, 307, 308])('a redirect (%i) is not followed', async (status) => {
  const other = await startServer(says(200))
  const { endpoint } = await startServer(says(status, '', { Location: other.endpoint }))
  await expect(senderTo(endpoint).client.send(get())).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'unexpected-redirect',
  })
  expect(other.requests).toEqual([])
})

test('a server that says back what it was sent gets no token into the error', async () => {
  const { endpoint } = await startServer((request, response) =>
    says(400, { error: { code: 'Echo', message: request.headers.authorization } })(
      request,
      response,
    ),
  )
  const error = await senderTo(endpoint)
    .client.send(get())
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'provider-refused', message: 'Bearer [secret]' })
})

test.each([
  ['a page of a network', 200, '<html>sign in to the network</html>'],
  ['a page of a proxy', 403, '<html>forbidden</html>'],
])('%s is not taken for an answer', async (_, status, page) => {
  const { endpoint } = await startServer(says(status, page))
  await expect(senderTo(endpoint).client.send(get())).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'unreadable-answer',
  })
})

test('an endless answer comes to an end', async () => {
  const { endpoint } = await startServer((_, response) => {
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(1000), () => setImmediate(more))
    }
    more()
  })
  const { client } = senderTo(endpoint, { limits: { largestAnswer: 10_000 } })
  await expect(client.send(get())).rejects.toMatchObject({ code: 'huge-answer' })
})

test.each([
  ['one try', { readMs: 50 }],
  ['all of them', { totalMs: 50 }],
])('an answer that does not come is not waited for longer than %s may take', async (_, limits) => {
  const { endpoint } = await startServer(() => {})
  await expect(senderTo(endpoint, { limits }).client.send(get())).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'no-answer',
    message: expect.stringMatching(/did not finish its answer within 0.05 s/),
  })
})

test('Ctrl-C ends a request', async () => {
  const stop = new AbortController()
  const { endpoint } = await startServer(() => stop.abort())
  const sent = senderTo(endpoint).client.send({ ...get(), signal: stop.signal })
  await expect(sent).rejects.toMatchObject({ kind: 'interrupted' })
})

test('nobody listening is unavailable, and the error holds no token', async () => {
  const error = await senderTo('http://127.0.0.1:1')
    .client.send(get())
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ kind: 'unavailable', code: 'provider-unreachable' })
  const { inspect } = await import('node:util')
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('secret-payload')
})

test('what was throttled is tried again when the server said', async () => {
  const { endpoint } = await startServer(
    says(429, {}, { 'Retry-After': '7' }),
    says(503, {}, { 'Retry-After': '2' }),
    says(200, { ok: true }),
  )
  const { client, waits } = senderTo(endpoint)
  expect((await client.send(change('POST'))).body).toEqual({ ok: true })
  expect(waits).toEqual([7, 2])
})

test('a wait of more than a minute is not sat out', async () => {
  const { endpoint, requests } = await startServer(says(429, {}, { 'Retry-After': '90' }))
  const { client, waits } = senderTo(endpoint)
  await expect(client.send(get())).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'throttled',
    hint: 'try again in 90 s',
  })
  expect(requests).toHaveLength(1)
  expect(waits).toEqual([])
})

test.each([
  ['GET', 4],
  ['PUT', 4],
  ['POST', 1],
  ['PATCH', 1],
] as const)('a failing server gets a %s %i times', async (method, times) => {
  const { endpoint, requests } = await startServer(
    says(500, { error: { code: 'InternalServerError', message: 'broken' } }),
  )
  await expect(senderTo(endpoint).client.send(change(method))).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'provider-failing',
    provider: { code: 'InternalServerError', status: 500 },
  })
  expect(requests).toHaveLength(times)
})

test.each([
  ['GET', 4],
  ['POST', 1],
] as const)('after a cut connection a %s is sent %i times', async (method, times) => {
  const { endpoint, requests } = await startServer((request) => request.socket.destroy())
  await expect(senderTo(endpoint).client.send(change(method))).rejects.toMatchObject({
    code: 'no-answer',
  })
  expect(requests).toHaveLength(times)
})

test('this machine itself is never reached through a proxy', async () => {
  const { endpoint } = await startServer(says(200, { ok: true }))
  const { client } = senderTo(endpoint, { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } })
  expect((await client.send(get())).status).toBe(200)
})

test('elsewhere the proxy is asked for a tunnel, and sees no token', async () => {
  const seen: string[] = []
  const proxy = createServer()
  proxy.on('connect', ({ url, headers }, socket) => {
    seen.push(`${url} ${JSON.stringify(headers)}`)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const { port } = proxy.address() as AddressInfo
  const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` }
  const { client } = senderTo('https://management.example', { env })
  await expect(client.send(change('POST'))).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'proxy-failing',
    message: `the proxy ${env.HTTPS_PROXY} (HTTPS_PROXY) failed (502 Bad Gateway)`,
  })
  // Nothing has reached Microsoft, so that even a POST is safe to send again.
  expect(seen).toEqual(Array(4).fill(expect.stringContaining('management.example:443')))
  expect(seen.join()).not.toContain('secret-payload')
})
