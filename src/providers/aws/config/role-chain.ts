import { PimError } from '../../../core/errors.ts'
import { profileBroken } from './profile-errors.ts'
import { hopOf, type Hop } from './hop.ts'
import type { RoleArn } from './arn.ts'
import { identityCenterOf } from '../identity-center/settings.ts'
import { givesCredentials, hasAnyKey, methodOf } from '../source/profile-credentials.ts'
import type { Profile, SharedConfig } from './shared-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the credentials for the first hop come from. */
export type Source =
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'static'; readonly profile: string }
  /** A container's or this machine's own, where neither the environment nor a profile says more. */
  | { readonly kind: 'default' }
  | {
      readonly kind: 'provided'
      readonly by: 'Environment' | 'Ec2InstanceMetadata' | 'EcsContainer'
    }
  | { readonly kind: 'web-identity' }

/** The way to a role: a source and one role after another, the last being the target. */
export interface RoleChain {
  readonly source: Source
  readonly hops: readonly [Hop, ...Hop[]]
}

/** Where one is before the first role that pim takes, and the roles that lead on from there. */
export interface ChainStart {
  readonly source: Source
  readonly hops: readonly Hop[]
}

export function endsInRole(profile: Profile): boolean {
  return profile.role_arn !== undefined
}

/** The profiles by whose own credentials others become a role, in the order of the file. */
export function sourceProfiles(config: SharedConfig): readonly string[] {
  const { profiles } = config
  const sources = Object.values(profiles).flatMap((profile) => profile.source_profile ?? [])
  return [...new Set(sources)].filter((name) => givesCredentials(name, config))
}

/** The last role of a chain. */
export function lastHop({ hops }: RoleChain): Hop {
  return hops.at(-1) ?? hops[0]
}

/**
 * Follows a profile's `source_profile` to where its credentials come from, as the AWS CLI does.
 * Loops, missing sources and contradicting keys are `usage` errors that name the profiles.
 */
export function chainOfProfile(name: string, config: SharedConfig): RoleChain {
  return follow(name, config, [])
}

/** The chain for a role named by itself: it starts from the default credentials. */
export function chainOfRole(
  role: RoleArn,
  config: SharedConfig,
  defaultProfile: string,
  env: Environment,
): RoleChain {
  const { source, hops } = defaultStart(config, defaultProfile, env)
  const last: Hop = { role }
  const [first, ...others] = [...hops, last]
  return { source, hops: [first, ...others] }
}

/**
 * Where the default credentials come from, in the order of the AWS CLI: keys in the environment, the
 * default profile's role, a web identity token, the default profile's own credentials, a container's or
 * this machine's.
 */
export function defaultStart(config: SharedConfig, name: string, env: Environment): ChainStart {
  if ((env.AWS_ACCESS_KEY_ID ?? '') !== '') {
    return { source: { kind: 'provided', by: 'Environment' }, hops: [] }
  }
  const profile = config.profiles[name] ?? {}
  if (assumesRole(profile)) return follow(name, config, [])
  const token = webIdentityHop(name, profile, env)
  if (token !== undefined) return { source: { kind: 'web-identity' }, hops: [token] }
  return { source: ownSource(name, config) ?? { kind: 'default' }, hops: [] }
}

function webIdentityHop(name: string, profile: Profile, env: Environment): Hop | undefined {
  const web_identity_token_file = env.AWS_WEB_IDENTITY_TOKEN_FILE ?? profile.web_identity_token_file
  if (web_identity_token_file === undefined || web_identity_token_file === '') return undefined
  const role_session_name = env.AWS_ROLE_SESSION_NAME ?? profile.role_session_name
  const role_arn = env.AWS_ROLE_ARN ?? profile.role_arn ?? ''
  if (role_arn === '') throw noRoleForToken()
  return hopOf(name, { role_arn, role_session_name, web_identity_token_file })
}

/** botocore takes a profile with a token for another kind. */
function assumesRole(profile: Profile): boolean {
  return endsInRole(profile) && profile.web_identity_token_file === undefined
}

function follow(name: string, config: SharedConfig, seen: readonly string[]): RoleChain {
  const profile = config.profiles[name]
  if (profile === undefined) throw missingSource(name, seen.at(-1))
  if (seen.includes(name)) throw loop([...seen, name])
  const hop = hopOf(name, profile)
  const { source_profile: next, credential_source: by } = profile
  if (hop.webIdentityTokenFile !== undefined)
    return { source: { kind: 'web-identity' }, hops: [hop] }
  if (next !== undefined && by !== undefined) throw contradiction(name)
  if (by !== undefined) return { source: { kind: 'provided', by: provider(name, by) }, hops: [hop] }
  if (next === undefined) throw noSource(name)
  const before = config.profiles[next]
  if (before === undefined) throw missingSource(next, name)
  if (next === name && !hasAnyKey(profile)) throw loop([name, name])
  if (startsHere(before)) {
    const source = ownSource(next, config)
    if (source === undefined) throw emptySource(next, name)
    return { source, hops: [hop] }
  }
  const earlier = follow(next, config, [...seen, name])
  return { source: earlier.source, hops: [...earlier.hops, hop] }
}

/** Whether a source profile serves with credentials of its own, and not with those of a role. */
function startsHere(profile: Profile): boolean {
  if (profile.web_identity_token_file !== undefined) return false
  return hasAnyKey(profile) || !endsInRole(profile)
}

function ownSource(name: string, config: SharedConfig): Source | undefined {
  const method = methodOf(name, config)
  if (method === undefined) return undefined
  if (method === 'identity-center') identityCenterOf(name, config)
  return { kind: method === 'keys' ? 'static' : 'profile', profile: name }
}

function provider(
  name: string,
  by: string,
): 'Environment' | 'Ec2InstanceMetadata' | 'EcsContainer' {
  if (by === 'Environment' || by === 'Ec2InstanceMetadata' || by === 'EcsContainer') return by
  const known = 'Environment, Ec2InstanceMetadata and EcsContainer'
  throw profileBroken(name, `its credential_source ${JSON.stringify(by)} is none of ${known}`)
}

function noRoleForToken(): PimError {
  const message = 'AWS_WEB_IDENTITY_TOKEN_FILE is set, but no role to take with the token'
  return new PimError('usage', 'no-role-for-token', message, {
    hint: 'set AWS_ROLE_ARN to that role, or unset AWS_WEB_IDENTITY_TOKEN_FILE',
  })
}

function noSource(name: string): PimError {
  return profileBroken(
    name,
    'it has a role_arn but neither source_profile, credential_source nor web_identity_token_file',
  )
}

function contradiction(name: string): PimError {
  return profileBroken(name, 'it has both source_profile and credential_source')
}

function missingSource(name: string, from: string | undefined): PimError {
  return from === undefined
    ? profileBroken(name, 'there is no such profile')
    : profileBroken(from, `its source_profile \`${name}\` does not exist`)
}

function emptySource(name: string, from: string): PimError {
  return profileBroken(
    from,
    `its source_profile \`${name}\` has no credentials`,
    `give \`${name}\` some, as with \`aws configure --profile ${name}\`; keys in another tool's store are not there for pim`,
  )
}

function loop(names: readonly string[]): PimError {
  return profileBroken(names[0] ?? '', `its source profiles run in a loop: ${names.join(' -> ')}`)
}
