import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { Secret } from '../../../src/core/credentials.ts'
import type { MicrosoftClient } from '../../../src/providers/microsoft/http/client.ts'
import { createHttp, type HttpLimits } from '../../../src/providers/microsoft/http/http.ts'
import { createSender } from '../../../src/providers/microsoft/session/authorized-client.ts'
import type { TokenSource } from '../../../src/providers/microsoft/tokens/token-source.ts'

export interface Request {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers as told, one answer after the other; the last one is for all that follow. */
export async function startServer(
  ...answers: readonly Answer[]
): Promise<{ readonly endpoint: string; readonly requests: Request[] }> {
  const requests: Request[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const answer = answers[Math.min(requests.length, answers.length - 1)]
    requests.push({ method, url, headers })
    request.resume()
    answer?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/** Answers with JSON. */
export function says(
  status: number,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

export const token = 'header.secret-payload-of-a-token.signature'

interface SenderOptions {
  readonly limits?: Partial<HttpLimits>
  readonly env?: Readonly<Record<string, string>>
  readonly now?: () => Date
}

/** A client for a server of the test's own, with a token that never changes. */
export function senderTo(
  endpoint: string,
  { limits = {}, env = {}, now = () => new Date() }: SenderOptions = {},
): { readonly client: MicrosoftClient; readonly waits: number[] } {
  const waits: number[] = []
  const sleep = async ({ seconds }: { seconds: number }) => void waits.push(seconds)
  const source: TokenSource = {
    name: 'a test',
    kind: 'workload',
    key: 'test',
    signIn: 'test',
    fetch: async () => ({ state: 'token', token: held }),
  }
  const held = {
    token: new Secret(token),
    expiresAt: new Date('2100-01-01'),
    obtainedAt: new Date(),
    tenantId: 'tenant',
    objectId: 'me',
    username: 'me@example.com',
    scopes: [],
    directoryRoles: [],
    contexts: [],
    mfa: false,
  }
  const supplied = async () => ({ token: held, source })
  const client = createSender({
    resource: 'arm',
    endpoints: {
      arm: endpoint,
      graph: 'https://graph.invalid',
      authority: 'https://login.invalid',
    },
    http: createHttp({ env, sleep, limits }),
    supply: { get: supplied, renew: supplied, answer: supplied },
    now,
    consent: async () => undefined,
  })
  return { client, waits }
}
