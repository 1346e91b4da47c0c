import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

import { TenantError } from './error.ts'
import { isRefusal } from './faults.ts'
import type { TenantFault, TenantFaultQueue } from './faults.ts'
import { describeCall } from './journal.ts'
import type { TenantCall } from './journal.ts'
import { readRequest } from './request.ts'
import type { Route, Surface, TenantAnswer, TenantRequest } from './request.ts'

/** What is behind a server: what it does, and how it says no. */
export interface TenantSurface {
  readonly surface: Surface
  readonly route: (request: TenantRequest) => Route | undefined
  readonly wordError: (error: TenantError, request: TenantRequest) => unknown
  /** What every answer of the surface carries. */
  readonly headers: (request: TenantRequest) => Record<string, string>
  /** The object id of whoever sent this. */
  readonly callerOf: (request: TenantRequest) => string | undefined
}

export interface ServerOptions {
  readonly surface: TenantSurface
  readonly now: () => Date
  readonly faults: TenantFaultQueue
  readonly record: (call: TenantCall) => void
  /** A free one unless told. */
  readonly port?: number | undefined
  /** Key and certificate, where it speaks TLS. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A server of the tenant on a loopback port. */
export interface TenantServer {
  readonly endpoint: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Listens on a port of 127.0.0.1 until stopped, which ends open connections too. */
export async function startTenantServer(options: ServerOptions): Promise<TenantServer> {
  const timeouts = { headersTimeout: 5000, requestTimeout: 10_000 }
  const { tls } = options
  const http = tls === undefined ? createServer(timeouts) : createTlsServer({ ...timeouts, ...tls })
  const stopping = new AbortController()
  const port = await listen(http, options.port ?? 0)
  const endpoint = tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
  http.on('request', (message: IncomingMessage, response: ServerResponse) => {
    serve({ message, response, endpoint, signal: stopping.signal }, options).catch(() =>
      response.destroy(),
    )
  })
  const stop = async () => {
    stopping.abort()
    const closed = new Promise<void>((resolve) => http.close(() => resolve()))
    http.closeAllConnections()
    await closed
  }
  return { endpoint, port, stop }
}

function listen(http: Server, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(wanted, '127.0.0.1', () => {
      const address = http.address()
      // A server that listens on a port has an address that is no string.
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  readonly endpoint: string
  readonly signal: AbortSignal
}

async function serve(exchange: Exchange, options: ServerOptions): Promise<void> {
  const { message, response, endpoint, signal } = exchange
  const { surface, faults, now, record } = options
  const request = await readRequest(surface.surface, message, endpoint)
  const route = surface.route(request)
  const operation = route?.operation ?? 'unknown'
  const fault = faults.take(request, operation)
  const at = now()
  const caller = surface.callerOf(request)
  const answer = decide(request, route, fault, surface)
  const isDropped = fault?.drop !== undefined
  record(describeCall(request, answer, { now: at, operation, isDropped, caller }))
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal })
  if (isDropped) {
    message.socket.destroy()
    return
  }
  await answer.before?.()
  const headers = { ...surface.headers(request), Date: at.toUTCString() }
  const text = begin(response, answer, headers)
  if (fault?.byteEveryMs === undefined) response.end(text)
  else await trickle(response, text, fault.byteEveryMs, signal)
}

async function trickle(
  response: ServerResponse,
  text: string,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (const byte of Buffer.from(text)) {
    if (response.destroyed) return
    response.write(Buffer.of(byte))
    await sleep(everyMs, undefined, { signal })
  }
  response.end()
}

function decide(
  request: TenantRequest,
  route: Route | undefined,
  fault: TenantFault | undefined,
  surface: TenantSurface,
): TenantAnswer {
  if (fault?.drop === 'unheard') return { status: 0 }
  if (fault !== undefined && isRefusal(fault)) return refusal(fault, request, surface)
  try {
    const answer = route === undefined ? notFound(request) : route.act()
    return { ...answer, headers: { ...answer.headers, ...fault?.headers } }
  } catch (error) {
    if (!(error instanceof TenantError)) throw error
    const { status, headers } = error
    return { status, headers, body: surface.wordError(error, request) }
  }
}

function refusal(fault: TenantFault, request: TenantRequest, surface: TenantSurface): TenantAnswer {
  const { status = 400, code = 'BadRequest', message = code, headers = {} } = fault
  const body = fault.body ?? surface.wordError(new TenantError(status, code, message), request)
  return { status, headers, ...(typeof body === 'string' ? { page: body } : { body }) }
}

function notFound({ method, path }: TenantRequest): never {
  throw new TenantError(404, 'NotFound', `The sandbox has no ${method} ${path}`)
}

/** Writes the head of an answer, and returns what follows it. */
function begin(
  response: ServerResponse,
  { status, headers, body, page }: TenantAnswer,
  common: Record<string, string>,
): string {
  const text = page ?? (body === undefined ? '' : JSON.stringify(body))
  const type = page === undefined ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'
  response.writeHead(status, {
    ...common,
    ...(text !== '' && { 'Content-Type': type }),
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...headers,
  })
  return text
}
