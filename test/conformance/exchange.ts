/** What was sent to a cloud; `body` is what the JSON said, undefined where there was none. */
export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly body?: unknown
}

/** What came back, with the request it answers. */
export interface GivenAnswer {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly body?: unknown
}

/** What is wrong, a sentence each; empty where it conforms. */
export type Problems = readonly string[]

/** A call that no specification at hand describes, and why it is made all the same. */
export interface Unlisted {
  readonly method: string
  readonly path: RegExp
  readonly reason: string
}

/** Holds requests and answers of one cloud against its official description. */
export interface Checker {
  readonly checkRequest: (request: SentRequest) => Problems
  readonly checkAnswer: (answer: GivenAnswer) => Problems
}

/** The path and the query of a URL, with or without a host. An encoded slash stays what it is: no separator. */
export function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(
    url.startsWith('/') ? `https://any.invalid${url}` : url,
  )
  const segments = pathname.split('/').map(decodeURIComponent)
  return {
    path: segments.map((segment) => segment.replaceAll('/', '%2F')).join('/'),
    query: searchParams,
  }
}

/** Whether the caller said that this call is in no specification. */
export function isUnlisted(
  unlisted: readonly Unlisted[],
  { method, url }: { method: string; url: string },
): boolean {
  const { path } = splitUrl(url)
  return unlisted.some((call) => call.method === method && call.path.test(path))
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether an answer has nothing in it. */
export function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || body === ''
}
