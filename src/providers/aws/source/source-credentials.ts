import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { guardedHandler } from '../http/http.ts'
import { processCredentials } from './credential-process.ts'
import { keysOfEnvironment, keysOfProfile, methodOf } from './profile-credentials.ts'
import type { Source } from '../config/role-chain.ts'
import { noCredentials } from '../errors/no-credentials.ts'
import { sourceError, watchRequests } from './source-errors.ts'
import { assertSignIn, assertTokenFiles } from './token-files.ts'
import type { Start } from './start.ts'
import { containerEndpoint, endpointError, metadataService } from './endpoint-credentials.ts'

type CredentialProvider = Extract<NonNullable<STSClientConfig['credentials']>, () => unknown>

/** Where credentials are to come from, and what the machine looks like from there. */
export interface SourceOptions extends Start {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}

/**
 * The credentials that a chain starts from. Each kind is loaded only when it is used; nothing is
 * fetched before the first call signs with it, and what failed once is not tried again. Throws a
 * `PimError` that repeats nothing of what was read, sent or answered.
 */
export async function sourceCredentials(
  options: SourceOptions,
): Promise<CredentialProvider | 'none'> {
  const { source, signIn: hint, env, calls } = options
  if (source.kind === 'web-identity') return 'none'
  const requestHandler = await guardedHandler(env, calls)
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
  const { env } = options
  switch (source.kind) {
    case 'static':
    case 'profile':
      return ofProfile(source.profile, options, requestHandler)
    case 'default':
      return ofSurroundings(options)
    case 'provided':
      assertTokenFiles(env)
      return provided(source.by, options)
  }
}

async function ofProfile(
  name: string,
  options: SourceOptions,
  requestHandler: NodeHttpHandler,
): Promise<CredentialProvider> {
  const { config, env, now, signIn: hint } = options
  const profile = config.profiles[name] ?? {}
  switch (methodOf(name, config)) {
    case 'keys': {
      const keys = keysOfProfile(name, config, hint)
      return async () => keys
    }
    case 'process':
      return () => processCredentials({ name, profile, hint, env }, now())
    case 'login': {
      assertSignIn(profile, env, hint)
      const { loginCredentials } = await import('./login-credentials.ts')
      return loginCredentials(profile, options, requestHandler)
    }
    case 'identity-center': {
      const { identityCenterCredentials } = await import('../identity-center/credentials.ts')
      return () => identityCenterCredentials(name, options, requestHandler)
    }
    case undefined:
      throw noCredentials(`the profile \`${name}\` has none`, hint)
  }
}

/** What a container or a machine gives. Neither is asked where nothing says that it is there. */
async function ofSurroundings(options: SourceOptions): Promise<CredentialProvider> {
  const { env } = options
  assertTokenFiles(env)
  const inContainer = [
    env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    env.AWS_CONTAINER_CREDENTIALS_FULL_URI,
  ].some((uri) => (uri ?? '') !== '')
  if (inContainer) return provided('EcsContainer', options)
  if (isMetadataOff(env)) throw new Error('nothing is left to be asked')
  // Nothing says that it is there: where nobody answers, this machine has none.
  return metadataCredentials()
}

function isMetadataOff({ AWS_EC2_METADATA_DISABLED: isOff }: SourceOptions['env']): boolean {
  return isOff?.toLowerCase() === 'true'
}

async function metadataCredentials(): Promise<CredentialProvider> {
  const { fromInstanceMetadata } = await import('@smithy/credential-provider-imds')
  return fromInstanceMetadata({ timeout: 2000, maxRetries: 2 })
}

async function provided(
  by: Extract<Source, { kind: 'provided' }>['by'],
  { env, signIn }: SourceOptions,
): Promise<CredentialProvider> {
  switch (by) {
    case 'Environment': {
      const keys = keysOfEnvironment(env, signIn)
      return async () => keys
    }
    case 'Ec2InstanceMetadata':
      if (isMetadataOff(env)) throw noCredentials('AWS_EC2_METADATA_DISABLED is set', signIn)
      return explained(await metadataCredentials(), metadataService)
    case 'EcsContainer': {
      const { fromHttp } = await import('@aws-sdk/credential-provider-http')
      return explained(fromHttp(), containerEndpoint)
    }
  }
}

/** An endpoint that the configuration names is meant: that it cannot be reached is no missing sign-in. */
function explained(
  provide: CredentialProvider,
  endpoint: Parameters<typeof endpointError>[1],
): CredentialProvider {
  return async (properties) => {
    try {
      return await provide(properties)
    } catch (thrown) {
      throw endpointError(thrown, endpoint) ?? thrown
    }
  }
}
