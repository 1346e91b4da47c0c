import type { STSClient } from '@aws-sdk/client-sts'
import { HttpResponse } from '@smithy/core/protocols'
import * as v from 'valibot'

const header = 'x-amzn-requestid'
const inBody = /<RequestId>([\w-]{1,100})<\/RequestId>/

/** Takes the request's id from an answer's body where no header has it: the SDK looks at headers only. */
export function findRequestIds(client: STSClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { response } = result
      if (!HttpResponse.isInstance(response) || response.headers[header] !== undefined)
        return result
      const body = await bytesOf(response.body)
      if (body === undefined) return result
      response.body = body
      const [, id] = inBody.exec(Buffer.from(body).toString('latin1')) ?? []
      if (id !== undefined) response.headers[header] = id
      return result
    },
    { step: 'deserialize', name: 'findRequestIds', priority: 'low' },
  )
}

const Chunks = v.custom<AsyncIterable<Uint8Array>>(
  (body) => typeof body === 'object' && body !== null && Symbol.asyncIterator in body,
)

/** What a stream gives in all; our handler sees to it that it ends. */
async function bytesOf(body: unknown): Promise<Uint8Array | undefined> {
  if (!v.is(Chunks, body)) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
