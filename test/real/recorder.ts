import { writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as send } from 'node:https'
import { join } from 'node:path'

import { makeCertificate } from '../../sandbox/microsoft/server/certificate.ts'
import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import type { Environment } from './pim.ts'

/** Stands before the authority of a tenant and takes down every secret that passes, either way. */
export interface Recorder extends AsyncDisposable {
  /** Leads pim to it instead of to the authority. */
  readonly env: Environment
  /** What passed so far, by what it is called: as in `refresh_token`. */
  readonly secrets: () => ReadonlyMap<string, ReadonlySet<string>>
}

const secretNames = [
  'access_token',
  'refresh_token',
  'id_token',
  'code',
  'device_code',
  'code_verifier',
  'client_secret',
  'client_assertion',
]

export async function startRecorder(tenant: Tenant, folder: string): Promise<Recorder> {
  const { key, cert } = await makeCertificate()
  const ca = join(folder, 'recorder.pem')
  writeFileSync(ca, `${cert}\n${tenant.ca}\n`)
  const found = new Map<string, Set<string>>()
  const note = (name: string, value: unknown): void => {
    if (!secretNames.includes(name) || typeof value !== 'string' || value === '') return
    found.set(name, (found.get(name) ?? new Set()).add(value))
  }
  const { authority } = tenant.endpoints
  const server = createServer({ key, cert }, (message, response) => {
    passOn(message, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const own = `https://localhost:${typeof address === 'object' ? address?.port : ''}`

  async function passOn(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await textOf(message)
    for (const [name, value] of new URLSearchParams(asked)) note(name, value)
    const url = new URL(message.url ?? '/', authority)
    const { method = 'GET', headers } = message
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, ca: tenant.ca, headers: { ...headers, host: url.host } }
      send(url, options, resolve).on('error', reject).end(asked)
    })
    // What the authority says of itself has to lead back here.
    const said = (await textOf(answer)).replaceAll(authority, own)
    for (const [name, value] of Object.entries(fieldsOf(said))) note(name, value)
    const location = answer.headers.location?.replaceAll(authority, own)
    if (location !== undefined) {
      for (const [name, value] of new URL(location).searchParams) note(name, value)
    }
    response.writeHead(answer.statusCode ?? 502, {
      'Content-Type': answer.headers['content-type'] ?? 'text/plain',
      ...(location !== undefined && { Location: location }),
    })
    response.end(said)
  }

  return {
    env: { AZURE_AUTHORITY_HOST: own, NODE_EXTRA_CA_CERTS: ca },
    secrets: () => found,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) text += chunk
  return text
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
