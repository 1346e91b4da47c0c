import { Agent } from 'node:https'
import { Transform, type Readable } from 'node:stream'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { isLoopback } from '../../../core/http/loopback.ts'
import { proxyFor, proxyWords, type Proxy } from '../../../core/http/proxy.ts'
import { proxyOnTheRoute, strangerHint, type Route } from '../../../core/http/route.ts'
import { foreignCertificateHint, readCaBundle, type CaBundle } from './ca-bundle.ts'
import type { CallSettings } from './call-settings.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Handle = NodeHttpHandler['handle']
type Request = Parameters<Handle>[0]

const connectMs = 5000
const answerMs = 15_000
const largestAnswer = 1024 * 1024

/**
 * What every client of the SDK sends through: with time limits, through the proxy that the environment
 * names for the host that is called, believing the certificates that the AWS CLI would believe, in the
 * clear to loopback addresses only, and with an end to what it reads.
 */
export async function guardedHandler(
  env: Environment,
  { caBundle, endpointSetting }: Pick<CallSettings, 'caBundle' | 'endpointSetting'>,
): Promise<NodeHttpHandler> {
  const open = openHandlers(caBundle)
  const handler = new NodeHttpHandler()
  handler.handle = async (request, options) => {
    assertSafe(request)
    const address = addressOf(request)
    const route = [endpointSetting(address) ?? [], proxyOnTheRoute(address, env)].flat()
    routes.set(handler, route)
    const proxy = proxyFor(address, env)
    const inner = await open(proxy, request.protocol === 'https:')
    const answer = await inner.handle(request, options).catch((error: unknown) => {
      const worded = timelyWorded(error, options?.requestTimeout ?? answerMs, proxy)
      throw withTrust(withRoute(worded, route), caBundle)
    })
    answer.response.body = limited(answer.response.body, request.hostname, route)
    withRoute(answer.response, route)
    return answer
  }
  return handler
}

const routes = new WeakMap<object, Route>()

/** An SDK's client. */
export interface RoutedClient {
  readonly config: { readonly requestHandler: object }
}

/** Where the last request of a client went. */
export function lastRoute({ config }: RoutedClient): Route {
  return routes.get(config.requestHandler) ?? []
}

/** One handler for each way out of this machine, made when it is first used. */
function openHandlers(
  bundle: CaBundle | undefined,
): (proxy: Proxy | undefined, isSecure: boolean) => Promise<NodeHttpHandler> {
  const handlers = new Map<string, NodeHttpHandler>()
  const trusted = (): { ca?: string[] } =>
    bundle === undefined ? {} : { ca: [...readCaBundle(bundle)] }
  const agent = async (proxy: Proxy | undefined): Promise<Agent> => {
    const options = { keepAlive: true, maxSockets: 50, ...trusted() }
    if (proxy === undefined) return new Agent(options)
    const { createProxyAgent } = await import('../../../network/proxy-agent.ts')
    return createProxyAgent(proxy, {
      ...options,
      certificateHint: foreignCertificateHint(bundle?.by),
    })
  }
  return async (proxy, isSecure) => {
    const name = isSecure ? `https ${proxy?.name ?? ''}` : 'http'
    const handler =
      handlers.get(name) ??
      new NodeHttpHandler({
        connectionTimeout: connectMs,
        requestTimeout: answerMs,
        throwOnRequestTimeout: true,
        ...(isSecure && { httpsAgent: await agent(proxy) }),
      })
    handlers.set(name, handler)
    return handler
  }
}

function addressOf({ protocol, hostname, port }: Request): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}/`
}

const Routed = v.object({ route: v.array(v.string()) })

function withRoute<Thing>(thing: Thing, route: Route): Thing {
  if (typeof thing === 'object' && thing !== null) Object.assign(thing, { route: [...route] })
  return thing
}

/** Where a request went that came to nothing, by what was thrown or by the answer that the SDK hides in it. */
export function routeOf(thrown: unknown): Route {
  const read = v.safeParse(v.union([Routed, v.object({ $response: Routed })]), thrown)
  if (!read.success) return []
  return 'route' in read.output ? read.output.route : read.output.$response.route
}

const Trusting = v.object({ trust: v.string() })

function withTrust<Thing>(thing: Thing, bundle: CaBundle | undefined): Thing {
  const isMarked = typeof thing === 'object' && thing !== null && bundle !== undefined
  if (isMarked) Object.assign(thing, { trust: bundle.by })
  return thing
}

/** What named the certificates that were trusted when a request came to nothing. */
export function trustOf(thrown: unknown): string | undefined {
  const read = v.safeParse(Trusting, thrown)
  return read.success ? read.output.trust : undefined
}

/**
 * The library's words for a limit that is over are for its own developers. Name and code stay: by them the
 * SDK knows what is worth another try.
 */
function timelyWorded(error: unknown, requestMs: number, proxy: Proxy | undefined): unknown {
  // What the kernel gave up names the call.
  if (!(error instanceof Error) || error.name !== 'TimeoutError' || 'syscall' in error) return error
  error.message = whatHappened(error, requestMs, proxy)
  return error
}

function whatHappened(error: Error, requestMs: number, proxy: Proxy | undefined): string {
  const through = proxy === undefined ? '' : ` through ${proxyWords(proxy)}`
  if (!('code' in error)) {
    return `there was no connection to AWS${through} within ${connectMs / 1000} s`
  }
  const isCut = error.code === 'ECONNRESET' || error.code === 'EPIPE'
  if (!isCut) return `AWS did not answer${through} within ${requestMs / 1000} s`
  return `AWS${proxy === undefined ? '' : ` or ${proxyWords(proxy)}`} cut the connection`
}

/** The link-local addresses by which a machine or a container is given its credentials. */
const metadataHosts = ['169.254.169.254', '[fd00:ec2::254]', '169.254.170.2', '169.254.170.23']

function assertSafe({ protocol, hostname }: Request): void {
  const isAllowed = metadataHosts.includes(hostname) || isLoopback(hostname)
  if (protocol === 'https:' || isAllowed) return
  throw new PimError(
    'usage',
    'insecure-endpoint',
    `the endpoint http://${hostname} would carry credentials in the clear`,
    { hint: 'use https; plain http is for loopback addresses only' },
  )
}

/** The same stream, which ends in an error once it has given more than any honest answer holds. */
function limited(body: Readable, hostname: string, route: Route): Readable {
  let length = 0
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      length += chunk.length
      if (length <= largestAnswer) return pass(null, chunk)
      body.destroy()
      pass(
        new PimError(
          'unavailable',
          'huge-answer',
          `${hostname} sent an answer of more than 1 MiB`,
          {
            hint: strangerHint(route, 'AWS'),
          },
        ),
      )
    },
  })
  body.on('error', (error) => limit.destroy(error))
  return body.pipe(limit)
}
