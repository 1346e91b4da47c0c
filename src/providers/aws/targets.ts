import { seconds } from '../../core/time/duration.ts'
import type { Requirements } from '../../core/elevation/requirements.ts'
import type { Target } from '../../core/target.ts'
import { parseRoleArn } from './config/arn.ts'
import { mfaDevices } from './config/hop.ts'
import { chainedReason, longestChained, longestSession, shortestSession } from './config/limits.ts'
import { startBeside } from './source/credential-process-loop.ts'
import { endsInRole, lastHop } from './config/role-chain.ts'
import type { Profile, SharedConfig } from './config/shared-config.ts'
import { wayTo, type Environment, type Way } from './source/resolve.ts'

/** The profiles of the shared configuration that end in a role. An ARN always names the role itself. */
export function profileTargets({ profiles }: SharedConfig): readonly Target[] {
  return Object.entries(profiles)
    .filter(([name, profile]) => endsInRole(profile) && parseRoleArn(name) === undefined)
    .map(([name, profile]) => profileTarget(name, profile))
}

/**
 * The way to a target. A profile that AWS_PROFILE names and whose `credential_process` is pim itself is no
 * place to start from: `AWS_PROFILE=prod` then does what `--profile prod` does.
 */
export function findWay(target: Target, config: SharedConfig, env: Environment): Way {
  return startBeside(env, config, (from) => wayTo(target, config, from))
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
