import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { processCredentials, programOf } from './process-source.ts'
import { readProfiles, type Profiles, type SharedFiles } from './profiles.ts'
import { sourceProfiles, type Hop, type Source } from './role-chain.ts'
import { sourceError, watchRequests } from './source-errors.ts'
import { assertSignIn, assertTokenFiles } from './source-files.ts'

type CredentialProvider = Extract<NonNullable<STSClientConfig['credentials']>, () => unknown>

/** Where credentials are to come from, and what the machine looks like from there. */
export interface SourceOptions {
  readonly source: Source
  readonly files: SharedFiles
  /** What to type for new ones. */
  readonly signIn: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}

/**
 * The credentials that a chain starts from. Each kind is loaded only when it is used; nothing is
 * fetched before the first call signs with it, and what failed once is not tried again. Throws a
 * `PimError` that repeats nothing of what was read, sent or answered.
 */
export function sourceCredentials(
  options: SourceOptions,
  requestHandler: NodeHttpHandler,
): CredentialProvider | 'none' {
  const { source, signIn: hint } = options
  if (source.kind === 'web-identity') return 'none'
  const requests = watchRequests(requestHandler)
  let failure: Error | undefined
  return async (properties) => {
    if (failure !== undefined) throw failure
    try {
      const provide = await open(source, options, requestHandler)
      return await provide(properties)
    } catch (thrown) {
      failure = sourceError(thrown, { source, hint, requests })
      throw failure
    }
  }
}

async function open(
  source: Exclude<Source, { kind: 'web-identity' }>,
  options: SourceOptions,
  requestHandler: NodeHttpHandler,
): Promise<CredentialProvider> {
  const { files, env } = options
  const shared = {
    filepath: files.credentials,
    configFilepath: files.config,
    ignoreCache: true,
    clientConfig: { requestHandler },
  }
  switch (source.kind) {
    case 'static':
    case 'profile':
      return ofProfile(source.profile, shared, options)
    case 'default': {
      assertTokenFiles(env)
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
      return defaultProvider(shared)
    }
    case 'provided':
      assertTokenFiles(env)
      return provided(source.by)
  }
}

async function ofProfile(
  name: string,
  shared: { readonly clientConfig: { readonly requestHandler: NodeHttpHandler } },
  { files, env, now, signIn: hint, source }: SourceOptions,
): Promise<CredentialProvider> {
  const profile = (await readProfiles(files))[name] ?? {}
  if (source.kind === 'profile') {
    if (profile.credential_process !== undefined) {
      return () => processCredentials({ name, profile, hint, env }, now())
    }
    assertSignIn(profile, env, hint)
  }
  const { fromIni } = await import('@aws-sdk/credential-provider-ini')
  return fromIni({ ...shared, profile: name })
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
export function signInAdvice(source: Source, profiles: Profiles): string {
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
      return profileAdvice(source.profile, profiles[source.profile] ?? {})
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
    const program = programOf(profile.credential_process)
    return `its credential_process${program === undefined ? '' : ` (\`${program}\`)`} must give new ones`
  }
  return `give the profile \`${name}\` valid credentials, for example with \`aws configure --profile ${name}\``
}

/** The devices whose codes a chain asks for, in order. */
export function mfaDevices(hops: readonly Hop[]): readonly string[] {
  return hops.flatMap((hop) => (hop.mfaSerial === undefined ? [] : [hop.mfaSerial]))
}
