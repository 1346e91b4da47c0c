import { PimError } from '../../../core/errors.ts'
import type { Attempt } from '../../../core/provider.ts'
import type { TargetSettings } from '../../../core/settings/settings.ts'
import { assumeWithFallback, type Extras, type Granted } from './assume-role.ts'
import { guardedHandler } from '../http/http.ts'
import { shortestSession } from '../config/limits.ts'
import { readPlainFile } from '../config/plain-file.ts'
import type { Hop } from '../config/hop.ts'
import { lastHop } from '../config/role-chain.ts'
import { assertSessionOf } from './session-answer.ts'
import { roleSessionName, sessionPerson, sessionTags } from './session-names.ts'
import { askedOnce } from '../source/source-cache.ts'
import { noCredentials } from '../errors/no-credentials.ts'
import { sourceCredentials } from '../source/source-credentials.ts'
import { stsError } from '../errors/sts-errors.ts'
import type { FailedCall } from '../errors/sts-error-codes.ts'
import { assumeRole, assumeRoleWithWebIdentity, createSts, type Assumed, type Sts } from './sts.ts'
import type { AwsDeps, Way } from '../source/resolve.ts'
import type { Start } from '../source/start.ts'

/** What the last hop granted, with the names that CloudTrail will show. */
export interface Climbed {
  readonly granted: Granted
  readonly sessionName: string
  readonly sourceIdentity: string | undefined
  readonly clockAheadMs: number
}

/** An STS client that signs with the credentials that a way starts from. */
export async function openSource(way: Start, { env, now }: AwsDeps): Promise<Sts> {
  const { region, calls } = way
  const requestHandler = await guardedHandler(env, calls)
  const source = await sourceCredentials({ ...way, env, now })
  const credentials = source === 'none' ? source : askedOnce(source, way, { env, now })
  return createSts({ region, calls, credentials, now, requestHandler })
}

/** An STS client that signs with a session's keys. */
export async function openSession(
  { keys }: Pick<Assumed, 'keys'>,
  { region, calls }: Pick<Way, 'region' | 'calls'>,
  { env, now }: AwsDeps,
): Promise<Sts> {
  const requestHandler = await guardedHandler(env, calls)
  return createSts({ region, calls, credentials: keys, now, requestHandler })
}

/**
 * Takes one role after another up to the last. The reason travels with the last one; the source
 * identity is set on the first and carried on, since AWS lets nobody change it later.
 */
export async function climb(
  way: Way,
  attempt: Attempt,
  settings: TargetSettings,
  deps: AwsDeps,
): Promise<Climbed> {
  const names = namesFor(attempt, way)
  const codes = [...attempt.mfaCodes]
  let sts = await openSource(way, deps)
  for (const hop of way.chain.hops) {
    const isLast = hop === lastHop(way.chain)
    const extras = extrasFor(attempt, names.sourceIdentity, settings, isLast)
    const code = hop.mfaSerial === undefined ? undefined : codes.shift()?.reveal()
    const seconds = isLast ? attempt.plan.duration.seconds : shortestSession.seconds
    const granted = await take(
      hop,
      { seconds, code, extras, sessionName: hop.sessionName ?? names.sessionName },
      { sts, way, deps },
      attempt,
    )
    if (isLast) {
      const sent = granted.leftOut.includes('source identity') ? undefined : names.sourceIdentity
      return {
        granted,
        sessionName: hop.sessionName ?? names.sessionName,
        sourceIdentity: extras.sourceIdentityInsistence === 'off' ? undefined : sent,
        clockAheadMs: sts.clockAheadMs(),
      }
    }
    sts = await openSession(granted.assumed, way, deps)
  }
  throw new PimError('unexpected', 'empty-chain', 'the way to the role has no step', {
    target: way.target,
  })
}

interface Names {
  /** That of a role whose profile gives it none. */
  readonly sessionName: string
  readonly sourceIdentity: string | undefined
}

function namesFor({ identity, plan, actor }: Attempt, { chain }: Way): Names {
  const person = identity?.person ?? actor.user
  const last = lastHop(chain)
  return {
    sessionName: roleSessionName(person, plan.id),
    sourceIdentity: last.webIdentityTokenFile === undefined ? sessionPerson(person) : undefined,
  }
}

function extrasFor(
  { plan }: Attempt,
  sourceIdentity: string | undefined,
  settings: TargetSettings,
  isLast: boolean,
): Extras {
  return {
    tags: isLast ? sessionTags(plan.justification, plan.ticket, plan.id) : [],
    sessionTags: settings.sessionTags ?? 'try',
    sourceIdentity,
    sourceIdentityInsistence: settings.sourceIdentity ?? 'try',
  }
}

interface Step {
  readonly seconds: number
  readonly code: string | undefined
  readonly extras: Extras
  readonly sessionName: string
}

async function take(
  hop: Hop,
  step: Step,
  { sts, way, deps }: { readonly sts: Sts; readonly way: Way; readonly deps: AwsDeps },
  { signal }: Attempt,
): Promise<Granted> {
  const token = webIdentityToken(hop, way)
  const call = {
    roleArn: hop.role.arn,
    sessionName: step.sessionName,
    durationSeconds: step.seconds,
    ...(hop.externalId !== undefined && { externalId: hop.externalId }),
    ...(hop.mfaSerial !== undefined &&
      step.code !== undefined && { mfa: { serial: hop.mfaSerial, code: step.code } }),
  }
  const granted = await assumeWithFallback(
    call,
    token === undefined ? step.extras : noExtras,
    (asked) =>
      token === undefined
        ? assumeRole(sts.client, asked, signal)
        : assumeRoleWithWebIdentity(sts.client, { ...asked, token }, signal),
  ).catch(async (error: unknown) => {
    throw stsError(error, await failed(hop, way, sts, [step.code ?? '', token ?? '']))
  })
  const now = new Date(deps.now().getTime() + sts.clockAheadMs())
  const { sourceIdentity, sourceIdentityInsistence } = token === undefined ? step.extras : noExtras
  const isSent = sourceIdentityInsistence !== 'off' && !granted.leftOut.includes('source identity')
  const { sessionName, seconds } = step
  const wanted = { target: way.target, role: hop.role, sessionName, seconds }
  assertSessionOf({ ...wanted, ...(isSent && { sourceIdentity }) }, granted.assumed, now)
  return granted
}

/** A web identity's tags and source identity come from its token; the call has no fields for them. */
const noExtras: Extras = {
  tags: [],
  sessionTags: 'off',
  sourceIdentity: undefined,
  sourceIdentityInsistence: 'off',
}

/** The characters of a bearer token (`b64token` of RFC 6750). The AWS CLI also sends what is no JSON web token. */
const bearerToken = /^[\w.~+/-]+=*$/

/**
 * The token that a role is taken with; undefined where it is taken with credentials. A configuration that names
 * a private key or a file of settings must not have it sent anywhere. Throws `sign-in`, `usage`.
 */
export function webIdentityToken(
  hop: Hop,
  way: Pick<Start, 'target' | 'signIn'>,
): string | undefined {
  const path = hop.webIdentityTokenFile
  if (path === undefined) return undefined
  const token = readPlainFile(path, 'the web identity token')?.trim()
  if (token === undefined) {
    throw noCredentials(`the web identity token ${path} cannot be read`, way.signIn, way.target)
  }
  if (bearerToken.test(token)) return token
  throw new PimError(
    'usage',
    'token-file-unusable',
    `the file ${path} holds no web identity token`,
    {
      target: way.target,
      hint: 'let the AWS config or the environment name a file that holds nothing but the token',
    },
  )
}

async function failed(hop: Hop, way: Way, sts: Sts, sent: readonly string[]): Promise<FailedCall> {
  return {
    target: way.target,
    what: `assume ${hop.role.arn}`,
    signIn: way.signIn,
    withMfa: hop.mfaSerial !== undefined,
    ...(hop.webIdentityTokenFile !== undefined && {
      webIdentityTokenFile: hop.webIdentityTokenFile,
    }),
    secrets: [...sent, ...(await secretsOf(sts))],
    clockAheadMs: sts.clockAheadMs(),
  }
}

/** What a client signs with, as far as it got to know it. */
export async function secretsOf(sts: Sts): Promise<readonly string[]> {
  return sts.secrets().catch(() => [])
}
