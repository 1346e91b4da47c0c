import * as v from 'valibot'

import { TenantError, badRequest } from '../server/error.ts'
import { decodePath } from '../server/request.ts'
import type { TenantAnswer, TenantRequest } from '../server/request.ts'

const most = 20
const Batch = v.object({
  requests: v.array(
    v.object({
      httpMethod: v.string(),
      name: v.optional(v.string()),
      /** A path, or the whole address. */
      url: v.string(),
      content: v.optional(v.unknown()),
    }),
  ),
})

/**
 * Carries out what a batch holds, one after another; each answer has a status of its own. Throws 400
 * where it is no batch, or too large.
 */
export function answerBatch(
  request: TenantRequest,
  answerOne: (inner: TenantRequest) => TenantAnswer,
): TenantAnswer {
  const read = v.safeParse(Batch, request.body)
  if (!read.success) throw badRequest('The content of the batch is not valid.')
  const { requests } = read.output
  if (requests.length > most) throw badRequest(`A batch has ${most} requests at most.`)
  const responses = requests.map(({ httpMethod, name, url, content }) => {
    const inner = { method: httpMethod, url, body: content }
    const {
      status,
      body,
      headers = {},
    } = answerInner(() => answerOne(innerRequest(request, inner)))
    return {
      ...(name !== undefined && { name }),
      httpStatusCode: status,
      headers,
      ...(body !== undefined && { content: body }),
      contentLength: body === undefined ? 0 : Buffer.byteLength(JSON.stringify(body)),
    }
  })
  return { status: 200, body: { responses } }
}

interface Inner {
  readonly method: string
  readonly url: string
  readonly body: unknown
}

function innerRequest(outer: TenantRequest, { method, url, body }: Inner): TenantRequest {
  const { pathname, searchParams } = readUrl(url, outer.origin)
  const path = decodePath(pathname)
  return { ...outer, method: method.toUpperCase(), path, query: searchParams, body }
}

function readUrl(url: string, origin: string): URL {
  if (URL.canParse(url, origin)) return new URL(url, origin)
  throw badRequest(`'${url}' is no address.`)
}

function answerInner(answer: () => TenantAnswer): TenantAnswer {
  try {
    return answer()
  } catch (error) {
    if (!(error instanceof TenantError)) throw error
    const { status, code, message } = error
    return { status, body: { error: { code, message } } }
  }
}
