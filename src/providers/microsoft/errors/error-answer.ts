import * as v from 'valibot'
import type { ProviderAnswer } from '../../../core/errors.ts'
import type { Route } from '../../../core/http/route.ts'
import type { Resource } from '../http/client.ts'
import { waitAsked } from '../http/retry-after.ts'
import type { ConsentPlace } from '../http/permissions.ts'

/** An answer of ARM or Graph that is no success. */
export interface FailedAnswer {
  readonly status: number
  /** Whatever JSON said; undefined where it was none. */
  readonly body: unknown
  readonly headers: { readonly get: (name: string) => string | undefined }
  readonly resource: Resource
  /** What decided where the request went. */
  readonly route?: Route
  /** Who signed in through which application, where consent to more can be asked for. */
  readonly consent?: ConsentPlace
}

/** What Microsoft said: its code and its own words. Both are a stranger's text. */
export interface Said {
  readonly code: string
  readonly message: string
}

const Inner = v.object({ code: v.optional(v.string()), message: v.optional(v.string()) })
const Wrapped = v.object({ error: Inner })
/** Some answers of PIM's own service, and of gateways, come without the envelope. */
const Bare = v.pipe(
  v.object({
    errorCode: v.optional(v.string()),
    code: v.optional(v.string()),
    message: v.optional(v.string()),
    Message: v.optional(v.string()),
  }),
  v.transform(({ errorCode, code, message, Message }) => ({
    code: errorCode ?? code ?? '',
    message: message ?? Message ?? '',
  })),
)
/** Graph's gateway words refusals of the service behind it anew: the code is then in the message, as JSON. */
const Encoded = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ errorCode: v.string(), message: v.optional(v.string()) }),
)

/** What a body says went wrong; undefined where it is no error of ARM or Graph. */
export function saidIn(body: unknown): Said | undefined {
  const { code = '', message = '' } = innerOf(body) ?? {}
  const encoded = v.safeParse(Encoded, message)
  if (encoded.success) {
    return { code: encoded.output.errorCode, message: encoded.output.message ?? '' }
  }
  return code === '' && message === '' ? undefined : { code, message }
}

function innerOf(body: unknown): v.InferOutput<typeof Inner> | undefined {
  const wrapped = v.safeParse(Wrapped, body)
  if (wrapped.success) return wrapped.output.error
  const bare = v.safeParse(Bare, body)
  return bare.success ? bare.output : undefined
}

const longestName = 100

const InnerError = v.object({
  error: v.object({ innerError: v.object({ 'request-id': v.string() }) }),
})

/** What an error carries to be looked up at Microsoft. */
export function providerAnswer({ status, body, headers }: FailedAnswer): ProviderAnswer {
  const code = saidIn(body)?.code
  const requestId = requestIdIn(headers) ?? inner(body)
  const retryAfterSeconds = status === 429 || status === 503 ? waitAsked(headers) : undefined
  return {
    status,
    ...(code !== undefined && code !== '' && { code: code.slice(0, longestName) }),
    ...(requestId !== undefined && isId(requestId) && { requestId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds: Math.ceil(retryAfterSeconds) }),
  }
}

/** A header may hold anything, a token of ours sent back among it. */
function isId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text)
}

/** ARM and Graph name an answer differently. */
export function requestIdIn(headers: FailedAnswer['headers']): string | undefined {
  return headers.get('x-ms-request-id') ?? headers.get('request-id')
}

function inner(body: unknown): string | undefined {
  const read = v.safeParse(InnerError, body)
  return read.success ? read.output.error.innerError['request-id'] : undefined
}
