import { createHash } from 'node:crypto'
import type { AccessToken, TokenCredential } from '@azure/core-auth'
import type { HttpClient } from '@azure/core-rest-pipeline'
import { interrupted, PimError } from '../../../core/errors.ts'
import * as v from 'valibot'
import type { Resource } from '../http/client.ts'
import { everything, type MicrosoftEndpoints } from '../http/endpoints.ts'
import type { Http } from '../http/http.ts'
import { pipelineNetwork, unusedProxy } from '../http/pipeline-client.ts'
import { signInError } from '../errors/sign-in-errors.ts'
import type { TokenSource, TokenWish } from './token-source.ts'
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
    ...(isApplication && secretVariable(env) !== undefined ? [environmentSource(deps)] : []),
    ...(isApplication && env.AZURE_FEDERATED_TOKEN_FILE ? [federatedSource(deps)] : []),
    // Asking the address at which machines find their identity would hang everywhere else.
    ...(resource === 'arm' && (env.IDENTITY_ENDPOINT || env.MSI_ENDPOINT)
      ? [managedSource(deps)]
      : []),
  ]
}

/** Whether AZURE_CLIENT_ID names an application that signs in as itself, not one that signs people in. */
export function isOwnApplication(env: Environment): boolean {
  return secretVariable(env) !== undefined || Boolean(env.AZURE_FEDERATED_TOKEN_FILE)
}

/** The variable by which an application, or a person with a password, signs in; the SDK's order. */
function secretVariable(env: Environment): string | undefined {
  if (env.AZURE_CLIENT_SECRET) return 'AZURE_CLIENT_SECRET'
  if (env.AZURE_CLIENT_CERTIFICATE_PATH) return 'AZURE_CLIENT_CERTIFICATE_PATH'
  return env.AZURE_USERNAME && env.AZURE_PASSWORD ? 'AZURE_PASSWORD' : undefined
}

function environmentSource(deps: CredentialDeps): TokenSource {
  const variables = ['AZURE_CLIENT_ID', secretVariable(deps.env) ?? '']
  const about = { name: 'the environment', prefix: 'AZURE_CLIENT', variables }
  return workloadSource(about, deps, async (options) => {
    const { EnvironmentCredential } = await import('@azure/identity')
    return new EnvironmentCredential(options)
  })
}

function federatedSource(deps: CredentialDeps): TokenSource {
  const { env } = deps
  const variables = ['AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE']
  const about = { name: 'the workload identity', prefix: 'AZURE_FEDERATED', variables }
  return workloadSource(about, deps, async (options) => {
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
  const variable = env.IDENTITY_ENDPOINT ? 'IDENTITY_ENDPOINT' : 'MSI_ENDPOINT'
  const about = { name: 'the managed identity', prefix: 'IDENTITY', variables: [variable] }
  const source = workloadSource(about, deps, async (options) => {
    const { ManagedIdentityCredential } = await import('@azure/identity')
    const clientId = isOwnApplication(env) ? undefined : env.AZURE_CLIENT_ID
    return clientId === undefined || clientId === ''
      ? new ManagedIdentityCredential(options)
      : new ManagedIdentityCredential({ ...options, clientId })
  })
  return {
    ...source,
    fetch: async (wish, signal) => {
      const isWhole = env.MSI_ENDPOINT || env.IDENTITY_HEADER || env.IMDS_ENDPOINT
      // The SDK would go on to an address at which only machines of Azure get an answer.
      if (!isWhole) throw noManagedIdentity(variable, 'is set without IDENTITY_HEADER')
      try {
        return await source.fetch(wish, signal)
      } catch (error) {
        if (signal.aborted) throw error
        throw noManagedIdentity(variable, `gives no token: ${whyNot(error)}`, error)
      }
    },
  }
}

const Refusal = v.object({ statusCode: v.number() })

/** The library words everything alike, and puts names of its own before it. */
function whyNot(error: unknown): string {
  const cause = error instanceof PimError ? error.cause : error
  const answered = v.safeParse(Refusal, cause)
  if (answered.success) return `it answers with HTTP status ${answered.output.statusCode}`
  const number = error instanceof PimError ? error.provider?.code : undefined
  return number?.startsWith('AADSTS') === true ? number : 'nothing answers there as it should'
}

function noManagedIdentity(variable: string, why: string, cause?: unknown): PimError {
  return new PimError(
    'unavailable',
    'managed-identity-unreachable',
    `${variable}, which names the managed identity, ${why}`,
    { hint: `unset ${variable} to use \`az login\` or \`pim login azure\``, cause },
  )
}

interface CredentialOptions {
  readonly authorityHost: string
  readonly disableInstanceDiscovery: boolean
  readonly retryOptions: { readonly maxRetries: number }
  readonly httpClient: HttpClient
  readonly proxyOptions: typeof unusedProxy
}

interface Workload {
  readonly name: string
  readonly prefix: string
  readonly variables: readonly string[]
}

function workloadSource(
  { name, prefix, variables }: Workload,
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
    signIn: variables.join(', '),
    variables,
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
        throw network.failure() ?? leftBehind(error, variables.at(-1) ?? '')
      }
    },
  }
}

/** Variables outlive what they were set for: who did not mean them has to know which. */
function leftBehind(thrown: unknown, variable: string): unknown {
  if (!(thrown instanceof PimError) || thrown.kind !== 'sign-in') return thrown
  const { kind, code, message, provider, cause } = thrown
  const hint = `${thrown.hint ?? ''}; or unset ${variable} to use \`az login\``
  return new PimError(kind, code, message, { hint, provider, cause })
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
      ...(challenge !== undefined && { claims: challenge.claims }),
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
