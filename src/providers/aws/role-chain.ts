import { PimError } from '../../core/errors.ts'
import { parseRoleArn, type RoleArn } from './arn.ts'
import type { Profile, Profiles } from './profiles.ts'

/** One AssumeRole call of a chain. */
export interface Hop {
  readonly role: RoleArn
  readonly profile?: string
  readonly externalId?: string
  readonly mfaSerial?: string
  readonly sessionName?: string
  readonly durationSeconds?: number
  /** Set where the role is taken with a web identity token in place of credentials. */
  readonly webIdentityTokenFile?: string
}

/** Where the credentials for the first hop come from. */
export type Source =
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'static'; readonly profile: string }
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
  readonly region?: string
}

export function endsInRole(profile: Profile): boolean {
  return profile.role_arn !== undefined
}

/** The profiles by whose own credentials others become a role, in the order of the file. */
export function sourceProfiles(profiles: Profiles): readonly string[] {
  const sources = Object.values(profiles).flatMap((profile) => profile.source_profile ?? [])
  return [...new Set(sources)].filter((name) => {
    const profile = profiles[name]
    return profile !== undefined && (!endsInRole(profile) || hasKeys(profile))
  })
}

/** The last role of a chain. */
export function lastHop({ hops }: RoleChain): Hop {
  return hops.at(-1) ?? hops[0]
}

/**
 * Follows a profile's `source_profile` to where its credentials come from, as the AWS tools do.
 * Loops, missing sources and contradicting keys are `usage` errors that name the profiles.
 */
export function chainOfProfile(name: string, profiles: Profiles): RoleChain {
  const { source, hops } = follow(name, profiles, [])
  const region = profiles[name]?.region
  return { source, hops, ...(region !== undefined && { region }) }
}

/** The chain for a role named by itself: it starts from the default credentials. */
export function chainOfRole(role: RoleArn, profiles: Profiles, defaultProfile: string): RoleChain {
  const profile = profiles[defaultProfile]
  const hop: Hop = { role }
  if (profile === undefined || !endsInRole(profile))
    return { source: defaultSource(defaultProfile, profiles), hops: [hop] }
  const before = follow(defaultProfile, profiles, [])
  return {
    source: before.source,
    hops: [...before.hops, hop] as [Hop, ...Hop[]],
    ...(profile.region !== undefined && { region: profile.region }),
  }
}

/**
 * Where the default credentials come from. A profile that says where is asked by its name: the SDK's
 * search would go on to a container's or the machine's where it fails.
 */
export function defaultSource(name: string, profiles: Profiles): Source {
  const profile = profiles[name]
  if (profile === undefined || hasKeys(profile)) return { kind: 'default' }
  const { credential_process, sso_session, sso_start_url, login_session } = profile
  const says = [credential_process, sso_session, sso_start_url, login_session]
  return says.some((value) => value !== undefined)
    ? { kind: 'profile', profile: name }
    : { kind: 'default' }
}

interface Followed {
  readonly source: Source
  readonly hops: readonly [Hop, ...Hop[]]
}

function follow(name: string, profiles: Profiles, seen: readonly string[]): Followed {
  const profile = profiles[name]
  if (profile === undefined) throw missingSource(name, seen.at(-1))
  if (seen.includes(name)) throw loop([...seen, name])
  const hop = hopOf(name, profile)
  const { source_profile: next, credential_source: by } = profile
  if (hop.webIdentityTokenFile !== undefined)
    return { source: { kind: 'web-identity' }, hops: [hop] }
  if (next !== undefined && by !== undefined) throw contradiction(name)
  if (by !== undefined) return { source: { kind: 'provided', by: provider(name, by) }, hops: [hop] }
  if (next === undefined) throw noSource(name)
  if (next === name) {
    if (!hasKeys(profile)) throw loop([name, name])
    return { source: { kind: 'static', profile: name }, hops: [hop] }
  }
  const before = profiles[next]
  if (before === undefined) throw missingSource(next, name)
  if (hasKeys(before)) return { source: { kind: 'static', profile: next }, hops: [hop] }
  if (!endsInRole(before)) return { source: { kind: 'profile', profile: next }, hops: [hop] }
  const earlier = follow(next, profiles, [...seen, name])
  return { source: earlier.source, hops: [...earlier.hops, hop] as [Hop, ...Hop[]] }
}

function hopOf(name: string, profile: Profile): Hop {
  const role = parseRoleArn(profile.role_arn ?? '')
  if (role === undefined) {
    throw broken(name, `its role_arn ${JSON.stringify(profile.role_arn ?? '')} is not a role's ARN`)
  }
  const seconds = durationSeconds(name, profile.duration_seconds)
  const { external_id: externalId, mfa_serial: mfaSerial } = profile
  const { role_session_name: sessionName, web_identity_token_file: tokenFile } = profile
  return {
    role,
    profile: name,
    ...(externalId !== undefined && { externalId }),
    ...(mfaSerial !== undefined && { mfaSerial }),
    ...(sessionName !== undefined && { sessionName }),
    ...(seconds !== undefined && { durationSeconds: seconds }),
    ...(tokenFile !== undefined && { webIdentityTokenFile: tokenFile }),
  }
}

function durationSeconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count >= 900 && count <= 43_200) return count
  throw broken(
    name,
    `its duration_seconds ${JSON.stringify(text)} is not a number from 900 to 43200`,
  )
}

function provider(
  name: string,
  by: string,
): 'Environment' | 'Ec2InstanceMetadata' | 'EcsContainer' {
  if (by === 'Environment' || by === 'Ec2InstanceMetadata' || by === 'EcsContainer') return by
  throw broken(
    name,
    `its credential_source ${JSON.stringify(by)} is none of Environment, Ec2InstanceMetadata and EcsContainer`,
  )
}

function hasKeys(profile: Profile): boolean {
  return profile.aws_access_key_id !== undefined && profile.aws_secret_access_key !== undefined
}

function broken(name: string, why: string): PimError {
  return new PimError(
    'usage',
    'aws-profile-broken',
    `the AWS profile \`${name}\` cannot be used: ${why}`,
    {
      hint: 'mend the profile in the AWS config file',
    },
  )
}

function noSource(name: string): PimError {
  return broken(
    name,
    'it has a role_arn but neither source_profile, credential_source nor web_identity_token_file',
  )
}

function contradiction(name: string): PimError {
  return broken(name, 'it has both source_profile and credential_source')
}

function missingSource(name: string, from: string | undefined): PimError {
  return from === undefined
    ? broken(name, 'there is no such profile')
    : broken(from, `its source_profile \`${name}\` does not exist`)
}

function loop(names: readonly string[]): PimError {
  return broken(names[0] ?? '', `its source profiles run in a loop: ${names.join(' -> ')}`)
}
