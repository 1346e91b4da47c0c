import type { Secret } from '../../core/credentials.ts'
import type { Elevation } from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import type { Provider } from '../../core/provider.ts'
import { parseTargetText, type Target } from '../../core/target.ts'
import { parseRoleArn, roleOf } from './config/arn.ts'
import { credentialProcessAnswer, fromSecret } from './sts/credentials.ts'
import { lend, lentNames } from './sts/environment.ts'
import { describeFiles, fingerprint, sharedConfigReader, sharedFiles } from './config/profiles.ts'
import type { SharedConfig } from './config/shared-config.ts'
import type { AwsDeps, Way } from './source/resolve.ts'

/** AWS roles through STS, as the shared configuration describes them. */
export function createAwsProvider(deps: AwsDeps): Provider {
  const files = sharedFiles(deps.env)
  const readConfig = sharedConfigReader(files)
  const way = async (target: Target): Promise<Way> =>
    (await targets()).findWay(target, readConfig(), deps.env)
  return {
    id: 'aws',
    access: 'session',
    isSetUp: async () => true,
    discover: async () => ({
      targets: (await targets()).profileTargets(readConfig()),
      active: [],
      troubles: [],
    }),
    source: () => describeFiles(files),
    locate: (path) => locate(path, readConfig),
    configuration: async () =>
      [fingerprint(files), deps.env.AWS_PROFILE, deps.env.AWS_DEFAULT_PROFILE].join('|'),
    diagnose: async () => (await import('./config/diagnosis.ts')).diagnose(files, deps.env),
    requirements: async (target) => (await targets()).requirementsOf(await way(target)),
    identify: async (target, signal) => (await calls()).identify(await way(target), signal, deps),
    whoAmI: async (signal) => (await calls()).whoAmI(readConfig(), signal, deps),
    current: async () => undefined,
    activate: async (attempt) =>
      (await calls()).activate(await way(attempt.plan.target), attempt, deps),
    progress: async () => ({ state: 'active' }),
    isEffective: async (elevation, credentials, signal) =>
      (await calls()).isEffective(
        await way(targetOf(elevation)),
        { keys: held(credentials), arn: elevation.facts.assumedRole },
        signal,
        deps,
      ),
    // STS takes no session back.
    release: async () => ({ state: 'released' }),
    revoke: async (elevation, credentials, signal) =>
      (await import('./iam/revoke.ts')).revoke(
        { elevation, credentials, findWay: async () => way(targetOf(elevation)), signal },
        deps,
      ),
    lend: async (elevation, credentials) =>
      lend(fromSecret(held(credentials)), (await way(targetOf(elevation))).sessionRegion, deps.env),
    lentNames,
    credentialProcess: (credentials) => credentialProcessAnswer(fromSecret(credentials)),
  }
}

/** What reads the configuration is not needed to hand out what is held. */
const targets = () => import('./targets.ts')

/** What talks to STS brings the SDK along: 50 ms that only a call should cost. */
const calls = () => import('./sts/operations.ts')

/** The target of an elevation, as far as the way to it needs to know. */
function targetOf({ target, role, scope }: Elevation): Target {
  return { ...parseTargetText(target), role, scope, displayNames: [] }
}

function held(credentials: Secret | undefined): Secret {
  if (credentials !== undefined) return credentials
  throw new PimError('unexpected', 'nothing-held', 'an AWS session without its credentials')
}

/**
 * The canonical spelling is `<account-id>/<role>`; outside the standard partition, and beside a profile of that
 * name, only the ARN says it all.
 */
function locate(path: string, readConfig: () => SharedConfig): Target | undefined {
  const role = roleOf(path)
  if (role === undefined) return undefined
  const { account, arn, name } = role
  const short = `${account}/${role.path}`
  const isArn = parseRoleArn(path) !== undefined
  const isTaken = isArn && readConfig().profiles[short] !== undefined
  return {
    provider: 'aws',
    path: role.partition === 'aws' && !isTaken ? short : arn,
    role: name,
    scope: account,
    displayNames: [],
  }
}
