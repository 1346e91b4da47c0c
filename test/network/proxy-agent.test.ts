import { createServer, type Server, type Socket } from 'node:net'
import { get } from 'node:https'
import { createServer as createTlsServer } from 'node:tls'
import { generate } from 'selfsigned'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import { proxyFor } from '../../src/core/http/proxy.ts'
import { createProxyAgent } from '../../src/network/proxy-agent.ts'

type Answer = (socket: Socket, head: string) => void

let tls: { key: string; cert: string }

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'test' }], {
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'sts.example.com' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '10.1.2.3' },
        ],
      },
    ],
  })
  tls = { key, cert }
})

/** A proxy that answers as told once it has read a whole head, and what it has read. */
async function startProxy(
  answer: Answer,
  scheme: 'http' | 'https' = 'http',
): Promise<{ readonly host: string; readonly heads: string[] }> {
  const heads: string[] = []
  const serve = (socket: Socket): void => {
    let head = ''
    const read = (chunk: Buffer): void => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', read)
      heads.push(head)
      answer(socket, head)
    }
    socket.on('error', () => {}).on('data', read)
  }
  const server: Server = scheme === 'http' ? createServer(serve) : createTlsServer(tls, serve)
  return { host: await listening(server), heads }
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

/** What a host behind the tunnel answers. */
const throughTo =
  (server: Server): Answer =>
  (socket) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    server.emit('connection', socket)
  }

function says(text: string): Answer {
  return (socket) => void socket.end(text)
}

async function fetched(proxyAddress: string, address = 'https://sts.example.com/x') {
  const proxy = proxyFor(address, { HTTPS_PROXY: proxyAddress })
  if (proxy === undefined) throw new Error('no proxy')
  const agent = createProxyAgent(proxy, { ca: tls.cert })
  return new Promise<string>((resolve, reject) => {
    const sent = get(address, { agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      answer.on('end', () => resolve(text))
    })
    sent.on('error', reject)
  })
}

describe.each(['http', 'https'] as const)('through a proxy by %s', (scheme) => {
  const host = async (): Promise<Server> => {
    const { createServer: createHttpsServer } = await import('node:https')
    return createHttpsServer(tls, (request, response) => response.end(`hello ${request.url}`))
  }

  test('a request reaches the host, whose certificate is checked for its own name', async () => {
    const { host: at, heads } = await startProxy(throughTo(await host()), scheme)
    expect(await fetched(`${scheme}://${at}`)).toBe('hello /x')
    expect(await fetched(`${scheme}://${at}`, 'https://10.1.2.3:8443/y')).toBe('hello /y')
    const other = fetched(`${scheme}://${at}`, 'https://other.example.com/')
    await expect(other).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(heads.map((head) => head.split('\r\n')[0])).toEqual([
      'CONNECT sts.example.com:443 HTTP/1.1',
      'CONNECT 10.1.2.3:8443 HTTP/1.1',
      'CONNECT other.example.com:443 HTTP/1.1',
    ])
  })

  test.each([
    ['al%40ice:p%23w', 'al@ice:p#w'],
    ['alice:', 'alice:'],
    ['alice:100%', 'alice:100%'],
  ])('user and password (%s) go to the proxy alone', async (given, sent) => {
    const { host: at, heads } = await startProxy(throughTo(await host()), scheme)
    await fetched(`${scheme}://${given}@${at}`)
    expect(heads[0]).toContain(
      `Proxy-Authorization: Basic ${Buffer.from(sent).toString('base64')}\r\n`,
    )
  })

  test.each([
    [
      'wants a sign-in',
      '407 Proxy Authentication Required',
      '',
      'proxy-sign-in',
      'wants a sign-in',
    ],
    ['refuses one', '407 No', 'u:hunter2hunter2@', 'proxy-sign-in', 'did not accept the sign-in'],
    ['forbids the host', '403 Forbidden', 'u:hunter2hunter2@', 'proxy-refused', 'refused'],
    ['sends elsewhere', '302 Found', 'u:hunter2hunter2@', 'proxy-refused', 'refused'],
    ['fails', '502 Bad Gateway', 'u:hunter2hunter2@', 'proxy-failing', 'failed'],
  ])('that %s: %s', async (_, status, user, code, why) => {
    const { host: at } = await startProxy(says(`HTTP/1.1 ${status}\r\n\r\n<html>`), scheme)
    const error = await fetched(`${scheme}://${user}${at}`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PimError)
    expect(error).toMatchObject({ kind: 'unavailable', code })
    const { message, hint } = error as PimError
    expect(message).toContain(`the proxy ${scheme}://${at} (HTTPS_PROXY) ${why}`)
    expect(message).toContain(`(${status})`)
    expect(hint).toContain('HTTPS_PROXY')
    expect(`${message} ${hint} ${JSON.stringify(error)}`).not.toContain('hunter2')
  })

  test.each<[string, Answer]>([
    ['hangs up', (socket) => void socket.end()],
    ['breaks off', (socket) => void socket.destroy()],
    ['answers half a line', says('HTTP/1.1 20')],
    ['speaks something else', says('\u0000\u0001garbage\r\n\r\n')],
  ])('that %s', async (_, answer) => {
    const { host: at } = await startProxy(answer, scheme)
    await expect(fetched(`${scheme}://${at}`)).rejects.toMatchObject({
      code: 'proxy-unreachable',
      message: expect.stringContaining(`${scheme}://${at} (HTTPS_PROXY) cannot be used: `),
    })
  })

  test('that opens a tunnel and ends it, the request fails, and nothing is left unhandled', async () => {
    const { host: at } = await startProxy(says('HTTP/1.1 200 ok\r\n\r\n'), scheme)
    await expect(fetched(`${scheme}://${at}`)).rejects.toThrow()
  })

  test('that is not there', async () => {
    await expect(fetched(`${scheme}://127.0.0.1:1`)).rejects.toMatchObject({
      code: 'proxy-unreachable',
      message: expect.stringContaining('no connection to 127.0.0.1:1 (nothing listens there)'),
    })
  })
})

// TooTallNate/proxy-agents#277: an 'error' event that nobody listens to ends the process.
test.each<[string, (socket: Socket) => void]>([
  ['hangs up on the handshake', (socket) => void socket.once('data', () => socket.end())],
  ['hangs up at once', (socket) => void socket.end()],
  ['breaks off', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
])('a proxy by https that %s is an error of the request', async (_, serve) => {
  const at = await listening(createServer(serve))
  await expect(fetched(`https://${at}`)).rejects.toMatchObject({ code: 'proxy-unreachable' })
})

test('a proxy that is said to speak TLS and does not, is told so', async () => {
  const at = await listening(createServer((socket) => void socket.end('HTTP/1.1 400 no\r\n\r\n')))
  await expect(fetched(`https://${at}`)).rejects.toMatchObject({
    message: `the proxy https://${at} (HTTPS_PROXY) cannot be used: it does not speak TLS`,
    hint: 'set HTTPS_PROXY=http://host:port',
  })
})
