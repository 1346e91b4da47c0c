import type { Start } from './start.ts'
import type { Settings } from '../../../core/settings/settings.ts'
import { PimError } from '../../../core/errors.ts'
import { formatTarget, type Target } from '../../../core/target.ts'
import { parseRoleArn, roleOf } from '../config/arn.ts'
import { callSettings } from '../http/call-settings.ts'
import type { Hop } from '../config/hop.ts'
import { homeRegion, sessionRegion } from '../config/region.ts'
import {
  chainOfProfile,
  chainOfRole,
  defaultStart,
  lastHop,
  type RoleChain,
} from '../config/role-chain.ts'
import type { SharedConfig } from '../config/shared-config.ts'
import { signInAdvice } from './sign-in-advice.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the provider is built from. */
export interface AwsDeps {
  readonly env: Environment
  readonly now: () => Date
  readonly settings: () => Promise<Settings>
}

/** The start without a target, and the role that other tools would take from there at once. */
export interface DefaultWay extends Start {
  readonly first?: Hop
}

/** The way to a target, worked out from the configuration and without a call. */
export interface Way extends Start {
  readonly target: string
  readonly chain: RoleChain
  /** The region of the session; absent where nobody named one. */
  readonly sessionRegion: string | undefined
}

/** Works out the way to a target. Throws `usage` where the profile cannot lead there. */
export function wayTo(target: Target, config: SharedConfig, env: Environment): Way {
  const { profile, chain } = chainTo(target, config, env)
  const { source } = chain
  const start = source.kind === 'profile' || source.kind === 'static' ? source.profile : undefined
  const region = sessionRegion([profile, start, 'default'], config, env)
  const way = {
    target: formatTarget(target),
    chain,
    source,
    region: region ?? homeRegion(lastHop(chain).role),
    sessionRegion: region,
    calls: callSettings(profile, config, env),
    config,
    signIn: signInAdvice(source, config),
  }
  // What cannot be asked is said before anything is on record.
  way.calls.endpointOf('sts')
  return way
}

/**
 * The start with no target in mind: the default credentials, or those that lead to the default profile's
 * role where it has one, which other tools would take at once. Throws `usage` for a region that is none.
 */
export function defaultWay(config: SharedConfig, env: Environment): DefaultWay {
  const name = defaultProfile(env, config)
  const { source, hops } = defaultStart(config, name, env)
  const [first] = hops
  return {
    target: undefined,
    source,
    region: sessionRegion([name, 'default'], config, env) ?? homeRegion(undefined),
    calls: callSettings(name, config, env),
    config,
    signIn: signInAdvice(source, config),
    ...(first !== undefined && { first }),
  }
}

interface Chained {
  /** The profile whose settings count. */
  readonly profile: string
  readonly chain: RoleChain
}

/** A role's ARN is that role, whatever profiles are called. */
function chainTo(target: Target, config: SharedConfig, env: Environment): Chained {
  const { path } = target
  const isProfile = config.profiles[path] !== undefined && parseRoleArn(path) === undefined
  if (isProfile) return { profile: path, chain: chainOfProfile(path, config) }
  const role = roleOf(path)
  if (role !== undefined) {
    const profile = defaultProfile(env, config)
    return { profile, chain: chainOfRole(role, config, profile, env) }
  }
  throw new PimError('usage', 'unknown-target', `no AWS profile \`${path}\``, {
    target: formatTarget(target),
  })
}

/** AWS_PROFILE comes first, as for the AWS CLI 2 and the SDKs. */
function defaultProfile(env: Environment, { profiles }: SharedConfig): string {
  const by = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'].find((name) => (env[name] ?? '') !== '')
  const named = by === undefined ? undefined : env[by]
  if (by === undefined || named === undefined) return 'default'
  if (profiles[named] !== undefined) return named
  throw new PimError('usage', 'unknown-profile', `there is no AWS profile \`${named}\``, {
    hint: `${by} names it; set it to one that is in the AWS config file`,
  })
}
