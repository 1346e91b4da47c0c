import { Secret } from '../../../core/credentials.ts'
import { marked, ownValue, type SessionEnvironment } from '../../../core/session.ts'
import type { SessionKeys } from './credentials.ts'

/** A person's choice of a profile: names, no secrets. */
const profileNames = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'] as const

/** Variables by which an AWS SDK would find other credentials, some of them before ours. */
const inTheWay = [
  ...profileNames,
  'AWS_SECURITY_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_CREDENTIAL_FILE',
  'AWS_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_SESSION_EXPIRATION',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_VAULT',
  'AWS_SSO_PROFILE',
] as const

/** What `lend` sets besides a region, which carries a mark where it is not the person's own. */
export const lentNames: readonly string[] = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
]

/** Whatever a program would find AWS credentials by, or a profile that has some. */
export const credentialNames: readonly string[] = [...lentNames, ...inTheWay]

/** What a program needs to act as the role, and no variable by which it would act as somebody else. */
export function lend(
  keys: SessionKeys,
  region: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): SessionEnvironment {
  // Some tools read the one name, others only the other: with two regions they would work in two places.
  const regions = region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }
  const changed = Object.entries(regions).filter(([name]) => ownValue(name, env) !== region)
  return {
    set: {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: new Secret(keys.secretAccessKey),
      AWS_SESSION_TOKEN: new Secret(keys.sessionToken),
      AWS_CREDENTIAL_EXPIRATION: keys.expiration.toISOString(),
      ...regions,
      ...marked(Object.fromEntries(changed)),
    },
    unset: inTheWay,
    wantedBack: [...profileNames, ...changed.map(([name]) => name)],
  }
}
