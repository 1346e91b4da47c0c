import { PimError } from '../../../core/errors.ts'
import { ownValue } from '../../../core/session.ts'
import type { RoleArn } from './arn.ts'
import type { SharedConfig } from './shared-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The region of a session: the environment's, else that of the first of these profiles that has one. There is
 * none where nobody names one. Throws `usage` for a region that is none.
 */
export function sessionRegion(
  profiles: readonly (string | undefined)[],
  config: Pick<SharedConfig, 'profiles'>,
  env: Environment,
): string | undefined {
  const named = [
    ...['AWS_REGION', 'AWS_DEFAULT_REGION'].map((by) => ({ by, region: ownValue(by, env) })),
    ...profiles.map((name = '') => ({
      by: `the profile \`${name}\``,
      region: config.profiles[name]?.region,
    })),
  ]
  const { by, region } = named.find((one) => (one.region ?? '') !== '') ?? {}
  if (region === undefined || isRegion(region)) return region
  throw new PimError('usage', 'invalid-region', `\`${region}\` is not an AWS region`, {
    hint: `${by} names it; write one such as eu-central-1`,
  })
}

/** A region becomes part of a host's name, so that it must not be able to lead to another host. */
const regionForm = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

export function isRegion(text: string): boolean {
  return regionForm.test(text)
}

/** The region that a partition's global services are signed for, where it is a well-known one. */
export const homeRegions: Readonly<Record<string, string>> = {
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
}

/** Where AWS is asked for a role when no region is named. No command is given it. */
export function homeRegion(role: Pick<RoleArn, 'partition'> | undefined): string {
  return homeRegions[role?.partition ?? 'aws'] ?? 'us-east-1'
}
