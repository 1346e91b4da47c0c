import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import { StsError } from './error.ts'
import type { Key } from '../sts/keys.ts'

export interface SignedRequest {
  readonly method: string
  /** The path and query as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Finds out whose key signed a request, and refuses as STS does where that cannot be trusted. */
export function authenticate(
  request: SignedRequest,
  keys: ReadonlyMap<string, Key>,
  now: Date,
): Key {
  const signature = readSignature(request.headers)
  const key = keys.get(signature.accessKeyId)
  if (key === undefined || key.session?.token !== header(request, 'x-amz-security-token')) {
    const message = 'The security token included in the request is invalid.'
    throw new StsError(403, 'InvalidClientTokenId', message)
  }
  checkScope(signature)
  checkClock(signature.date, now)
  if (calculate(request, signature, key.secretAccessKey) !== signature.value) {
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
  if (key.session !== undefined && key.session.expiresAt <= now) {
    const message = 'The security token included in the request is expired'
    throw new StsError(403, 'ExpiredToken', message)
  }
  return key
}

/** The access key id a request names, without any check; undefined where it names none. */
export function claimedAccessKeyId(headers: IncomingHttpHeaders): string | undefined {
  return /Credential=([^/,\s]+)/.exec(headers.authorization ?? '')?.[1]
}

interface Signature {
  readonly accessKeyId: string
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly value: string
  /** As in `20260102T030405Z`. */
  readonly date: string
}

const authorizationForm =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/

function readSignature(headers: IncomingHttpHeaders): Signature {
  if (headers.authorization === undefined) {
    const message = 'Request is missing Authentication Token'
    throw new StsError(403, 'MissingAuthenticationToken', message)
  }
  const parts = authorizationForm.exec(headers.authorization)?.slice(1)
  const date = headers['x-amz-date']
  if (parts === undefined || typeof date !== 'string' || !/^\d{8}T\d{6}Z$/.test(date)) {
    const message =
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters, and the request an 'X-Amz-Date' header."
    throw new StsError(400, 'IncompleteSignature', message)
  }
  const [accessKeyId = '', scope = '', signedHeaders = '', value = ''] = parts
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(';'), value, date }
}

function checkScope({ scope, date, signedHeaders }: Signature): void {
  const [day, , service, terminator, ...rest] = scope.split('/')
  if (day !== date.slice(0, 8)) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    )
  }
  if (
    (service !== 'sts' && service !== 'iam') ||
    terminator !== 'aws4_request' ||
    rest.length > 0
  ) {
    throw mismatch("Credential should be scoped to correct service: 'sts'. ")
  }
  if (!signedHeaders.includes('host')) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  }
}

const tolerance = 15 * 60 * 1000

// Compared as text, as the numbers stand in the message: the form sorts like time itself.
function checkClock(date: string, now: Date): void {
  const earliest = compact(new Date(now.getTime() - tolerance))
  const latest = compact(new Date(now.getTime() + tolerance))
  if (date < earliest) {
    throw mismatch(
      `Signature expired: ${date} is now earlier than ${earliest} (${compact(now)} - 15 min.)`,
    )
  }
  if (date > latest) {
    throw mismatch(
      `Signature not yet current: ${date} is still later than ${latest} (${compact(now)} + 15 min.)`,
    )
  }
}

function compact(time: Date): string {
  return time.toISOString().replace(/\.\d{3}|[-:]/g, '')
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
function calculate(request: SignedRequest, signature: Signature, secret: string): string {
  const { scope, date, signedHeaders } = signature
  const [path = '/', query = ''] = request.url.split('?', 2)
  const canonical = [
    request.method,
    path,
    query.split('&').toSorted().join('&'),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(request, name)}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return hmac(key, text).toString('hex')
}

function canonicalValue(request: SignedRequest, name: string): string {
  return (header(request, name) ?? '').trim().replace(/ +/g, ' ')
}

function header({ headers }: SignedRequest, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function mismatch(message: string): StsError {
  return new StsError(403, 'SignatureDoesNotMatch', message)
}
