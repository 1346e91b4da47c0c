import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { keyOf, type SignedInAccount } from './accounts.ts'
import type { Resource } from './client.ts'
import { scopesFor, type MicrosoftEndpoints } from './endpoints.ts'
import type { Kept } from './kept.ts'
import { keepCache, keptCache, renew, withApplication, type SignInPlace } from './msal.ts'
import { isOfNoUse, signInError, type SignInAttempt } from './sign-in-errors.ts'
import { signInByBrowser, type SignInDeps } from './sign-in.ts'
import type { Fetched, TokenSource, TokenWish } from './source.ts'
import type { HeldToken } from './token.ts'

export interface AccountDeps extends SignInDeps {
  readonly kept: Kept
  readonly endpoints: MicrosoftEndpoints
}

/** An account of `pim login azure`, as a source of tokens. */
export function accountSource(account: SignedInAccount, deps: AccountDeps): TokenSource {
  return {
    name: 'pim login azure',
    kind: 'account',
    key: keyOf(account),
    fetch: (wish, signal) => fetchFor(account, wish, deps, signal),
    ask: (wish, signal) => askFor(account, wish, deps, signal),
  }
}

function placeOf({ tenantId, clientId }: SignedInAccount, { endpoints }: AccountDeps): SignInPlace {
  return { endpoints, tenant: tenantId, clientId }
}

async function fetchFor(
  account: SignedInAccount,
  { resource, challenge }: TokenWish,
  deps: AccountDeps,
  signal: AbortSignal,
): Promise<Fetched> {
  const place = placeOf(account, deps)
  const scopes = scopesFor(resource, deps.endpoints)
  const { homeAccountId } = account
  const wish = { homeAccountId, scopes, ...(challenge !== undefined && { challenge }) }
  const cache = keptCache(keyOf(account), account.store, deps.kept)
  try {
    const token = await withApplication(place, deps, cache, signal, (library) =>
      renew(library, wish, deps.now),
    )
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
  const scopes = scopesFor(resource, deps.endpoints)
  const { username } = account
  const wish = { place, scopes, username, ...(challenge !== undefined && { challenge }) }
  try {
    const signedIn = await signInByBrowser(wish, deps, signal)
    if (signedIn.homeAccountId !== account.homeAccountId) {
      throw otherAccount(signedIn.token.username, username)
    }
    await keepCache(keyOf(account), signedIn.cache, deps.kept)
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
    `${printable(got)} signed in, but ${printable(wanted)} was asked to`,
    { hint: 'sign in with the same account; `pim login azure` changes to another' },
  )
}
