import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

import * as v from 'valibot'

/** Which of the tenant's servers. */
export type Surface = 'arm' | 'graph' | 'authority'

/** A request as it came in. */
export interface TenantRequest {
  readonly surface: Surface
  readonly method: string
  /** Decoded, without a slash at its end. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** JSON, or the fields of a form; undefined where there is neither. */
  readonly body: unknown
  /** Scheme and host, as the caller named them. */
  readonly origin: string
}

/** What goes back. */
export interface TenantAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a page, in place of a body. */
  readonly page?: string
  /** What is still to be done before the answer goes out, once it is on record. */
  readonly before?: () => Promise<void>
}

/** What a request is about, and how to carry it out. */
export interface Route {
  readonly operation: string
  readonly act: () => TenantAnswer
}

const largestBody = 1024 * 1024

/** Reads a request. Throws a `RangeError` where it is larger than the sandbox takes. */
export async function readRequest(
  surface: Surface,
  message: IncomingMessage,
  origin: string,
): Promise<TenantRequest> {
  const { method = '', url = '/', headers } = message
  const { pathname, searchParams } = new URL(url, origin)
  const text = await readText(message)
  return {
    surface,
    method,
    path: decodePath(pathname),
    query: searchParams,
    headers,
    body: parseBody(text, headers['content-type'] ?? ''),
    origin,
  }
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  // The answer still has to go out on this socket, so leaving early must not destroy it.
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (length > largestBody) throw new RangeError('the request is larger than the sandbox takes')
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A path in plain words, without a slash at its end; what cannot be decoded stays as it is. */
export function decodePath(path: string): string {
  const whole = path.replace(/\/+$/, '')
  try {
    return decodeURIComponent(whole)
  } catch {
    return whole
  }
}

function parseBody(text: string, contentType: string): unknown {
  if (text === '') return undefined
  if (contentType.includes('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text))
  }
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const Form = v.fallback(v.record(v.string(), v.string()), {})

/** The fields of a form, or none. */
export function formOf({ body }: TenantRequest): Readonly<Record<string, string | undefined>> {
  return v.parse(Form, body)
}
