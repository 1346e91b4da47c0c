import type { CredentialStores } from '../../core/credentials.ts'
import { PimError } from '../../core/errors.ts'
import { attemptAt, otherAccount } from './account-source.ts'
import { isNamed, isOfTenant, keyOf, type SignedInAccount } from './accounts.ts'
import { tenantNames } from './tenant-names.ts'
import { scopesFor } from './endpoints.ts'
import type { Ground } from './ground.ts'
import { cacheItem, keepCache } from './msal.ts'
import { signInPlace } from './place.ts'
import { signInError } from './sign-in-errors.ts'
import { signInByBrowser, signInByDeviceCode } from './sign-in.ts'
import type { HeldToken } from './token.ts'

/** What a person asked of a sign-in; the environment and the settings say what they left open. */
export interface SignInWish {
  readonly tenant?: string
  readonly deviceCode?: boolean
  readonly clientId?: string
  /** Who is to sign in. */
  readonly account?: string
}

/** Signs a person in to Microsoft Graph, and keeps what is needed to go on without asking. */
export async function signInAnew(
  wish: SignInWish,
  ground: Ground,
  signal: AbortSignal,
): Promise<{ readonly account: SignedInAccount; readonly token: HeldToken }> {
  const { accounts, kept } = ground
  const named = await ground.place()
  const place = signInPlace(named, await inKnownTenant(wish, ground))
  const store = await lastingStore(ground.stores)
  const byDevice = wish.deviceCode === true
  const request = {
    place,
    scopes: scopesFor('graph', place.endpoints),
    ...(wish.account !== undefined && { username: wish.account }),
  }
  const signedIn = await (byDevice ? signInByDeviceCode : signInByBrowser)(
    request,
    ground,
    signal,
  ).catch((thrown: unknown) => {
    throw signInError(thrown, attemptAt(place, 'graph'))
  })
  const { token, homeAccountId, cache } = signedIn
  if (wish.account !== undefined && !isNamed(token, wish.account)) {
    throw otherAccount(token.username, wish.account)
  }
  const tenantName = wish.tenant ?? named.tenant
  const account: SignedInAccount = {
    tenantId: token.tenantId,
    ...(tenantName !== undefined && { tenantName }),
    ...(await tenantNames(token, place.endpoints, ground, signal)),
    username: token.username,
    objectId: token.objectId,
    homeAccountId,
    clientId: place.clientId,
    authority: place.endpoints.authority,
    signedInBy: byDevice ? 'device-code' : 'browser',
    store,
  }
  await keepCache(keyOf(account), cache, kept)
  await accounts.remember(account)
  return { account, token }
}

/** A tenant that is named by what a sign-in before told of it is signed in to by its id. */
async function inKnownTenant(wish: SignInWish, { accounts }: Ground): Promise<SignInWish> {
  if (wish.tenant === undefined) return wish
  const known = (await accounts.list()).find((each) => isOfTenant(each, wish.tenant ?? ''))
  return known === undefined ? wish : { ...wish, tenant: known.tenantId }
}

async function lastingStore(stores: CredentialStores): Promise<SignedInAccount['store']> {
  const { name } = await stores.choose()
  if (name !== 'memory') return name
  throw new PimError('usage', 'no-credential-store', 'there is no store to keep the sign-in in', {
    hint: 'unlock the keychain, or set PIM_STORE_PASSPHRASE for an encrypted file; `pim doctor` says more',
  })
}

/** Forgets accounts. What Microsoft itself remembers of the browser's sign-in is not touched. */
export async function signOutOf(
  forgotten: readonly SignedInAccount[],
  { accounts, kept }: Pick<Ground, 'accounts' | 'kept'>,
): Promise<void> {
  for (const account of forgotten) {
    await kept.removeFrom(account.store, cacheItem(keyOf(account)))
  }
  if (forgotten.length > 0) await accounts.forget(forgotten)
}
