import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts'
import * as v from 'valibot'
import { PimError } from '../../core/errors.ts'
import type { SessionKeys } from './credentials.ts'
import type { SessionTag } from './session-names.ts'

/** What an STS client needs to be told. Retries, endpoints and signing are the SDK's own. */
export interface StsOptions {
  readonly region: string
  readonly credentials: NonNullable<STSClientConfig['credentials']> | 'none'
  readonly httpsAgent?: unknown
  readonly now: () => Date
}

export interface AssumeRole {
  readonly roleArn: string
  readonly sessionName: string
  readonly durationSeconds: number
  readonly externalId?: string
  readonly mfa?: { readonly serial: string; readonly code: string }
  readonly tags?: readonly SessionTag[]
  readonly sourceIdentity?: string
}

/** What STS hands out, and what its logs will show of it. */
export interface Assumed {
  readonly keys: SessionKeys
  readonly arn: string
  readonly requestId?: string
}

const attempts = 3
const connectMs = 5000
const answerMs = 15_000

/** An STS client, and how far the provider's clock was ahead of this machine's in its last answer. */
export interface Sts {
  readonly client: STSClient
  readonly clockAheadMs: () => number
}

/** One client for one set of credentials. Throttling and server errors are tried three times in all. */
export function createSts({ region, credentials, httpsAgent, now }: StsOptions): Sts {
  const client = new STSClient({
    region,
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      ...(httpsAgent !== undefined && { httpsAgent }),
    } as NonNullable<STSClientConfig['requestHandler']>,
    ...(credentials !== 'none' && { credentials }),
  })
  refusePlainHttp(client)
  return { client, clockAheadMs: watchClock(client, now) }
}

function refusePlainHttp(client: STSClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { protocol, hostname } = v.parse(Address, args.request)
      if (protocol !== 'https:' && !isLoopback(hostname)) throw insecureEndpoint(hostname)
      return next(args)
    },
    { step: 'finalizeRequest', name: 'refusePlainHttp' },
  )
}

/** The SDK corrects its signatures for a clock that is off by five minutes or more; this also sees less. */
function watchClock(client: STSClient, now: () => Date): () => number {
  let aheadMs = 0
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const answer = v.safeParse(Dated, result.response)
      const told = answer.success ? Date.parse(answer.output.headers.date) : Number.NaN
      if (!Number.isNaN(told)) aheadMs = told - now().getTime()
      return result
    },
    { step: 'deserialize', name: 'watchClock', priority: 'low' },
  )
  // The header counts whole seconds and the answer takes time to arrive.
  return () => (Math.abs(aheadMs) < 3000 ? 0 : aheadMs)
}

const Address = v.object({ protocol: v.string(), hostname: v.string() })
const Dated = v.object({ headers: v.object({ date: v.string() }) })

function insecureEndpoint(hostname: string): PimError {
  return new PimError(
    'usage',
    'insecure-endpoint',
    `the STS endpoint http://${hostname} would carry credentials in the clear`,
    { hint: 'use https; plain http is for loopback addresses only' },
  )
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}

const Keys = v.object({
  AccessKeyId: v.pipe(v.string(), v.regex(/^\w{4,128}$/)),
  SecretAccessKey: v.pipe(v.string(), v.nonEmpty()),
  SessionToken: v.pipe(v.string(), v.nonEmpty()),
  Expiration: v.date(),
})

const Answer = v.object({
  Credentials: Keys,
  AssumedRoleUser: v.object({ Arn: v.pipe(v.string(), v.startsWith('arn:')) }),
  $metadata: v.object({ requestId: v.optional(v.string()) }),
})

const Identity = v.object({
  Account: v.pipe(v.string(), v.regex(/^\d{12}$/)),
  Arn: v.pipe(v.string(), v.startsWith('arn:')),
})

/** GetCallerIdentity. It needs no permission, so its failure is about the credentials or the network. */
export async function callerIdentity(
  client: STSClient,
  signal: AbortSignal,
): Promise<{ account: string; arn: string }> {
  const answer = await client.send(new GetCallerIdentityCommand(), { abortSignal: signal })
  const { Account, Arn } = understood(Identity, answer)
  return { account: Account, arn: Arn }
}

/** AssumeRole, once. Errors come as the SDK threw them. */
export async function assumeRole(
  client: STSClient,
  call: AssumeRole,
  signal: AbortSignal,
): Promise<Assumed> {
  const answer = await client.send(
    new AssumeRoleCommand({
      RoleArn: call.roleArn,
      RoleSessionName: call.sessionName,
      DurationSeconds: call.durationSeconds,
      ExternalId: call.externalId,
      SerialNumber: call.mfa?.serial,
      TokenCode: call.mfa?.code,
      Tags: call.tags === undefined ? undefined : [...call.tags],
      SourceIdentity: call.sourceIdentity,
    }),
    { abortSignal: signal },
  )
  return toAssumed(answer)
}

/** AssumeRoleWithWebIdentity: unsigned, the token speaks for the caller. */
export async function assumeRoleWithWebIdentity(
  client: STSClient,
  call: Pick<AssumeRole, 'roleArn' | 'sessionName' | 'durationSeconds'> & {
    readonly token: string
  },
  signal: AbortSignal,
): Promise<Assumed> {
  const answer = await client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: call.roleArn,
      RoleSessionName: call.sessionName,
      DurationSeconds: call.durationSeconds,
      WebIdentityToken: call.token,
    }),
    { abortSignal: signal },
  )
  return toAssumed(answer)
}

function toAssumed(answer: unknown): Assumed {
  const {
    Credentials: keys,
    AssumedRoleUser: user,
    $metadata: metadata,
  } = understood(Answer, answer)
  const account = user.Arn.split(':')[4]
  return {
    keys: {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.SessionToken,
      expiration: keys.Expiration,
      ...(account !== undefined && /^\d{12}$/.test(account) && { accountId: account }),
    },
    arn: user.Arn,
    ...(metadata.requestId !== undefined && { requestId: metadata.requestId }),
  }
}

function understood<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, answer)
  if (parsed.success) return parsed.output
  const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? '').join(', ')
  throw new PimError(
    'unavailable',
    'unreadable-answer',
    `STS gave an answer that cannot be read (${where})`,
    {
      hint: 'check that AWS_ENDPOINT_URL_STS and any proxy lead to AWS',
    },
  )
}
