import { Transform, type Readable } from 'node:stream'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { PimError } from '../../core/errors.ts'
import { isLoopback } from '../../core/loopback.ts'
import { proxyAgent } from './proxy.ts'

type Handle = NodeHttpHandler['handle']

const connectMs = 5000
const answerMs = 15_000
const largestAnswer = 1024 * 1024

/**
 * What every client of the SDK sends through: with time limits, through the proxy that the
 * environment names, in the clear to loopback addresses only, and with an end to what it reads.
 */
export async function guardedHandler(
  env: Readonly<Record<string, string | undefined>>,
  region: string,
  host = `sts.${region}.amazonaws.com`,
): Promise<NodeHttpHandler> {
  const httpsAgent = await proxyAgent(env, host)
  const handler = new NodeHttpHandler({
    connectionTimeout: connectMs,
    requestTimeout: answerMs,
    throwOnRequestTimeout: true,
    ...(httpsAgent !== undefined && { httpsAgent }),
  })
  const handle: Handle = handler.handle.bind(handler)
  handler.handle = async (request, options) => {
    const isMetadata = metadataHosts.includes(request.hostname)
    if (request.protocol !== 'https:' && !isMetadata && !isLoopback(request.hostname)) {
      throw insecureEndpoint(request.hostname)
    }
    const answer = await handle(request, options).catch((error: unknown) => {
      throw timelyWorded(error, options?.requestTimeout ?? answerMs)
    })
    answer.response.body = limited(answer.response.body)
    return answer
  }
  return handler
}

/**
 * The library's words for a limit that is over are for its own developers. Name and code stay: by them the
 * SDK knows what is worth another try.
 */
function timelyWorded(error: unknown, requestMs: number): unknown {
  // What the kernel gave up names the call.
  if (!(error instanceof Error) || error.name !== 'TimeoutError' || 'syscall' in error) return error
  error.message = whatHappened(error, requestMs)
  return error
}

function whatHappened(error: Error, requestMs: number): string {
  if (!('code' in error)) return `there was no connection to AWS within ${connectMs / 1000} s`
  const isCut = error.code === 'ECONNRESET' || error.code === 'EPIPE'
  return isCut ? 'AWS cut the connection' : `AWS did not answer within ${requestMs / 1000} s`
}

/** The link-local addresses by which a machine or a container is given its credentials. */
const metadataHosts = ['169.254.169.254', '[fd00:ec2::254]', '169.254.170.2', '169.254.170.23']

function insecureEndpoint(hostname: string): PimError {
  return new PimError(
    'usage',
    'insecure-endpoint',
    `the endpoint http://${hostname} would carry credentials in the clear`,
    { hint: 'use https; plain http is for loopback addresses only' },
  )
}

/** The same stream, which ends in an error once it has given more than any honest answer holds. */
function limited(body: Readable): Readable {
  let length = 0
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      length += chunk.length
      if (length <= largestAnswer) return pass(null, chunk)
      body.destroy()
      pass(
        new PimError('unavailable', 'huge-answer', 'the endpoint gave an endless answer', {
          hint: 'check that AWS_ENDPOINT_URL_STS and any proxy lead to AWS',
        }),
      )
    },
  })
  body.on('error', (error) => limit.destroy(error))
  return body.pipe(limit)
}
