import { seconds } from '../../core/duration.ts'
import type { Requirements } from '../../core/requirements.ts'
import type { Target } from '../../core/target.ts'
import { parseRoleArn } from './arn.ts'
import { chainedReason, longestChained, longestSession, shortestSession } from './limits.ts'
import { readProfiles, type Profile, type Profiles, type SharedFiles } from './profiles.ts'
import { endsInRole, lastHop } from './role-chain.ts'
import { mfaDevices } from './sources.ts'
import { assertNoLoop, ownProfile, sourceBeside } from './own-process.ts'
import { wayTo, type Environment, type Way } from './way.ts'

/** The profiles of the shared configuration that end in a role. */
export async function profileTargets(files: SharedFiles): Promise<readonly Target[]> {
  return Object.entries(await readProfiles(files))
    .filter(([, profile]) => endsInRole(profile))
    .map(([name, profile]) => profileTarget(name, profile))
}

/** The way to a target through the configuration as it is now. */
export async function findWay(target: Target, files: SharedFiles, env: Environment): Promise<Way> {
  const profiles = await readProfiles(files)
  const own = ownProfile(env, profiles)
  const way =
    own === undefined
      ? wayTo(target, profiles, files, env)
      : wayBeside(own, wayTo(target, profiles, files, withoutProfile(env)), profiles, env)
  if (way.source.kind === 'profile') assertNoLoop(way.source.profile, env)
  return way
}

function withoutProfile(env: Environment): Environment {
  return { ...env, AWS_PROFILE: undefined, AWS_DEFAULT_PROFILE: undefined }
}

function wayBeside(own: string, way: Way, profiles: Profiles, env: Environment): Way {
  if (way.source.kind !== 'default') return way
  const source = sourceBeside(own, profiles, env)
  return { ...way, source, chain: { ...way.chain, source } }
}

function profileTarget(name: string, profile: Profile): Target {
  const role = parseRoleArn(profile.role_arn ?? '')
  return {
    provider: 'aws',
    path: name,
    role: role?.name ?? profile.role_arn ?? '',
    scope: role?.account ?? '',
    displayNames: [],
  }
}

/** What STS and the configuration demand for a target. */
export function requirementsOf({ chain }: Way): Requirements {
  const { durationSeconds } = lastHop(chain)
  const isChained = chain.hops.length > 1
  const devices = mfaDevices(chain.hops)
  return {
    // A role's own maximum is IAM's to know; STS says only that a length is too much.
    maxDuration: isChained ? longestChained : 'unknown',
    hardLimit: longestSession,
    minDuration: shortestSession,
    ...(isChained && { maxDurationReason: chainedReason }),
    ...(durationSeconds !== undefined && { defaultDuration: seconds(durationSeconds) }),
    justification: true,
    ticket: false,
    mfa: devices.length > 0,
    approval: false,
    mfaDevices: devices,
  }
}
