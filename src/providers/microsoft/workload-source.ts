import { createHash } from 'node:crypto'
import type { AccessToken, TokenCredential } from '@azure/core-auth'
import type { HttpClient } from '@azure/core-rest-pipeline'
import { interrupted, PimError } from '../../core/errors.ts'
import { claimsOf } from './claims.ts'
import type { Resource } from './client.ts'
import { everything, type MicrosoftEndpoints } from './endpoints.ts'
import type { Http } from './http.ts'
import { pipelineNetwork, unusedProxy } from './pipeline-client.ts'
import { signInError } from './sign-in-errors.ts'
import type { TokenSource, TokenWish } from './source.ts'
import { readToken, type HeldToken } from './token.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface CredentialDeps {
  readonly env: Environment
  readonly endpoints: MicrosoftEndpoints
  readonly http: Http
  readonly now: () => Date
}

/** An identity that the environment gives: an application's secret, a federated or a managed one. */
export function workloadSources(resource: Resource, deps: CredentialDeps): readonly TokenSource[] {
  const { env } = deps
  const isApplication = Boolean(env.AZURE_TENANT_ID && env.AZURE_CLIENT_ID)
  return [
    ...(isApplication && hasOwnSecret(env) ? [environmentSource(deps)] : []),
    ...(isApplication && env.AZURE_FEDERATED_TOKEN_FILE ? [federatedSource(deps)] : []),
    // Asking the address at which machines find their identity would hang everywhere else.
    ...(resource === 'arm' && (env.IDENTITY_ENDPOINT || env.MSI_ENDPOINT)
      ? [managedSource(deps)]
      : []),
  ]
}

/** Whether AZURE_CLIENT_ID names an application that signs in as itself, not one that signs people in. */
export function isOwnApplication(env: Environment): boolean {
  return hasOwnSecret(env) || Boolean(env.AZURE_FEDERATED_TOKEN_FILE)
}

function hasOwnSecret(env: Environment): boolean {
  return Boolean(
    env.AZURE_CLIENT_SECRET ||
    env.AZURE_CLIENT_CERTIFICATE_PATH ||
    (env.AZURE_USERNAME && env.AZURE_PASSWORD),
  )
}

function environmentSource(deps: CredentialDeps): TokenSource {
  return workloadSource('the environment', 'AZURE_CLIENT', deps, async (options) => {
    const { EnvironmentCredential } = await import('@azure/identity')
    return new EnvironmentCredential(options)
  })
}

function federatedSource(deps: CredentialDeps): TokenSource {
  const { env } = deps
  return workloadSource('the workload identity', 'AZURE_FEDERATED', deps, async (options) => {
    const { WorkloadIdentityCredential } = await import('@azure/identity')
    return new WorkloadIdentityCredential({
      ...options,
      ...(env.AZURE_TENANT_ID !== undefined && { tenantId: env.AZURE_TENANT_ID }),
      ...(env.AZURE_CLIENT_ID !== undefined && { clientId: env.AZURE_CLIENT_ID }),
      ...(env.AZURE_FEDERATED_TOKEN_FILE !== undefined && {
        tokenFilePath: env.AZURE_FEDERATED_TOKEN_FILE,
      }),
    })
  })
}

function managedSource(deps: CredentialDeps): TokenSource {
  const { env } = deps
  return workloadSource('the managed identity', 'IDENTITY', deps, async (options) => {
    const { ManagedIdentityCredential } = await import('@azure/identity')
    const clientId = isOwnApplication(env) ? undefined : env.AZURE_CLIENT_ID
    return clientId === undefined || clientId === ''
      ? new ManagedIdentityCredential(options)
      : new ManagedIdentityCredential({ ...options, clientId })
  })
}

interface CredentialOptions {
  readonly authorityHost: string
  readonly disableInstanceDiscovery: boolean
  readonly retryOptions: { readonly maxRetries: number }
  readonly httpClient: HttpClient
  readonly proxyOptions: typeof unusedProxy
}

function workloadSource(
  name: string,
  prefix: string,
  deps: CredentialDeps,
  create: (options: CredentialOptions) => Promise<TokenCredential>,
): TokenSource {
  const { env, endpoints } = deps
  let credential: Promise<TokenCredential> | undefined
  const network = pipelineNetwork(deps.http)
  return {
    name,
    kind: 'workload',
    key: `${prefix}|${fingerprint(env)}`,
    fetch: async (wish, signal) => {
      credential ??= create({
        authorityHost: endpoints.authority,
        disableInstanceDiscovery: true,
        // What may be tried again is tried again below it.
        retryOptions: { maxRetries: 0 },
        httpClient: network.client,
        proxyOptions: unusedProxy,
      })
      try {
        return { state: 'token', token: await tokenOf(await credential, wish, deps, signal) }
      } catch (error) {
        throw network.failure() ?? error
      }
    },
  }
}

async function tokenOf(
  credential: TokenCredential,
  { resource, challenge }: TokenWish,
  { env, endpoints, now }: CredentialDeps,
  signal: AbortSignal,
): Promise<HeldToken> {
  try {
    const token = await credential.getToken([...everything(resource, endpoints)], {
      abortSignal: signal,
      enableCae: true,
      ...(challenge !== undefined && { claims: claimsOf(challenge) }),
    })
    return readAccessToken(token, now())
  } catch (thrown) {
    if (signal.aborted) throw interrupted(thrown)
    const tenant = env.AZURE_TENANT_ID ?? 'organizations'
    const clientId = env.AZURE_CLIENT_ID ?? ''
    const { authority, graph } = endpoints
    throw signInError(thrown, { resource, consent: { authority, graph, tenant, clientId } })
  }
}

export function readAccessToken(token: AccessToken | null, obtainedAt: Date): HeldToken {
  if (token === null) {
    throw new PimError('sign-in', 'sign-in-failed', 'the sign-in brought no token', {
      hint: 'sign in with `pim login azure`',
    })
  }
  return readToken(token.token, { expiresAt: new Date(token.expiresOnTimestamp), obtainedAt })
}

/** Changes with every variable that decides whose token comes, and shows none of them. */
function fingerprint(env: Environment): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(env).toSorted()) {
    if (/^(AZURE|IDENTITY|MSI)_/.test(name)) hash.update(`${name}=${env[name] ?? ''}\n`)
  }
  return hash.digest('hex').slice(0, 24)
}
