import type { PimError } from '../../../core/errors.ts'
import { typed } from '../../../core/printable.ts'
import type { Challenge } from './claims-challenge.ts'
import type { MicrosoftIdentity, Resource } from '../http/client.ts'
import type { HeldToken } from './token.ts'

/** What a token is wanted for. */
export interface TokenWish {
  readonly resource: Resource
  readonly challenge?: Challenge
}

/** A token; or why this source is passed over in favour of the next. */
export type Fetched =
  | { readonly state: 'token'; readonly token: HeldToken }
  | { readonly state: 'passed-over'; readonly why: PimError }

/** What to type to be signed in to a source in a tenant. */
export function signInCommand(
  { signIn, kind }: Pick<TokenSource, 'signIn' | 'kind'>,
  tenant: string | undefined,
): string {
  const option = kind === 'developer-cli' ? '--tenant-id' : '--tenant'
  return tenant === undefined ? signIn : `${signIn} ${option} ${typed(tenant)}`
}

/** Something on this machine that gets tokens. */
export interface TokenSource {
  /** For people, as in `the Azure CLI`. */
  readonly name: string
  readonly kind: 'account' | 'workload' | 'azure-cli' | 'developer-cli'
  /** Tells it, and whoever it is signed in as, from every other. No secrets. */
  readonly key: string
  /** What to type to be signed in to it, or what to set. */
  readonly signIn: string
  /** The variables of the environment that it comes from, where it does. */
  readonly variables?: readonly string[]
  /** Gets a new token without asking anybody. Throws where the source is meant, but does not work. */
  readonly fetch: (wish: TokenWish, signal: AbortSignal) => Promise<Fetched>
  /** Has a person sign in. Absent where this source asks nobody. */
  readonly ask?: (wish: TokenWish, signal: AbortSignal) => Promise<HeldToken>
  /** Has the next sign-in of this source bring these claims. Absent where pim is not who signs in. */
  readonly demand?: (claims: string) => Promise<void>
}

/** Who a token of this source is for. */
export function identityOf(
  token: HeldToken,
  { name: source, variables }: Pick<TokenSource, 'name' | 'variables'>,
): MicrosoftIdentity {
  const { tenantId, objectId, username, scopes, directoryRoles, expiresAt } = token
  const known = { tenantId, objectId, username, scopes, directoryRoles, source, expiresAt }
  return { ...known, ...(variables !== undefined && { variables }) }
}
