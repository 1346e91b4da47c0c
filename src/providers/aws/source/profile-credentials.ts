import type { PimError } from '../../../core/errors.ts'
import type { Profile, SharedConfig } from '../config/shared-config.ts'
import { noCredentials } from '../errors/no-credentials.ts'

/** How a profile gets credentials of its own. */
export type Method = 'identity-center' | 'keys' | 'login' | 'process'

/**
 * What botocore would ask a profile's credentials of: the first that is set up, in this order, in which keys
 * of the credentials file come before, and keys of the config file behind, `aws login` and a process.
 */
export function methodOf(name: string, config: SharedConfig): Method | undefined {
  const profile = config.profiles[name] ?? {}
  if (profile.sso_account_id !== undefined || profile.sso_role_name !== undefined) {
    return 'identity-center'
  }
  if (hasKeyId(config.ofCredentials[name])) return 'keys'
  if (profile.login_session !== undefined) return 'login'
  if (profile.credential_process !== undefined) return 'process'
  return hasKeyId(config.ofConfig[name]) ? 'keys' : undefined
}

export function givesCredentials(name: string, config: SharedConfig): boolean {
  return methodOf(name, config) !== undefined
}

/** Whether either half of a pair of keys is there. */
export function hasAnyKey(profile: Profile): boolean {
  return profile.aws_access_key_id !== undefined || profile.aws_secret_access_key !== undefined
}

function hasKeyId(profile: Profile | undefined): boolean {
  return profile?.aws_access_key_id !== undefined
}

/** Keys as the SDK takes them. */
export interface StaticKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly accountId?: string
}

/** The keys that are written into a profile: both from the same file. Throws `sign-in`. */
export function keysOfProfile(name: string, config: SharedConfig, hint: string): StaticKeys {
  const written = [config.ofCredentials[name], config.ofConfig[name]].find(hasKeyId) ?? {}
  const token = written.aws_security_token ?? written.aws_session_token
  return staticKeys(
    {
      aws_access_key_id: written.aws_access_key_id,
      aws_secret_access_key: written.aws_secret_access_key,
    },
    { token, account: written.aws_account_id },
    (missing) => noCredentials(`the profile \`${name}\` has no ${missing}`, hint),
  )
}

/** The keys in the environment. As for the AWS CLI, the older name of the token comes first. */
export function keysOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  hint: string,
): StaticKeys {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env
  return staticKeys(
    { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
    { token: env.AWS_SECURITY_TOKEN || env.AWS_SESSION_TOKEN, account: env.AWS_ACCOUNT_ID },
    () => noCredentials('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set', hint),
  )
}

/** A blank key is none: nobody could sign with it. */
function staticKeys(
  pair: Readonly<Record<string, string | undefined>>,
  { token, account }: { readonly token: string | undefined; readonly account: string | undefined },
  refuse: (missing: string) => PimError,
): StaticKeys {
  const [missing] = Object.entries(pair).find(([, value]) => (value ?? '') === '') ?? []
  if (missing !== undefined) throw refuse(missing)
  const [accessKeyId = '', secretAccessKey = ''] = Object.values(pair)
  return {
    accessKeyId,
    secretAccessKey,
    ...(token && { sessionToken: token }),
    ...(account && { accountId: account }),
  }
}
