import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { generate } from 'selfsigned'

/** A server on loopback, with its port. */
export interface Listening extends AsyncDisposable {
  readonly port: number
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A proxy, with the hosts that a tunnel was asked for, and the sign-ins that came with it. */
export interface TestProxy extends Listening {
  readonly asked: string[]
  readonly signIns: string[]
}

/** A proxy that leads every host to one port of this machine, or answers with a status of its own. */
export async function openProxy(answer: number | string): Promise<TestProxy> {
  const asked: string[] = []
  const signIns: string[] = []
  const server = createServer((socket) => {
    socket.once('data', (chunk) => {
      const head = chunk.toString('latin1')
      asked.push(/^CONNECT (\S+)/.exec(head)?.[1] ?? head)
      signIns.push(/^proxy-authorization: (.*)\r$/im.exec(head)?.[1] ?? '')
      if (typeof answer === 'string') return void socket.end(`HTTP/1.1 ${answer}\r\n\r\n`)
      const host = connect(answer, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.pipe(host).pipe(socket)
      })
      host.on('error', () => socket.destroy())
    })
  })
  return { asked, signIns, ...(await listening(server)) }
}

/** Something that ends every connection once it has heard the first words. */
export async function openHangUp(): Promise<Listening> {
  return listening(createServer((socket) => void socket.once('data', () => socket.end())))
}

/** TLS for some host names in front of a port, and the certificate to believe. */
export async function openTls(names: readonly string[], port: number) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'corp' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    ],
  })
  const server = createTlsServer({ key, cert }, (socket) => {
    const host = connect(port, '127.0.0.1')
    host.on('error', () => socket.destroy())
    socket
      .on('error', () => host.destroy())
      .pipe(host)
      .pipe(socket)
  })
  return { cert, ...(await listening(server)) }
}
