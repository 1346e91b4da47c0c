import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts'
import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { strangerHint } from '../../../core/http/route.ts'
import { withinLimit } from '../http/call-limit.ts'
import { clientOptions, type ClientPlace } from '../http/client-options.ts'
import type { SessionKeys } from './credentials.ts'
import { lastRoute } from '../http/http.ts'
import { findRequestIds } from '../errors/request-id.ts'
import type { SessionTag } from './session-names.ts'
import { sts } from '../errors/sts-errors.ts'

/** What an STS client needs to be told. Retries, endpoints and signing are the SDK's own. */
export interface StsOptions extends Omit<ClientPlace, 'service'> {
  readonly credentials: NonNullable<STSClientConfig['credentials']> | 'none'
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
  /** That of the session, where STS told one. */
  readonly sourceIdentity?: string
  /** `AROA…:session-name`, by which policies know it as `aws:userid`. Absent where STS did not tell. */
  readonly userId?: string
  readonly requestId?: string
}

/** An STS client, and how far the provider's clock was ahead of this machine's in its last answer. */
export interface Sts {
  readonly client: STSClient
  readonly clockAheadMs: () => number
  /** What the provider's clock showed in that answer, in whole seconds. */
  readonly toldTime: () => Date | undefined
  /** What it signs with: values that must not come back in a message. */
  readonly secrets: () => Promise<readonly string[]>
}

/** One client for one set of credentials. */
export function createSts({ credentials, now, ...place }: StsOptions): Sts {
  const client = new STSClient({
    ...clientOptions({ ...place, service: 'sts' }),
    useGlobalEndpoint: place.calls.useGlobalSts,
    ...(credentials !== 'none' && { credentials }),
  })
  findRequestIds(client)
  return {
    client,
    ...watchClock(client, now),
    secrets: async () => {
      if (credentials === 'none') return []
      const { secretAccessKey, sessionToken = '' } = await client.config.credentials()
      return [secretAccessKey, sessionToken]
    },
  }
}

/** The SDK corrects its signatures for a clock that is off by five minutes or more; this also sees less. */
function watchClock(client: STSClient, now: () => Date): Pick<Sts, 'clockAheadMs' | 'toldTime'> {
  let aheadMs = 0
  let toldTime: Date | undefined
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const answer = v.safeParse(Dated, result.response)
      const told = answer.success ? Date.parse(answer.output.headers.date) : Number.NaN
      if (!Number.isNaN(told)) {
        aheadMs = told - now().getTime()
        toldTime = new Date(told)
      }
      return result
    },
    { step: 'deserialize', name: 'watchClock', priority: 'low' },
  )
  return {
    // The header counts whole seconds and the answer takes time to arrive.
    clockAheadMs: () => (Math.abs(aheadMs) < 3000 ? 0 : aheadMs),
    toldTime: () => toldTime,
  }
}

const Dated = v.object({ headers: v.object({ date: v.string() }) })

/** Keys go into environments, headers and shells; an honest one is of visible characters. */
const printableKey = v.regex(/^[\x21-\x7e]+$/)

const Keys = v.object({
  AccessKeyId: v.pipe(v.string(), v.regex(/^\w{4,128}$/)),
  SecretAccessKey: v.pipe(v.string(), printableKey, v.maxLength(256)),
  SessionToken: v.pipe(v.string(), printableKey, v.maxLength(16_384)),
  Expiration: v.date(),
})

const sessionArn = /^arn:aws[\w-]*:sts::\d{12}:assumed-role\/[\w+=,.@-]{1,64}\/[\w+=,.@-]{2,64}$/

const UserId = v.pipe(v.string(), v.regex(/^ARO\w{2,61}:[\w+=,.@-]{2,64}$/))

const Answer = v.object({
  Credentials: Keys,
  AssumedRoleUser: v.object({
    Arn: v.pipe(v.string(), v.regex(sessionArn)),
    AssumedRoleId: v.fallback(v.optional(UserId), undefined),
  }),
  SourceIdentity: v.fallback(v.optional(v.string()), undefined),
  $metadata: v.object({ requestId: v.optional(v.string()) }),
})

const Identity = v.object({
  Account: v.pipe(v.string(), v.regex(/^\d{12}$/)),
  Arn: v.pipe(v.string(), v.regex(/^arn:aws[\w-]*:[\w-]+::\d{12}:[\w+=,.@:/-]{1,600}$/)),
})

/** GetCallerIdentity. It needs no permission, so its failure is about the credentials or the network. */
export async function callerIdentity(
  client: STSClient,
  signal: AbortSignal,
): Promise<{ account: string; arn: string }> {
  const answer = await withinLimit(signal, { service: sts, client }, (abortSignal) =>
    client.send(new GetCallerIdentityCommand(), { abortSignal }),
  )
  const { Account, Arn } = understood(Identity, answer, client)
  if (Arn.split(':')[4] !== Account) throw contradicting(Account, Arn, client)
  return { account: Account, arn: Arn }
}

/** AssumeRole, once. Errors come as the SDK threw them. */
export async function assumeRole(
  client: STSClient,
  call: AssumeRole,
  signal: AbortSignal,
): Promise<Assumed> {
  const command = new AssumeRoleCommand({
    RoleArn: call.roleArn,
    RoleSessionName: call.sessionName,
    DurationSeconds: call.durationSeconds,
    ExternalId: call.externalId,
    SerialNumber: call.mfa?.serial,
    TokenCode: call.mfa?.code,
    Tags: call.tags === undefined ? undefined : [...call.tags],
    SourceIdentity: call.sourceIdentity,
  })
  const answer = await withinLimit(signal, { service: sts, client }, (abortSignal) =>
    client.send(command, { abortSignal }),
  )
  return toAssumed(answer, client)
}

/** AssumeRoleWithWebIdentity: unsigned, the token speaks for the caller. */
export async function assumeRoleWithWebIdentity(
  client: STSClient,
  call: Pick<AssumeRole, 'roleArn' | 'sessionName' | 'durationSeconds'> & {
    readonly token: string
  },
  signal: AbortSignal,
): Promise<Assumed> {
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: call.roleArn,
    RoleSessionName: call.sessionName,
    DurationSeconds: call.durationSeconds,
    WebIdentityToken: call.token,
  })
  const answer = await withinLimit(signal, { service: sts, client }, (abortSignal) =>
    client.send(command, { abortSignal }),
  )
  return toAssumed(answer, client)
}

function toAssumed(answer: unknown, client: STSClient): Assumed {
  const {
    Credentials: keys,
    AssumedRoleUser: user,
    SourceIdentity: sourceIdentity,
    $metadata: metadata,
  } = understood(Answer, answer, client)
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
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(user.AssumedRoleId !== undefined && { userId: user.AssumedRoleId }),
    ...(metadata.requestId !== undefined && { requestId: metadata.requestId }),
  }
}

function contradicting(account: string, arn: string, client: STSClient): PimError {
  return new PimError(
    'unavailable',
    'contradicting-answer',
    `STS says that ${arn} is of the account ${account}`,
    { hint: strangerHint(lastRoute(client), 'AWS') },
  )
}

function understood<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
  client: STSClient,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, answer)
  if (parsed.success) return parsed.output
  const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? '').join(', ')
  throw new PimError(
    'unavailable',
    'unreadable-answer',
    `STS gave an answer that cannot be read (${where})`,
    {
      hint: strangerHint(lastRoute(client), 'AWS'),
    },
  )
}
