import type { CredentialStores } from '../../../core/credentials.ts'
import { asPimError, PimError } from '../../../core/errors.ts'
import { attemptAt, otherAccount } from './account-tokens.ts'
import { isNamed, isOfTenant, keyOf, type SignedInAccount } from './accounts.ts'
import {
  mayBeMetElsewhere,
  readClaims,
  slotOf,
  type Challenge,
} from '../tokens/claims-challenge.ts'
import { printable } from '../../../core/printable.ts'
import type { Resource } from '../http/client.ts'
import { everything, scopesFor } from '../http/endpoints.ts'
import { tenantNames } from '../session/tenant-names.ts'
import type { Ground } from './context.ts'
import { cacheItem, keepCache, type SignInPlace } from './msal.ts'
import { knownTenant, signInPlace } from './tenant-and-client.ts'
import { signInError } from '../errors/sign-in-errors.ts'
import { signInByBrowser, signInByDeviceCode, type SignedIn } from './interactive.ts'
import type { HeldToken } from '../tokens/token.ts'

/** What a person asked of a sign-in; the environment and the settings say what they left open. */
export interface SignInWish {
  readonly tenant?: string
  readonly deviceCode?: boolean
  readonly clientId?: string
  /** Who is to sign in. */
  readonly account?: string
}

/** Who signed in, and the token that came of it. */
export interface NewSignIn {
  readonly account: SignedInAccount
  readonly token: HeldToken
  /** What the token is for. */
  readonly resource: Resource
  /** The slot that it belongs to: empty where nothing was demanded of the sign-in. */
  readonly slot: string
}

/**
 * Signs a person in to Microsoft Graph, and keeps what is needed to go on without asking. The
 * sign-in brings what Microsoft demanded of the account when nobody could sign in.
 */
export async function signInAnew(
  wish: SignInWish,
  ground: Ground,
  signal: AbortSignal,
): Promise<NewSignIn> {
  const { accounts, kept } = ground
  const named = await ground.place()
  const place = signInPlace(named, await inKnownTenant(wish, named.endpoints.authority, ground))
  const store = await lastingStore(ground.stores)
  const byDevice = wish.deviceCode === true
  const tenantName = wish.tenant ?? named.tenant
  const before = await demandedAt(place, tenantName, wish.account, ground)
  const demanded = before && readClaims(before.demanded ?? '')
  const challenge =
    demanded === undefined || (byDevice && !mayBeMetElsewhere(demanded)) ? undefined : demanded
  const wanted = wish.account ?? (challenge && before?.username)
  const { signedIn, resource, partial } = await signInForGranted(
    {
      place,
      byDevice,
      ...(challenge !== undefined && { challenge }),
      ...(wanted !== undefined && { username: wanted }),
    },
    ground,
    signal,
  ).catch(async (thrown: unknown) => {
    // What Microsoft does not grant must not be in the way of the next sign-in too.
    if (before !== undefined && !mayBeRetried(asPimError(thrown))) {
      await accounts.demand(keyOf(before), undefined)
    }
    throw tenantName === undefined ? thrown : misnamed(asPimError(thrown), tenantName)
  })
  const { token, homeAccountId, cache } = signedIn
  if (wanted !== undefined && !isNamed(token, wanted)) throw otherAccount(token.username, wanted)
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
    ...(partial && { partial }),
    // What this sign-in could not bring is for the next one in a browser.
    ...(challenge === undefined &&
      demanded !== undefined &&
      before?.homeAccountId === homeAccountId && { demanded: demanded.claims }),
  }
  await keepCache(keyOf(account), cache, store, kept)
  await accounts.remember(account)
  return { account, token, resource, slot: challenge === undefined ? '' : slotOf(challenge) }
}

/** A tenant that was named and is none is a word to write otherwise, and no sign-in that failed. */
function misnamed(error: PimError, tenant: string): PimError {
  const { code, hint, provider, cause } = error
  if (code !== 'tenant-unknown') return error
  const message = `there is no tenant \`${printable(tenant)}\``
  return new PimError('usage', code, message, { hint, provider, cause })
}

/** Whether a sign-in came to nothing by itself, so that the next one is to bring the same claims. */
function mayBeRetried({ kind, code }: PimError): boolean {
  return kind !== 'sign-in' || notFinished.has(code)
}

const notFinished: ReadonlySet<string> = new Set([
  'no-browser',
  'sign-in-declined',
  'sign-in-expired',
  'sign-in-timeout',
])

/** The account of this place that Microsoft demanded something of. */
async function demandedAt(
  { endpoints, clientId }: SignInPlace,
  tenant: string | undefined,
  name: string | undefined,
  { accounts }: Ground,
): Promise<SignedInAccount | undefined> {
  return (await accounts.list()).find(
    (account) =>
      (name === undefined || isNamed(account, name)) &&
      account.demanded !== undefined &&
      account.authority === endpoints.authority &&
      account.clientId.toLowerCase() === clientId.toLowerCase() &&
      (tenant === undefined || isOfTenant(account, tenant)),
  )
}

interface GrantedRequest {
  readonly place: SignInPlace
  readonly byDevice: boolean
  readonly challenge?: Challenge
  /** Who has to sign in. */
  readonly username?: string
}

interface Granted {
  readonly signedIn: SignedIn
  readonly resource: Resource
  readonly partial: boolean
}

/**
 * Signs in for everything that pim asks for; where consent to that is missing, for whatever has
 * been consented to. Throws the first refusal where that is nothing.
 */
async function signInForGranted(
  { place, byDevice, challenge, username }: GrantedRequest,
  ground: Ground,
  signal: AbortSignal,
): Promise<Granted> {
  const { endpoints } = place
  const tries = [
    { resource: 'graph', scopes: scopesFor('graph', endpoints), partial: false },
    { resource: 'graph', scopes: everything('graph', endpoints), partial: true },
    { resource: 'arm', scopes: everything('arm', endpoints), partial: true },
  ] as const
  let first: PimError | undefined
  for (const { resource, scopes, partial } of tries) {
    if (first !== undefined)
      ground.person.say(`${first.message}; pim signs in with the granted permissions`)
    const request = {
      place,
      scopes,
      ...(challenge !== undefined && { challenge }),
      ...(username !== undefined && { username }),
    }
    try {
      const signIn = byDevice ? signInByDeviceCode : signInByBrowser
      return { signedIn: await signIn(request, ground, signal), resource, partial }
    } catch (thrown) {
      const error = signInError(thrown, attemptAt(place, resource))
      first ??= error
      if (error.code !== 'consent-missing') throw partial ? first : error
    }
  }
  throw first ?? new PimError('sign-in', 'sign-in-failed', 'the sign-in brought no token')
}

/** A tenant that is named by what a sign-in before told of it is signed in to by its id. */
async function inKnownTenant(
  wish: SignInWish,
  authority: string,
  { accounts }: Ground,
): Promise<SignInWish> {
  if (wish.tenant === undefined) return wish
  const tenant = knownTenant(wish.tenant, await accounts.list(), authority)
  return tenant === undefined ? wish : { ...wish, tenant }
}

async function lastingStore(stores: CredentialStores): Promise<SignedInAccount['store']> {
  const { name } = await stores.choose()
  if (name !== 'memory') return name
  throw new PimError('usage', 'no-credential-store', 'there is no store to keep the sign-in in', {
    hint: 'unlock the keychain, or set PIM_STORE_PASSPHRASE for an encrypted file; `pim doctor` says more',
  })
}

/**
 * Forgets accounts. What Microsoft itself remembers of the browser's sign-in is not touched. Throws
 * where a store does not let go of one, which is then remembered.
 */
export async function signOutOf(
  leaving: readonly SignedInAccount[],
  { accounts, kept }: Pick<Ground, 'accounts' | 'kept'>,
): Promise<void> {
  const removals = await Promise.allSettled(
    leaving.map((account) => kept.removeFrom(account.store, cacheItem(keyOf(account)))),
  )
  const gone = leaving.filter((_, index) => removals[index]?.status === 'fulfilled')
  if (gone.length > 0) await accounts.forget(gone)
  const failed = removals.find((removal) => removal.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
