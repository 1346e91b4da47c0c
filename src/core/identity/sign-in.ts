import type { StoreItem } from '../store-item.ts'
import type { IdentityChoice } from './identity.ts'

/** Somebody who is signed in to a cloud by pim itself. */
export interface Account {
  /** As the cloud writes it: `alice@example.com`. */
  readonly name: string
  readonly tenant: string
  /** What the tenant is called, where that is known. */
  readonly tenantName?: string
  /** The domains that the tenant has proved to be its own. */
  readonly tenantDomains?: readonly string[]
  /** The application through which they signed in. */
  readonly clientId: string
}

interface SignInRequest {
  readonly tenant?: string
  readonly clientId?: string
  /** The account that is to sign in. */
  readonly account?: string
  /** By a code that is typed into a browser elsewhere, which cannot satisfy an authentication context. */
  readonly deviceCode: boolean
}

/** What came of a sign-in, and what to know of it: a sentence each. */
interface SignedIn {
  readonly account: Account
  readonly notices: readonly string[]
}

/** Sign-ins that pim keeps itself, in the credential store. */
export interface SignIns {
  /** Throws `sign-in` where nobody can sign in or somebody declined; `usage`, `no-credential-store` where it could not be kept. */
  readonly signIn: (request: SignInRequest, signal: AbortSignal) => Promise<SignedIn>
  /**
   * Deletes sign-ins and their tokens: of one tenant, of one account, or all. Resolves with the accounts
   * that are signed out. Throws `usage`, `ambiguous-tenant` where several tenants share the name.
   */
  readonly signOut: (request: IdentityChoice, signal: AbortSignal) => Promise<readonly Account[]>
  readonly accounts: () => Promise<readonly Account[]>
  /** The items of the credential stores that hold a sign-in or its tokens. */
  readonly items: () => Promise<readonly StoreItem[]>
}

/**
 * Who signed in on this machine, for their tokens to be found: names and ids, no secret. It is beside
 * the credential store, so that whoever never signed in never has a keychain opened to learn that.
 */
export interface SignInIndex {
  /** Whatever was written last, unchecked; undefined where nothing was. Throws `unavailable` where it cannot be read. */
  readonly read: () => Promise<unknown>
  /** Replaces it by what `change` makes of it, while no other process does. */
  readonly change: (change: (before: unknown) => unknown) => Promise<void>
}
