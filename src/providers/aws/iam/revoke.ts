import type { Secret } from '../../../core/credentials.ts'
import { isLive, type Elevation } from '../../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../../core/errors.ts'
import { typed } from '../../../core/printable.ts'
import type { Revocation, RevokePolicy } from '../../../core/elevation/revocation.ts'
import { callSettings, type CallSettings } from '../http/call-settings.ts'
import { openSession, openSource, secretsOf } from '../sts/assume-chain.ts'
import { fromSecret } from '../sts/credentials.ts'
import { createIam, putRolePolicy } from './iam.ts'
import { iam } from '../errors/iam-error-codes.ts'
import { assertChangeable, limitFor, revokePolicy, sessionRole } from './revoke-policy.ts'
import { revokeMoment } from './revoke-moment.ts'
import { homeRegion } from '../config/region.ts'
import { lastHop } from '../config/role-chain.ts'
import { callError, type Service } from '../errors/service-errors.ts'
import { sts } from '../errors/sts-errors.ts'
import { callerIdentity, type Sts } from '../sts/sts.ts'
import type { AwsDeps, Way } from '../source/resolve.ts'

/** What is to be revoked, and who is there to ask for it. */
export interface Revoking {
  readonly elevation: Elevation
  /** The session's own keys, where they are still held. */
  readonly credentials: Secret | undefined
  readonly findWay: () => Promise<Way>
  readonly signal: AbortSignal
}

/**
 * Puts the policy on the role that denies what was handed out so far: with the credentials that one
 * starts from and, where these may not, with the session itself. Throws `refused` where no policy
 * would be right, or none could be put there by anybody.
 */
export async function revoke(revoking: Revoking, deps: AwsDeps): Promise<Revocation> {
  const { elevation, findWay } = revoking
  const failures: PimError[] = []
  const way = await findWay().catch((error: unknown) => {
    failures.push(asPimError(error))
    return undefined
  })
  assertChangeable(sessionRole(elevation), way && lastHop(way.chain).role.path, elevation.target)
  const sent: string[] = []
  let policy = policyAt(undefined, revoking, deps)
  for (const caller of callers(revoking, way, deps)) {
    const tried = await tryAs(caller, { policy, sent, calls: callsOf(way, deps) }, revoking, deps)
    policy = tried.policy
    if (tried.failure === undefined) return { state: 'revoked', policy }
    failures.push(tried.failure)
    if (!mayFareBetter(tried.failure)) break
  }
  const error = together(failures, policy, revoking)
  if (hopeless.includes(error.code)) throw error
  return { state: 'not-revoked', policy, error }
}

function policyAt(told: Date | undefined, { elevation }: Revoking, { now }: AwsDeps): RevokePolicy {
  const moment = revokeMoment(told, elevation, now())
  return revokePolicy(sessionRole(elevation), limitFor(elevation), moment)
}

interface Caller {
  readonly name: string
  readonly open: () => Promise<Sts>
  readonly signIn: string
}

/** Those who may have the right, in order: who one is, and what one was elevated to. */
function callers(
  { elevation, credentials }: Revoking,
  way: Way | undefined,
  deps: AwsDeps,
): readonly Caller[] {
  const callers: Caller[] = []
  if (way !== undefined && way.source.kind !== 'web-identity') {
    callers.push({ name: 'yourself', open: () => openSource(way, deps), signIn: way.signIn })
  }
  if (credentials !== undefined && isLive(elevation, deps.now())) {
    const region = way?.region ?? elevation.facts.region ?? homeRegion(sessionRole(elevation))
    callers.push({
      name: 'the session itself',
      open: async () =>
        openSession({ keys: fromSecret(credentials) }, { region, calls: callsOf(way, deps) }, deps),
      signIn: `ask for a new session with \`pim elevate ${typed(elevation.target)} --force\``,
    })
  }
  return callers
}

/** The profile may be gone by now; the environment still counts. */
function callsOf(way: Way | undefined, { env }: AwsDeps): CallSettings {
  return way?.calls ?? callSettings('', { profiles: {}, services: {} }, env)
}

interface Trying {
  readonly policy: RevokePolicy
  readonly sent: string[]
  readonly calls: CallSettings
}

interface Tried {
  readonly policy: RevokePolicy
  readonly failure?: PimError
}

/** IAM takes a role's name and no account, so that who belongs to another one would change another role. */
async function tryAs(
  caller: Caller,
  { policy: before, sent, calls }: Trying,
  revoking: Revoking,
  deps: AwsDeps,
): Promise<Tried> {
  const { signal, elevation } = revoking
  let policy = before
  let client: Sts | undefined
  let service: Service = sts
  try {
    client = await caller.open()
    const { account, arn } = await callerIdentity(client.client, signal)
    policy = policyAt(client.toldTime(), revoking, deps)
    if (account !== policy.account) return { policy, failure: stranger(arn, policy, elevation) }
    service = iam
    const putter = await createIam(sessionRole(elevation), {
      credentials: client.client.config.credentials,
      region: elevation.facts.region ?? homeRegion(sessionRole(elevation)),
      calls,
      env: deps.env,
    })
    await putRolePolicy(putter, policy, signal)
    return { policy }
  } catch (error) {
    if (client !== undefined) sent.push(...(await secretsOf(client)))
    const call = {
      target: elevation.target,
      what: `${attempted(before)} as ${caller.name}`,
      signIn: caller.signIn,
      withMfa: false,
      // A server may repeat what it was sent before, too.
      secrets: sent,
      clockAheadMs: client?.clockAheadMs() ?? 0,
    }
    return { policy, failure: callError(error, call, service) }
  }
}

const attempted = ({ role }: RevokePolicy): string => `put a policy on the role ${role}`

function stranger(arn: string, { account, role }: RevokePolicy, { target }: Elevation): PimError {
  return new PimError(
    'refused',
    'other-account',
    `${arn} is of another account than the role ${role}, which is of ${account}`,
    { target, hint: `it takes iam:PutRolePolicy in ${account}` },
  )
}

/** Whether it was about the caller, so that another one is worth a try. */
function mayFareBetter({ kind, code }: PimError): boolean {
  return kind === 'sign-in' || kind === 'usage' || ['access-denied', 'other-account'].includes(code)
}

/** Where an administrator would be told the same. */
const hopeless = ['role-missing', 'role-unmodifiable']

/** One error for all who were tried, of the kind that tells most. */
function together(
  failures: readonly PimError[],
  policy: RevokePolicy,
  { elevation }: Revoking,
): PimError {
  const decisive =
    failures.find((failure) => !mayFareBetter(failure)) ??
    failures.find(({ kind }) => kind === 'refused') ??
    failures[0] ??
    nobody(elevation)
  const { kind, code, hint, provider } = decisive
  const again = `could not ${attempted(policy)} `
  const [first = decisive.message, ...others] = failures.map(({ message }) => message)
  const message = [first, ...others.map((other) => other.replace(again, ''))].join('; ')
  return new PimError(kind, code, message, {
    target: elevation.target,
    hint,
    provider,
    cause: decisive,
  })
}

function nobody({ target }: Elevation): PimError {
  return new PimError('refused', 'nobody-to-ask-as', 'there are no credentials to revoke with', {
    target,
    hint: 'a web identity has none but those of its session, which are not held here any more',
  })
}
