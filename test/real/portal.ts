import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server in place of one of AWS, on a port of its own. */
export async function openPortal(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
