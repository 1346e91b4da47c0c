import type { IncomingMessage, ServerResponse } from 'node:http'

/** What the server says to a call. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
  readonly contentType?: string
  readonly requestId: string
}

export const largestBody = 256 * 1024

/** What was sent, or so much of it that it is too much. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // The answer still has to go out on this socket, so leaving early must not destroy it.
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (length > largestBody) break
  }
  return Buffer.concat(chunks)
}

export function respond(response: ServerResponse, answer: HttpAnswer, now: Date): void {
  const { status, body, contentType = 'text/xml', requestId } = answer
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-RequestId': requestId,
    Date: now.toUTCString(),
    ...(status === 413 && { Connection: 'close' }),
  })
  response.end(body)
}
