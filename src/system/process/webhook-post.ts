import { request as requestInTheClear } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import type { Secret } from '../../core/credentials.ts'
import { PimError } from '../../core/errors.ts'
import { systemCode, systemReason } from '../../core/system-error.ts'
import { proxyFor } from '../../core/http/proxy.ts'
import { parseWebhookUrl } from '../../core/webhook/webhook.ts'

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
  let { status, failure } = await post(address, body, signal, env)
  if (status === undefined || status === 429 || status >= 500) {
    await pause(signal)
    if (!signal.aborted) {
      const again = await post(address, body, signal, env)
      status = again.status ?? status
      failure = again.failure
    }
  }
  if (status !== undefined && status >= 200 && status < 300) return
  const why = status === undefined ? noAnswer(signal, timeoutMs, failure) : `it answered ${status}`
  throw new PimError('unavailable', 'webhook-failed', `${address.host}: ${why}`, {
    hint: 'check its address, and set it again with `pim webhook set`',
    ...(status !== undefined && { provider: { status } }),
  })
}

function noAnswer(signal: AbortSignal, timeoutMs: number, failure: string | undefined): string {
  if (signal.aborted) return `no answer within ${Math.round(timeoutMs / 100) / 10} s`
  return failure ?? 'no answer'
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

interface Posted {
  /** Undefined where no answer came. Its body is nobody's business. */
  readonly status?: number | undefined
  /** Why not, where that is known. */
  readonly failure?: string | undefined
}

async function post(
  url: URL,
  body: string,
  signal: AbortSignal,
  env: PostOptions['env'],
): Promise<Posted> {
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
      resolve({ status: answer.statusCode })
      answer.destroy()
    })
    sent.on('error', (error) => resolve(failureOf(error)))
    // Whoever changes the protocol has not taken the message.
    sent.on('upgrade', (answer, socket) => {
      socket.destroy()
      resolve({ status: answer.statusCode })
    })
    sent.on('close', () => resolve({}))
    sent.end(body)
  })
}

/** The words of the system may hold the address, of which nothing but the host may be said. */
function failureOf(error: Error): Posted {
  if (error instanceof PimError) return { failure: error.message }
  return systemCode(error) === undefined ? {} : { failure: `no answer, ${systemReason(error)}` }
}

async function proxyAgent(
  { href }: URL,
  env: PostOptions['env'],
): Promise<RequestOptions['agent']> {
  const proxy = proxyFor(href, env)
  if (proxy === undefined) return undefined
  const { createProxyAgent } = await import('../../network/proxy-agent.ts')
  return createProxyAgent(proxy)
}
