import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { Profiles, SharedFiles } from './profiles.ts'
import { sourceProfiles, type Hop, type Source } from './role-chain.ts'

type CredentialProvider = Extract<NonNullable<STSClientConfig['credentials']>, () => unknown>

/**
 * The SDK's own provider for the credentials that a chain starts from. Each kind is loaded only
 * when it is used; nothing is fetched before the first call signs with it.
 */
export async function sourceCredentials(
  source: Source,
  files: SharedFiles,
  region: string,
  requestHandler: NonNullable<STSClientConfig['requestHandler']>,
): Promise<CredentialProvider | 'none'> {
  const shared = {
    filepath: files.credentials,
    configFilepath: files.config,
    ignoreCache: true,
    clientConfig: { region, requestHandler },
  }
  switch (source.kind) {
    case 'web-identity':
      return 'none'
    case 'static':
    case 'profile': {
      const { fromIni } = await import('@aws-sdk/credential-provider-ini')
      return fromIni({ ...shared, profile: source.profile })
    }
    case 'default': {
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
      return defaultProvider(shared)
    }
    case 'provided':
      return provided(source.by)
  }
}

async function provided(
  by: Extract<Source, { kind: 'provided' }>['by'],
): Promise<CredentialProvider> {
  switch (by) {
    case 'Environment': {
      const { fromEnv } = await import('@aws-sdk/credential-provider-env')
      return fromEnv()
    }
    case 'Ec2InstanceMetadata': {
      const { fromInstanceMetadata } = await import('@smithy/credential-provider-imds')
      return fromInstanceMetadata({ timeout: 2000, maxRetries: 2 })
    }
    case 'EcsContainer': {
      const { fromHttp } = await import('@aws-sdk/credential-provider-http')
      return fromHttp()
    }
  }
}

/** What to type when the credentials that a chain starts from no longer serve. */
export function signInAdvice(
  source: Source,
  profile: Readonly<Record<string, string | undefined>>,
  profiles: Profiles,
): string {
  switch (source.kind) {
    case 'web-identity':
      return 'have a new web identity token written'
    case 'default':
      return defaultAdvice(sourceProfiles(profiles).slice(0, named))
    case 'provided':
      return `new credentials must come from ${source.by}`
    case 'static':
      return `put valid keys for the profile \`${source.profile}\` into the AWS credentials file`
    case 'profile':
      return profileAdvice(source.profile, profile)
  }
}

const named = 3

function defaultAdvice(names: readonly string[]): string {
  const profile =
    names.length === 0
      ? 'the name of a profile that has some'
      : names.map((name) => `\`${name}\``).join(' or ')
  return `sign in with \`aws sso login\` or \`aws login\`, export AWS_* credentials, or set AWS_PROFILE to ${profile}`
}

function profileAdvice(
  name: string,
  profile: Readonly<Record<string, string | undefined>>,
): string {
  if (profile.login_session !== undefined) return `sign in with \`aws login --profile ${name}\``
  if (profile.sso_session !== undefined || profile.sso_start_url !== undefined) {
    return `sign in with \`aws sso login --profile ${name}\``
  }
  if (profile.credential_process !== undefined) {
    return `its credential_process must give new ones: ${profile.credential_process.split(/\s/)[0]}`
  }
  return `give the profile \`${name}\` valid credentials, for example with \`aws configure --profile ${name}\``
}

/** The devices whose codes a chain asks for, in order. */
export function mfaDevices(hops: readonly Hop[]): readonly string[] {
  return hops.flatMap((hop) => (hop.mfaSerial === undefined ? [] : [hop.mfaSerial]))
}
