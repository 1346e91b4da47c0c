import { PimError } from '../../../core/errors.ts'
import { printable, typed } from '../../../core/printable.ts'
import { keyOf, type Accounts, type SignedInAccount } from './accounts.ts'
import type { Resource } from '../http/client.ts'
import { everything, scopesFor, type MicrosoftEndpoints } from '../http/endpoints.ts'
import type { Kept } from '../tokens/secret-storage.ts'
import { keepCache, keptCache, renew, withApplication, type SignInPlace } from './msal.ts'
import { isOfNoUse, signInError, type SignInAttempt } from '../errors/sign-in-errors.ts'
import { signInByBrowser, type SignInDeps } from './interactive.ts'
import type { Fetched, TokenSource, TokenWish } from '../tokens/token-source.ts'
import type { HeldToken } from '../tokens/token.ts'

export interface AccountDeps extends SignInDeps {
  readonly kept: Kept
  readonly endpoints: MicrosoftEndpoints
  readonly accounts: Pick<Accounts, 'demand'>
  /** What a sign-in would take without being told. */
  readonly usual: { readonly tenant: string; readonly clientId: string }
}

/** An account of `pim login azure`, as a source of tokens. */
export function accountSource(account: SignedInAccount, deps: AccountDeps): TokenSource {
  return {
    name: 'pim login azure',
    kind: 'account',
    key: keyOf(account),
    signIn: loginOf(account, deps.usual),
    demand: (claims) => deps.accounts.demand(keyOf(account), claims),
    fetch: async (wish, signal) => ownedBy(account, await fetchFor(account, wish, deps, signal)),
    ask: (wish, signal) => askFor(account, wish, deps, signal),
  }
}

/** A renewal that comes back as somebody else is no token of this account, whoever mixed them up. */
function ownedBy(account: SignedInAccount, fetched: Fetched): Fetched {
  if (fetched.state === 'passed-over') return fetched
  const { objectId, tenantId, username } = fetched.token
  if (objectId === account.objectId && tenantId === account.tenantId) return fetched
  throw otherAccount(username, account.username)
}

/** The command by which the same account signs in again. */
function loginOf(account: SignedInAccount, { tenant, clientId }: AccountDeps['usual']): string {
  const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  const names = [account.tenantId, account.tenantName ?? account.tenantId] as const
  const isUsual = names.some((name) => isSame(name, tenant))
  return [
    'pim login azure',
    ...(isUsual ? [] : [`--tenant ${typed(names[1])}`]),
    ...(isSame(account.clientId, clientId) ? [] : [`--client-id ${account.clientId}`]),
  ].join(' ')
}

function placeOf({ tenantId, clientId }: SignedInAccount, { endpoints }: AccountDeps): SignInPlace {
  return { endpoints, tenant: tenantId, clientId }
}

/** Where not everything was consented to, whatever was. */
function scopesOf(
  { partial }: SignedInAccount,
  resource: Resource,
  { endpoints }: AccountDeps,
): readonly string[] {
  return partial === true ? everything(resource, endpoints) : scopesFor(resource, endpoints)
}

async function fetchFor(
  account: SignedInAccount,
  { resource, challenge }: TokenWish,
  deps: AccountDeps,
  signal: AbortSignal,
): Promise<Fetched> {
  const place = placeOf(account, deps)
  const { homeAccountId } = account
  const cache = keptCache(keyOf(account), account.store, deps.kept)
  const renewed = (scopes: readonly string[]): Promise<HeldToken> => {
    const wish = { homeAccountId, scopes, ...(challenge !== undefined && { challenge }) }
    return withApplication(place, deps, cache, signal, (library) => renew(library, wish, deps.now))
  }
  const scopes = scopesOf(account, resource, deps)
  const granted = everything(resource, deps.endpoints)
  try {
    const token = await renewed(scopes).catch((thrown: unknown) => {
      const { code } = signInError(thrown, attemptAt(place, resource))
      // Some of it may have been consented to.
      if (code !== 'consent-missing' || scopes.join() === granted.join()) throw thrown
      return renewed(granted)
    })
    return { state: 'token', token }
  } catch (thrown) {
    const error = signInError(thrown, attemptAt(place, resource))
    // An application for Graph need not be one for Azure resources as well.
    if (resource === 'arm' && isOfNoUse(thrown, error)) return { state: 'passed-over', why: error }
    throw error
  }
}

async function askFor(
  account: SignedInAccount,
  { resource, challenge }: TokenWish,
  deps: AccountDeps,
  signal: AbortSignal,
): Promise<HeldToken> {
  const place = placeOf(account, deps)
  const scopes = scopesOf(account, resource, deps)
  const { username } = account
  const wish = { place, scopes, username, ...(challenge !== undefined && { challenge }) }
  try {
    const signedIn = await signInByBrowser(wish, deps, signal)
    if (signedIn.homeAccountId !== account.homeAccountId) {
      throw otherAccount(signedIn.token.username, username)
    }
    await keepCache(keyOf(account), signedIn.cache, account.store, deps.kept)
    return signedIn.token
  } catch (thrown) {
    throw signInError(thrown, attemptAt(place, resource))
  }
}

export function attemptAt(place: SignInPlace, resource: Resource): SignInAttempt {
  const { endpoints, tenant, clientId } = place
  const { authority, graph } = endpoints
  return { resource, consent: { authority, graph, tenant, clientId } }
}

/** Somebody else signed in than was meant. */
export function otherAccount(got: string, wanted: string): PimError {
  return new PimError(
    'sign-in',
    'other-account',
    `${printable(got)} signed in, but ${printable(wanted)} must`,
    {
      hint: `sign in as ${printable(wanted)}; \`pim login azure --account ${typed(got)}\` changes to the other account`,
    },
  )
}
