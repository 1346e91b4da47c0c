import type { Secret } from '../../../core/credentials.ts'
import { PimError } from '../../../core/errors.ts'
import type { Identity } from '../../../core/identity/identity.ts'
import type { Activation, Attempt, CloudIdentity } from '../../../core/provider.ts'
import { formatTarget } from '../../../core/target.ts'
import { isRoleSession, personOf } from '../config/arn.ts'
import { climb, openSession, openSource, secretsOf, webIdentityToken } from './assume-chain.ts'
import { fromSecret, toSecret } from './credentials.ts'
import { chainedReason, longestChained } from '../config/limits.ts'
import { startBeside } from '../source/credential-process-loop.ts'
import { lastHop } from '../config/role-chain.ts'
import { errorCode } from '../errors/service-errors.ts'
import { stsError } from '../errors/sts-errors.ts'
import type { FailedCall } from '../errors/sts-error-codes.ts'
import { callerIdentity, type Sts } from './sts.ts'
import type { SharedConfig } from '../config/shared-config.ts'
import { defaultWay, type AwsDeps, type DefaultWay, type Way } from '../source/resolve.ts'
import type { Start } from '../source/start.ts'

/** Who the source credentials belong to. Undefined where a web identity token stands in for them. */
export async function identify(
  way: Way,
  signal: AbortSignal,
  deps: AwsDeps,
): Promise<CloudIdentity | undefined> {
  return way.chain.source.kind === 'web-identity' ? undefined : ask(way, signal, deps)
}

/** Who the default credentials belong to. */
export async function whoAmI(
  config: SharedConfig,
  signal: AbortSignal,
  deps: AwsDeps,
): Promise<CloudIdentity> {
  const way = startBeside(deps.env, config, (env) => defaultWay(config, env))
  return way.source.kind === 'web-identity' ? bearer(way) : ask(way, signal, deps)
}

/** Nobody is asked: AWS knows the bearer of a token only in the role that it is for, which nobody wants here. */
function bearer(way: DefaultWay): CloudIdentity {
  const { first } = way
  if (first === undefined) throw new PimError('unexpected', 'empty-chain', 'a token without a role')
  webIdentityToken(first, way)
  const { role } = first
  return {
    identity: identityOf(role.arn, role.account),
    name: role.arn,
    person: role.name,
    account: role.account,
  }
}

/** An ARN's account is shown beside it already. */
function identityOf(arn: string, account: string): Identity {
  const name = arn.split(':').slice(5).join(':') || arn
  return { cloud: 'aws', tenant: account, account: arn, name }
}

async function ask(way: Start, signal: AbortSignal, deps: AwsDeps): Promise<CloudIdentity> {
  const sts = await openSource(way, deps)
  const { arn, account } = await asking(way, sts, 'ask AWS who you are', () =>
    callerIdentity(sts.client, signal),
  )
  return {
    identity: identityOf(arn, account),
    name: arn,
    person: personOf(arn),
    account,
    ...(isRoleSession(arn) && { longest: { duration: longestChained, why: chainedReason } }),
  }
}

/** Takes the role. */
export async function activate(way: Way, attempt: Attempt, deps: AwsDeps): Promise<Activation> {
  const settings = (await deps.settings()).targets[formatTarget(attempt.plan.target)] ?? {}
  const startsAt = deps.now()
  const { granted, sessionName, sourceIdentity, clockAheadMs } = await climb(
    way,
    attempt,
    settings,
    deps,
  )
  const { keys, arn, userId, requestId } = granted.assumed
  const through = way.chain.hops
    .slice(0, -1)
    .map(({ role }) => role.arn)
    .join(', ')
  return {
    state: 'active',
    startsAt: new Date(startsAt.getTime() + clockAheadMs),
    expiresAt: keys.expiration,
    accessEndsAt: keys.expiration,
    credentials: toSecret(keys),
    ...(requestId !== undefined && { providerRequestId: requestId }),
    clockAheadMs,
    notices: [...granted.notices, ...clockNotice(clockAheadMs)],
    facts: {
      accessKeyId: keys.accessKeyId,
      assumedRole: arn,
      ...(userId !== undefined && { assumedRoleId: userId }),
      sessionName,
      ...(through !== '' && { through }),
      ...(way.sessionRegion !== undefined && { region: way.sessionRegion }),
      ...(sourceIdentity !== undefined && { sourceIdentity }),
      ...(granted.leftOut.length > 0 && { leftOut: granted.leftOut.join(', ') }),
    },
  }
}

function clockNotice(clockAheadMs: number): readonly string[] {
  const minutes = Math.round(Math.abs(clockAheadMs) / 60_000)
  if (minutes < 1) return []
  return [`this machine's clock is ${minutes}m ${clockAheadMs > 0 ? 'behind' : 'ahead of'} AWS's`]
}

const notEffective = ['InvalidClientTokenId', 'ExpiredToken', 'ExpiredTokenException']

/** A session that STS does not know yet, or that has ended, is not effective; any other failure is an error. */
export async function isEffective(
  way: Way,
  { keys, arn }: { readonly keys: Secret; readonly arn: string | undefined },
  signal: AbortSignal,
  deps: AwsDeps,
): Promise<boolean> {
  const sts = await openSession({ keys: fromSecret(keys) }, way, deps)
  try {
    const caller = await callerIdentity(sts.client, signal)
    if (arn === undefined) return caller.account === lastHop(way.chain).role.account
    if (caller.arn !== arn) throw anotherCaller(caller.arn, arn)
    return true
  } catch (error) {
    if (notEffective.includes(errorCode(error))) return false
    throw stsError(error, await failed(way, sts, 'use the new session'))
  }
}

/** Proves neither that the session works nor that it has ended. */
function anotherCaller(arn: string, wanted: string): PimError {
  const message = `STS says that the session is ${arn}`
  return new PimError('unavailable', 'contradicting-answer', message, {
    hint: `check that the endpoint is AWS's; ${wanted} was asked for`,
  })
}

async function asking<Answer>(
  way: Start,
  sts: Sts,
  what: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    throw stsError(error, await failed(way, sts, what))
  }
}

async function failed(way: Start, sts: Sts, what: string): Promise<FailedCall> {
  return {
    target: way.target,
    what,
    signIn: way.signIn,
    withMfa: false,
    secrets: await secretsOf(sts),
    clockAheadMs: sts.clockAheadMs(),
  }
}
