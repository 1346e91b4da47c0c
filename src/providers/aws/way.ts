import type { Settings } from '../../core/settings.ts'
import { PimError } from '../../core/errors.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import { roleOf } from './arn.ts'
import type { CaBundle } from './ca-bundle.ts'
import type { Profiles, SharedFiles } from './profiles.ts'
import {
  chainOfProfile,
  chainOfRole,
  defaultSource,
  endsInRole,
  lastHop,
  type RoleChain,
  type Source,
} from './role-chain.ts'
import { signInAdvice } from './sources.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the provider is built from. */
export interface AwsDeps {
  readonly env: Environment
  readonly now: () => Date
  readonly settings: () => Promise<Settings>
}

/** Where a way starts: the credentials to sign the first call with. */
export interface Start {
  /** The target's text form; absent where only the credentials themselves are of interest. */
  readonly target: string | undefined
  readonly source: Source
  readonly region: string
  readonly files: SharedFiles
  readonly signIn: string
  /** What the profile says of whom to trust. */
  readonly caBundle?: CaBundle
}

/** The way to a target, worked out from the configuration and without a call. */
export interface Way extends Start {
  readonly target: string
  readonly chain: RoleChain
}

/** Works out the way to a target. Throws `usage` where the profile cannot lead there. */
export function wayTo(
  target: Target,
  profiles: Profiles,
  files: SharedFiles,
  env: Environment,
): Way {
  const text = formatTarget(target)
  const chain = chainTo(target, profiles, env)
  return {
    target: text,
    chain,
    source: chain.source,
    region: setRegion(env, chain.region) ?? homeRegion(chain),
    files,
    signIn: signInAdvice(chain.source, profiles),
    ...caBundleIn(lastHop(chain).profile ?? defaultProfile(env, profiles), profiles),
  }
}

/**
 * The start with no target in mind: the default credentials, or those that lead to the default profile's
 * role where it has one, which other tools would take at once. Throws `usage` for a region that is none.
 */
export function defaultWay(files: SharedFiles, profiles: Profiles, env: Environment): Start {
  const name = defaultProfile(env, profiles)
  const profile = profiles[name]
  const isRole = profile !== undefined && endsInRole(profile)
  // The SDK would take the profile's role here, unrecorded; whose credentials lead to it is the answer.
  const source = isRole ? chainOfProfile(name, profiles).source : defaultSource(name, profiles)
  return {
    target: undefined,
    source,
    region: setRegion(env, profile?.region) ?? 'us-east-1',
    files,
    signIn: signInAdvice(source, profiles),
    ...caBundleIn(name, profiles),
  }
}

function caBundleIn(name: string, profiles: Profiles): Pick<Start, 'caBundle'> {
  const path = profiles[name]?.ca_bundle
  if (path === undefined || path === '') return {}
  return { caBundle: { path, by: `the ca_bundle of the profile \`${name}\`` } }
}

function chainTo(target: Target, profiles: Profiles, env: Environment): RoleChain {
  if (profiles[target.path] !== undefined) return chainOfProfile(target.path, profiles)
  const role = roleOf(target.path)
  if (role !== undefined) return chainOfRole(role, profiles, defaultProfile(env, profiles))
  throw new PimError('usage', 'unknown-target', `no AWS profile \`${target.path}\``, {
    target: formatTarget(target),
  })
}

/** With keys in the environment, the SDK takes those before any profile. */
function defaultProfile(env: Environment, profiles: Profiles): string {
  const named = env.AWS_PROFILE ?? env.AWS_DEFAULT_PROFILE
  if (named !== undefined && named !== '') {
    if (profiles[named] === undefined) throw noSuchProfile(named)
    return named
  }
  return env.AWS_ACCESS_KEY_ID === undefined ? 'default' : ''
}

function noSuchProfile(name: string): PimError {
  return new PimError('usage', 'unknown-profile', `there is no AWS profile \`${name}\``, {
    hint: 'AWS_PROFILE names it; set it to one that is in the AWS config file',
  })
}

/** The region that a partition's global services are signed for, where it is a well-known one. */
export const homeRegions: Readonly<Record<string, string>> = {
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
}

function homeRegion(chain: RoleChain): string {
  return homeRegions[lastHop(chain).role.partition] ?? 'us-east-1'
}

const regionForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** A region becomes part of a host's name, so that it must not be able to lead to another host. */
function setRegion(env: Environment, ofProfile: string | undefined): string | undefined {
  const named = [
    { by: 'AWS_REGION', region: env.AWS_REGION },
    { by: 'AWS_DEFAULT_REGION', region: env.AWS_DEFAULT_REGION },
    { by: "the profile's `region`", region: ofProfile },
  ]
  const { by, region } = named.find((one) => one.region !== undefined && one.region !== '') ?? {}
  if (region === undefined || regionForm.test(region)) return region
  throw new PimError('usage', 'invalid-region', `\`${region}\` is not an AWS region`, {
    hint: `${by} names it; write one such as eu-central-1`,
  })
}
