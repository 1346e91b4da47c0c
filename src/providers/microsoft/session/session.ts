import type { Identity, IdentityChoice } from '../../../core/identity/identity.ts'
import type { SignedIn } from '../../../core/provider.ts'
import type { StoreItem, StoreName } from '../../../core/store-item.ts'
import { identityOfAccount, isNamed, keyOf, type SignedInAccount } from '../sign-in/accounts.ts'
import type { MicrosoftClient, Resource } from '../http/client.ts'
import type { MicrosoftEndpoints } from '../http/endpoints.ts'
import { createClient } from './create-client.ts'
import { createGround } from '../sign-in/context.ts'
import { knownTenant } from '../sign-in/tenant-and-client.ts'
import { signedInHere } from './identities.ts'
import { cacheItem } from '../sign-in/msal.ts'
import { signInAnew, signOutOf, type SignInWish } from '../sign-in/login.ts'
import { missingScopes, type Scope } from '../http/permissions.ts'
import {
  accountsHere,
  forgetTokens,
  shelfOf,
  sourcesBeside,
  sourcesFor,
  tools,
} from './token-sources.ts'
import type { MicrosoftDeps } from '../deps.ts'

export type { MicrosoftDeps } from '../deps.ts'

/** An account that `pim login azure` signed in. Nothing of it is secret. */
export interface MicrosoftAccount {
  readonly tenantId: string
  readonly username: string
  readonly objectId: string
  readonly clientId: string
  readonly identity: Identity
  readonly tenantDomains?: readonly string[]
  /** Where its tokens are kept. */
  readonly store: StoreName
}

/** Whoever is signed in to Microsoft on this machine. */
export interface MicrosoftSession {
  /** Whether anything on this machine leads there. Calls nobody. */
  readonly isSetUp: (resource: Resource) => Promise<boolean>
  /** Tells the tenant, the account, the endpoints and the client apart. Calls nobody. */
  readonly configuration: (resource: Resource) => Promise<string>
  /** ARM or Graph. Nothing is fetched before the first request. */
  readonly client: (resource: Resource) => Promise<MicrosoftClient>
  readonly endpoints: () => Promise<MicrosoftEndpoints>
  /**
   * Signs a person in; whether anybody may be asked is for the caller to know. Throws `usage`
   * (`no-credential-store`) where nothing would outlive the process, `sign-in` where it does not
   * come about. Resolves with what it lacks too: permissions, or all of Graph.
   */
  readonly signIn: (
    wish: SignInWish,
    signal: AbortSignal,
  ) => Promise<MicrosoftAccount & { readonly missing: readonly Scope[] | 'graph' }>
  /** Deletes the accounts that are meant, or all of them, with their tokens. Resolves with those accounts. */
  readonly signOut: (
    which: IdentityChoice,
    signal: AbortSignal,
  ) => Promise<readonly MicrosoftAccount[]>
  readonly accounts: () => Promise<readonly MicrosoftAccount[]>
  /** The items of the credential stores that hold a sign-in or its tokens. */
  readonly items: () => Promise<readonly StoreItem[]>
  /** Everybody who is signed in, through pim or through what else gets tokens for this resource. */
  readonly identities: (resource: Resource, signal: AbortSignal) => Promise<SignedIn>
}

const sessions = new WeakMap<MicrosoftDeps, MicrosoftSession>()

/** The one session of whoever holds these `deps`: concurrent askers share its tokens and its sign-in. */
export function sharedSession(deps: MicrosoftDeps): MicrosoftSession {
  const session = sessions.get(deps) ?? createMicrosoftSession(deps)
  sessions.set(deps, session)
  return session
}

export function createMicrosoftSession(deps: MicrosoftDeps): MicrosoftSession {
  const ground = createGround(deps)
  const clients = new Map<Resource, Promise<MicrosoftClient>>()
  const clientOf = (resource: Resource): Promise<MicrosoftClient> => {
    const client = clients.get(resource) ?? createClient(resource, ground)
    clients.set(resource, client)
    return client
  }
  return {
    isSetUp: async (resource) =>
      (await sourcesBeside(resource, ground)).length > 0 ||
      (await accountsHere(ground)).length > 0 ||
      // Who names a tenant or an account is told that nobody is signed in there.
      (isChoice(deps.choice) && (await tools(ground)).length === 0),
    configuration: async (resource) => {
      const sources = await sourcesFor(resource, ground)
      return JSON.stringify([resource, await ground.place(), sources.map(({ key }) => key)])
    },
    client: clientOf,
    endpoints: async () => (await ground.place()).endpoints,
    signIn: async (wish, signal) => {
      const { account, token, resource, slot } = await signInAnew(wish, ground, signal)
      clients.clear()
      // A store of before that is locked by now is no reason not to sign in.
      await forgetTokens([keyOf(account)], ground).catch(() => undefined)
      await (await shelfOf(keyOf(account), resource, ground)).put(slot, token)
      const missing = resource === 'arm' ? 'graph' : missingScopes(token.scopes)
      return { ...toAccount(account), missing }
    },
    signOut: async ({ tenant, account }) => {
      const all = await ground.accounts.list()
      const tenantId = tenant === undefined ? undefined : knownTenant(tenant, all)
      const forgotten = all.filter(
        (each) =>
          (tenant === undefined || each.tenantId === tenantId) &&
          (account === undefined || isNamed(each, account)),
      )
      clients.clear()
      await signOutOf(forgotten, ground)
      await forgetTokens(forgotten.map(keyOf), ground)
      return forgotten.map(toAccount)
    },
    accounts: async () => (await ground.accounts.list()).map(toAccount),
    items: async () => {
      const accounts = await ground.accounts.list()
      const signIns = accounts.map((account) => ({
        store: account.store,
        key: cacheItem(keyOf(account)),
      }))
      return [...signIns, ...(await ground.tokenItems.list())]
    },
    identities: async (resource, signal) => signedInHere(resource, ground, signal),
  }
}

function isChoice({ tenant, account }: IdentityChoice = {}): boolean {
  return tenant !== undefined || account !== undefined
}

function toAccount(account: SignedInAccount): MicrosoftAccount {
  const { tenantId, username, objectId, clientId, store, tenantDomains } = account
  return {
    tenantId,
    username,
    objectId,
    clientId,
    store,
    identity: identityOfAccount(account),
    ...(tenantDomains !== undefined && { tenantDomains }),
  }
}
