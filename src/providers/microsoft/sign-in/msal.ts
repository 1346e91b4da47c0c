import type {
  AccountInfo,
  AuthenticationResult,
  ICachePlugin,
  PublicClientApplication,
} from '@azure/msal-node'
import * as v from 'valibot'
import { Secret } from '../../../core/credentials.ts'
import type { StoreName } from '../../../core/store-item.ts'
import { PimError } from '../../../core/errors.ts'
import type { Challenge } from '../tokens/claims-challenge.ts'
import type { MicrosoftEndpoints } from '../http/endpoints.ts'
import type { Http } from '../http/http.ts'
import type { Kept } from '../tokens/secret-storage.ts'
import { authorityNetwork } from './msal-network.ts'
import { readToken, type HeldToken } from '../tokens/token.ts'

/** Where and as which application somebody signs in. */
export interface SignInPlace {
  readonly endpoints: MicrosoftEndpoints
  readonly tenant: string
  readonly clientId: string
}

/** What a sign-in goes through. */
export interface SignInMeans {
  readonly http: Http
  readonly now: () => Date
}

/**
 * Runs one sign-in with the library, which is loaded only now. An application lasts for one call,
 * so that its requests end with that call's signal; what has to last is in `cache`.
 */
export async function withApplication<Result>(
  place: SignInPlace,
  { http }: SignInMeans,
  cache: ICachePlugin,
  signal: AbortSignal,
  work: (application: PublicClientApplication) => Promise<Result>,
): Promise<Result> {
  const { PublicClientApplication } = await import('@azure/msal-node')
  const { authority } = place.endpoints
  const network = authorityNetwork(authority, http, signal)
  const application = new PublicClientApplication({
    auth: {
      clientId: place.clientId,
      authority: `${authority}/${place.tenant}`,
      knownAuthorities: [new URL(authority).host],
      // Without it, what PIM asks a sign-in for is asked for again after it was given.
      clientCapabilities: ['cp1'],
    },
    cache: { cachePlugin: cache },
    system: { networkClient: network.module, disableInternalRetries: true },
  })
  try {
    return await work(application)
  } catch (error) {
    throw network.errorBehind(error)
  }
}

/** What the library keeps of an account: one item of the credential store. */
export function cacheItem(key: string): string {
  return `microsoft-sign-in|${key}`
}

/** The library reads this before it writes, and puts what it has over what it read. */
export function keptCache(key: string, store: StoreName, kept: Kept): ICachePlugin {
  return {
    beforeCacheAccess: async ({ tokenCache }) => {
      const secret = await kept.readFrom(store, cacheItem(key))
      if (secret !== undefined) tokenCache.deserialize(secret.reveal())
    },
    afterCacheAccess: async ({ cacheHasChanged, tokenCache }) => {
      if (cacheHasChanged) await keepCache(key, new Secret(tokenCache.serialize()), store, kept)
    },
  }
}

/** Into the store where the account's sign-in is kept, whichever would be chosen by now. */
export async function keepCache(
  key: string,
  serialized: Secret,
  store: StoreName,
  kept: Kept,
): Promise<void> {
  await kept.writeTo(store, cacheItem(key), withoutAccessTokens(serialized))
}

const Serialized = v.pipe(v.string(), v.parseJson(), v.looseObject({}))

/** These are kept apart: the library would hand out an older one after a step-up. */
function withoutAccessTokens(serialized: Secret): Secret {
  const all = v.parse(Serialized, serialized.reveal())
  return new Secret(JSON.stringify({ ...all, AccessToken: {} }))
}

/** A cache of its own for a sign-in that nobody knows the account of yet. */
export function passingCache(): {
  readonly plugin: ICachePlugin
  readonly serialized: () => Secret
} {
  let serialized = ''
  return {
    plugin: {
      beforeCacheAccess: async ({ tokenCache }) => {
        if (serialized !== '') tokenCache.deserialize(serialized)
      },
      afterCacheAccess: async ({ cacheHasChanged, tokenCache }) => {
        if (cacheHasChanged) serialized = tokenCache.serialize()
      },
    },
    serialized: () => new Secret(serialized),
  }
}

export interface Silent {
  readonly homeAccountId: string
  readonly scopes: readonly string[]
  readonly challenge?: Challenge
}

/** A new token without asking anybody. Throws what the library throws where somebody must be asked. */
export async function renew(
  application: PublicClientApplication,
  { homeAccountId, scopes, challenge }: Silent,
  now: () => Date,
): Promise<HeldToken> {
  const account = await accountOf(application, homeAccountId)
  const result = await application.acquireTokenSilent({
    account,
    scopes: [...scopes],
    forceRefresh: true,
    ...(challenge !== undefined && { claims: challenge.claims }),
  })
  return heldToken(result, now())
}

async function accountOf(
  application: PublicClientApplication,
  homeAccountId: string,
): Promise<AccountInfo> {
  const accounts = await application.getAllAccounts()
  const account = accounts.find((known) => known.homeAccountId === homeAccountId)
  if (account !== undefined) return account
  throw new PimError('sign-in', 'sign-in-expired', 'nothing is left of the sign-in', {
    hint: 'sign in again with `pim login azure`',
  })
}

/** Throws where the authority gave no token at all. */
export function heldToken(result: AuthenticationResult | null, obtainedAt: Date): HeldToken {
  if (result === null || result.accessToken === '' || result.expiresOn === null) {
    throw new PimError('sign-in', 'sign-in-failed', 'the sign-in brought no token', {
      hint: 'sign in again with `pim login azure`',
    })
  }
  const { accessToken, expiresOn, tenantId, uniqueId, account, scopes } = result
  const username = account?.username ?? uniqueId
  const known = { tenantId, objectId: uniqueId, username, scopes }
  return readToken(accessToken, { expiresAt: expiresOn, obtainedAt }, known)
}
