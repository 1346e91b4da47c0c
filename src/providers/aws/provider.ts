import { hours, seconds } from '../../core/duration.ts'
import type { Provider } from '../../core/provider.ts'
import type { Requirements } from '../../core/requirements.ts'
import type { Target } from '../../core/target.ts'
import { parseRoleArn } from './arn.ts'
import { credentialProcessAnswer, fromSecret } from './credentials.ts'
import { lend, lentNames } from './environment.ts'
import { chainedReason, longestChained, shortestSession } from './limits.ts'
import { endsInRole, lastHop } from './role-chain.ts'
import { fingerprint, readProfiles, sharedFiles, type Profile } from './profiles.ts'
import { mfaDevices } from './sources.ts'
import { roleOf, wayTo, type AwsDeps, type Way } from './way.ts'

/** AWS roles through STS, as the shared configuration describes them. */
export function createAwsProvider(deps: AwsDeps): Provider {
  const files = sharedFiles(deps.env)
  const way = async (target: Target): Promise<Way> =>
    wayTo(target, await readProfiles(files), files, deps.env)
  return {
    id: 'aws',
    targets: async () =>
      Object.entries(await readProfiles(files))
        .filter(([, profile]) => endsInRole(profile))
        .map(([name, profile]) => profileTarget(name, profile)),
    locate: (path) => locate(path),
    configuration: async () => `${fingerprint(files)}|${deps.env.AWS_PROFILE ?? ''}`,
    requirements: async (target) => requirementsOf(await way(target)),
    identify: async (target, signal) => (await calls()).identify(await way(target), signal, deps),
    whoAmI: async (signal) => (await calls()).whoAmI(files, signal, deps),
    activate: async (attempt) =>
      (await calls()).activate(await way(attempt.plan.target), attempt, deps),
    isEffective: async (target, credentials, signal) =>
      (await calls()).isEffective(await way(target), credentials, signal, deps),
    lend: (elevation, credentials) => lend(elevation, fromSecret(credentials), deps.env),
    lentNames,
    credentialProcess: (credentials) => credentialProcessAnswer(fromSecret(credentials)),
  }
}

/** What talks to STS brings the SDK along: 50 ms that only a call should cost. */
const calls = () => import('./calls.ts')

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

/** The canonical spelling is `<account-id>/<role>`; outside the standard partition only the ARN says it all. */
function locate(path: string): Target | undefined {
  const role = roleOf(path)
  if (role === undefined) return undefined
  const { account, arn, name } = role
  const short = `${account}/${role.path}`
  return {
    provider: 'aws',
    path: role.partition === 'aws' ? short : arn,
    role: name,
    scope: account,
    displayNames: [],
  }
}

const longestSession = hours(12)

function requirementsOf({ chain }: Way): Requirements {
  const { durationSeconds } = lastHop(chain)
  const isChained = chain.hops.length > 1
  const devices = mfaDevices(chain.hops)
  return {
    maxDuration: isChained ? longestChained : longestSession,
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
