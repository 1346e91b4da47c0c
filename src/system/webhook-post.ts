import { request as requestInTheClear } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import type { Secret } from '../core/credentials.ts'
import { PimError } from '../core/errors.ts'
import { parseWebhookUrl } from '../core/webhook.ts'

export interface PostOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** All there is for it, another try included. */
  readonly timeoutMs: number
}

/**
 * Posts JSON to a webhook, and follows nobody. What is worth another try is tried once more, if the time
 * lasts. Throws `unavailable` (`webhook-failed`), which names the host and nothing else of the address.
 */
export async function postToWebhook(
  url: Secret,
  body: string,
  { env, timeoutMs }: PostOptions,
): Promise<void> {
  const address = parseWebhookUrl(url.reveal())
  const signal = AbortSignal.timeout(timeoutMs)
  let status = await post(address, body, signal, env)
  if (status === undefined || status === 429 || status >= 500) {
    await pause(signal)
    if (!signal.aborted) status = (await post(address, body, signal, env)) ?? status
  }
  if (status !== undefined && status >= 200 && status < 300) return
  const why = status === undefined ? noAnswer(signal, timeoutMs) : `it answered ${status}`
  throw new PimError('unavailable', 'webhook-failed', `${address.host}: ${why}`, {
    hint: 'check its address, and set it again with `pim webhook set`',
    ...(status !== undefined && { provider: { status } }),
  })
}

function noAnswer(signal: AbortSignal, timeoutMs: number): string {
  return signal.aborted ? `no answer within ${Math.round(timeoutMs / 100) / 10} s` : 'no answer'
}

const pauseMs = 500

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, pauseMs)
    signal.addEventListener('abort', end, { once: true })
  })
}

/** The status of the answer, whose body is nobody's business; undefined where none came. */
async function post(
  url: URL,
  body: string,
  signal: AbortSignal,
  env: PostOptions['env'],
): Promise<number | undefined> {
  const agent = await proxyAgent(url, env)
  const options: RequestOptions = {
    method: 'POST',
    signal,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': 'pim',
    },
    ...(agent !== undefined && { agent }),
  }
  const send = url.protocol === 'http:' ? requestInTheClear : request
  return new Promise((resolve) => {
    const sent = send(url, options, (answer) => {
      resolve(answer.statusCode)
      answer.destroy()
    })
    sent.on('error', () => resolve(undefined))
    // Whoever changes the protocol has not taken the message.
    sent.on('upgrade', (answer, socket) => {
      socket.destroy()
      resolve(answer.statusCode)
    })
    sent.on('close', () => resolve(undefined))
    sent.end(body)
  })
}

async function proxyAgent(
  { protocol, href }: URL,
  env: PostOptions['env'],
): Promise<RequestOptions['agent']> {
  const named = env.HTTPS_PROXY ?? env.https_proxy ?? env.ALL_PROXY ?? env.all_proxy
  if (named === undefined || protocol === 'http:') return undefined
  const [{ getProxyForUrl }, { HttpsProxyAgent }] = await Promise.all([
    import('proxy-from-env'),
    import('https-proxy-agent'),
  ])
  const proxy = getProxyForUrl(href)
  return proxy === '' ? undefined : new HttpsProxyAgent(proxy)
}
