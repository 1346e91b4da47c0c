import { request as requestInTheClear, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent, request, type AgentOptions, type RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { proxyWords, type Proxy } from '../core/http/proxy.ts'
import { isCertificateFault } from '../core/http/route.ts'
import { systemWords } from '../core/system-error.ts'

/** Shorter than any limit of a whole request, so that the error can name the proxy. */
const connectMs = 15_000

type Callback = (error: Error | null, stream: Duplex) => void

/**
 * An agent whose connections are tunnels through a proxy, made by CONNECT (RFC 9110, 9.3.6). A tunnel
 * that does not come about is a `ProxyError`, since nothing has been sent to the host itself.
 */
export function createProxyAgent(proxy: Proxy, options: ProxyAgentOptions = {}): Agent {
  return new ProxyAgent(proxy, options)
}

export interface ProxyAgentOptions extends AgentOptions {
  /** For libraries that wrap what a request throws. */
  readonly onFailure?: (failure: ProxyError) => void
  /** What to do where the certificate of the proxy is not trusted. */
  readonly certificateHint?: string
}

/** No tunnel: the host that was called knows of nothing, and another try is safe. */
class ProxyError extends PimError {
  /** By which the AWS SDK knows what may be tried again. */
  readonly $retryable?: Readonly<Record<string, never>>

  constructor(proxy: Proxy, failure: Failure) {
    const { code, why, hint, isPassing } = failure
    super('unavailable', code, `${proxyWords(proxy)} ${why}`, {
      hint: hint ?? `check ${proxy.variable}, and NO_PROXY for hosts without a proxy`,
    })
    if (isPassing) this.$retryable = {}
  }
}

interface Failure {
  readonly code: 'proxy-sign-in' | 'proxy-refused' | 'proxy-failing' | 'proxy-unreachable'
  readonly why: string
  readonly hint?: string
  readonly isPassing: boolean
}

class ProxyAgent extends Agent {
  readonly #proxy: Proxy
  readonly #onFailure: (failure: ProxyError) => void
  readonly #certificateHint: string

  constructor(
    proxy: Proxy,
    { onFailure = () => {}, certificateHint = nodeHint, ...options }: ProxyAgentOptions,
  ) {
    super(options)
    this.#proxy = proxy
    this.#certificateHint = certificateHint
    this.#onFailure = onFailure
  }

  override createConnection(options: RequestOptions, callback?: Callback): undefined {
    const settle = callback ?? (() => {})
    const route = { proxy: this.#proxy, certificateHint: this.#certificateHint }
    openTunnel(route, options, (failure, tunnel) => {
      if (failure !== undefined) this.#onFailure(failure)
      const within = { ...options, socket: tunnel }
      const stream = tunnel === undefined ? undefined : super.createConnection(within)
      // Node's own type knows of no callback without a stream.
      Reflect.apply(settle, undefined, [failure ?? null, stream])
    })
    return undefined
  }
}

const nodeHint = 'name the file of the CA that signed it in NODE_EXTRA_CA_CERTS'

interface Tunnel {
  readonly proxy: Proxy
  readonly certificateHint: string
}

function openTunnel(
  { proxy, certificateHint }: Tunnel,
  options: RequestOptions,
  settle: (failure: ProxyError | undefined, tunnel?: Duplex) => void,
): void {
  const asked = askForTunnel(proxy, options)
  let isSettled = false
  const end = (failure: Failure | undefined, tunnel?: Duplex): void => {
    if (isSettled) return
    isSettled = true
    if (failure !== undefined) asked.destroy()
    settle(failure && new ProxyError(proxy, failure), tunnel)
  }
  const timer = setTimeout(() => end(unreachable('did not answer in time')), connectMs)
  // It stays: a connection that breaks may say so twice.
  asked.on('error', (error) => end(brokenBy(error, proxy, certificateHint)))
  asked.on('close', () => {
    clearTimeout(timer)
    end(unreachable('ended the connection'))
  })
  asked.on('connect', (answer, socket) => {
    clearTimeout(timer)
    const isOpen = answer.statusCode !== undefined && Math.trunc(answer.statusCode / 100) === 2
    if (isOpen) return end(undefined, socket)
    socket.destroy()
    end(refusal(answer, proxy))
  })
  asked.on('response', (answer) => end(refusal(answer, proxy)))
  asked.end()
}

function askForTunnel(proxy: Proxy, { host, port, signal, ca }: RequestOptions): ClientRequest {
  const { protocol, hostname, port: proxyPort, username, password } = new URL(proxy.url.reveal())
  const name = host?.includes(':') === true ? `[${host}]` : host
  const called = `${name}:${port ?? 443}`
  const send = protocol === 'https:' ? request : requestInTheClear
  const proxyHost = hostname.replace(/^\[|\]$/g, '')
  return send({
    host: proxyHost,
    // Else Node would check the proxy's certificate for the host in the header `Host`.
    servername: isIP(proxyHost) === 0 ? proxyHost : '',
    port: proxyPort === '' ? undefined : proxyPort,
    method: 'CONNECT',
    path: called,
    agent: false,
    setHost: false,
    ...(signal !== undefined && { signal }),
    ...(protocol === 'https:' && ca !== undefined && { ca }),
    headers: {
      Host: called,
      'User-Agent': 'pim',
      ...((username !== '' || password !== '') && {
        'Proxy-Authorization': basic(username, password),
      }),
    },
  })
}

function basic(username: string, password: string): string {
  const text = [username, password].map(decoded).join(':')
  return `Basic ${Buffer.from(text).toString('base64')}`
}

/** A percent sign that nobody encoded stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function refusal({ statusCode = 0, statusMessage = '' }: IncomingMessage, proxy: Proxy): Failure {
  const said = printable(`${statusCode} ${statusMessage}`.trim()).slice(0, 80)
  if (statusCode === 407) {
    const hasSignIn = new URL(proxy.url.reveal()).username !== ''
    return {
      code: 'proxy-sign-in',
      why: hasSignIn ? `did not accept the sign-in (${said})` : `wants a sign-in (${said})`,
      hint: `set ${proxy.variable}=http://user:password@host:port; pim knows Basic sign-in only`,
      isPassing: false,
    }
  }
  return statusCode >= 500
    ? { code: 'proxy-failing', why: `failed (${said})`, isPassing: true }
    : { code: 'proxy-refused', why: `refused the connection (${said})`, isPassing: false }
}

function unreachable(words: string, hint?: string): Failure {
  const why = `cannot be used: ${words}`
  return { code: 'proxy-unreachable', why, ...(hint !== undefined && { hint }), isPassing: true }
}

function brokenBy(error: Error, { variable }: Proxy, certificateHint: string): Failure {
  // OpenSSL's words for a peer that answers in the clear name a line of its source.
  if (/EPROTO|wrong version number/.test(error.message)) {
    return unreachable('it does not speak TLS', `set ${variable}=http://host:port`)
  }
  const words = printable(error.message).slice(0, 200)
  if (!isCertificateFault(words)) return unreachable(systemWords(words))
  return unreachable(words, certificateHint)
}
