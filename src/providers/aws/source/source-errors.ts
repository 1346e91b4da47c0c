import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { ServiceException } from '@smithy/core/client'
import { PimError } from '../../../core/errors.ts'
import { strangerHint, type Route } from '../../../core/http/route.ts'
import { routeOf } from '../http/http.ts'
import { noCredentials } from '../errors/no-credentials.ts'
import type { Source } from '../config/role-chain.ts'
import { callError } from '../errors/service-errors.ts'
import { later } from '../errors/sts-error-codes.ts'

/** What is known of a source while it is asked for credentials. */
export interface Asking {
  readonly source: Source
  /** How to get new source credentials. */
  readonly hint: string
  readonly requests: Requests
}

/** Whether anybody was asked through a handler, and what of ours refused to ask. */
export interface Requests {
  readonly count: () => number
  readonly refusal: () => PimError | undefined
  /** How the last request ended. */
  readonly last: () => RequestEnd | undefined
}

type RequestEnd = { readonly error: unknown } | { readonly status: number; readonly route: Route }

/** Counts what is sent. The SDK keeps no more of an error from below it than its words. */
export function watchRequests(handler: NodeHttpHandler): Requests {
  const handle: NodeHttpHandler['handle'] = handler.handle.bind(handler)
  let count = 0
  let refusal: PimError | undefined
  let last: RequestEnd | undefined
  handler.handle = async (request, options) => {
    count += 1
    try {
      const answer = await handle(request, options)
      last = { status: answer.response.statusCode, route: routeOf(answer.response) }
      return answer
    } catch (error) {
      last = { error }
      if (error instanceof PimError) refusal = error
      throw error
    }
  }
  return { count: () => count, refusal: () => refusal, last: () => last }
}

/**
 * Whatever a source threw, in our own words: the SDK's repeat what was sent, answered or read on the way,
 * and every bit of that may be secret. The SDK's are taken only where nothing but the configuration was read.
 */
export function sourceError(thrown: unknown, { source, hint, requests }: Asking): PimError {
  const refused = thrown instanceof PimError ? thrown : requests.refusal()
  if (refused !== undefined) return refused
  const lost = lostAnswer(thrown, { source, hint, requests })
  if (lost !== undefined) return lost
  const words = requests.count() === 0 ? configurationWords(thrown, source) : undefined
  const why = words ?? `${nothing(source)}${kindOf(thrown)}`
  return noCredentials(why, hint)
}

/**
 * An answer that was lost, or that says nothing about the sign-in. It is told from below the SDK, which hides it in
 * errors of its own.
 */
function lostAnswer(thrown: unknown, { source, hint, requests }: Asking): PimError | undefined {
  const last = requests.last()
  if (last === undefined) return undefined
  const what = `get credentials${source.kind === 'profile' ? ` for the profile \`${source.profile}\`` : ''}`
  if ('error' in last) {
    const call = {
      target: undefined,
      what,
      signIn: hint,
      withMfa: false,
      secrets: [],
      clockAheadMs: 0,
    }
    return callError(last.error, call, { name: 'AWS', meanings: {} })
  }
  const unavailable = (code: string, why: string, advice: string): PimError =>
    new PimError('unavailable', code, `could not ${what}: ${why}`, { hint: advice })
  const { status, route } = last
  if (status === 429) return unavailable('throttled', 'AWS throttles the requests', later())
  if (status >= 500) return unavailable('provider-failing', `AWS answered ${status}`, later())
  if (status >= 400 || thrown instanceof ServiceException) return undefined
  const why = 'AWS gave an answer that cannot be read'
  return unavailable('unreadable-answer', why, strangerHint(route, 'AWS'))
}

/** A profile's own keys, Identity Center and `aws login` are asked for through our handler, and no other. */
function configurationWords(thrown: unknown, { kind }: Source): string | undefined {
  if (kind !== 'profile' && kind !== 'static') return undefined
  if (!(thrown instanceof Error) || !isProviderError(thrown)) return undefined
  return thrown.message
}

function isProviderError({ name }: Error): boolean {
  return name === 'CredentialsProviderError' || name === 'TokenProviderError'
}

function nothing(source: Source): string {
  switch (source.kind) {
    case 'web-identity':
      return 'the web identity token gave none'
    case 'default':
      return 'neither the environment, a profile, a container nor this machine gave any'
    case 'static':
    case 'profile':
      return `the sign-in of the profile \`${source.profile}\` gave none`
    case 'provided':
      return providers[source.by]
  }
}

const providers: Readonly<Record<Extract<Source, { kind: 'provided' }>['by'], string>> = {
  Environment: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set',
  Ec2InstanceMetadata: "this machine's metadata service gave none",
  EcsContainer: "the container's endpoint gave none",
}

/** The name of what went wrong, where it is one: the SDK puts it in front of a wrapped error's words. */
function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const [, wrapped] = /^(?:Failed to refresh token: )?([A-Z]\w{2,40}(?:Exception|Error)): /.exec(
    thrown.message,
  ) ?? [undefined, undefined]
  const name = isProviderError(thrown) ? wrapped : thrown.name
  return name !== undefined && name !== 'Error' && /^[A-Z]\w{2,50}$/.test(name) ? ` (${name})` : ''
}
