import { asPimError, PimError } from '../../../core/errors.ts'
import {
  formatIdentity,
  identityKey,
  isChosen,
  type Identity,
  type IdentityChoice,
} from '../../../core/identity/identity.ts'
import { printable, typed } from '../../../core/printable.ts'
import type { CloudIdentity, SignedIn } from '../../../core/provider.ts'
import { identityOfAccount, isNamed, type SignedInAccount } from '../sign-in/accounts.ts'
import type { MicrosoftClient, MicrosoftIdentity, Resource } from '../http/client.ts'
import type { Ground } from '../sign-in/context.ts'
import { isTenantId } from '../sign-in/tenant-and-client.ts'
import { accountsHere, shelfOf, sourcesBeside } from './token-sources.ts'
import type { TokenSource } from '../tokens/token-source.ts'
import type { HeldToken } from '../tokens/token.ts'

/** Whose token it is, as the holder of elevations. */
export function identityOfToken({
  tenantId,
  objectId,
  username,
  tenantName,
}: Pick<MicrosoftIdentity, 'tenantId' | 'objectId' | 'username' | 'tenantName'>): Identity {
  return {
    cloud: 'microsoft',
    tenant: tenantId,
    account: objectId,
    name: username || objectId,
    ...(tenantName !== undefined && { tenantName }),
  }
}

/** What a tenant is called, where a sign-in told it. */
export async function tenantNameOf(
  tenantId: string,
  ground: Pick<Ground, 'accounts'>,
): Promise<string | undefined> {
  const account = (await ground.accounts.list()).find((each) => each.tenantId === tenantId)
  return account && identityOfAccount(account).tenantName
}

/** Whom ARM or Graph takes us for. */
export async function cloudIdentity(
  client: Pick<MicrosoftClient, 'identity'>,
  signal: AbortSignal,
): Promise<CloudIdentity> {
  // A token that is held would answer even who has given up.
  signal.throwIfAborted()
  const found = await client.identity(signal)
  const { source, variables, scopes, expiresAt, tenantId } = found
  const identity = identityOfToken(found)
  const { name } = identity
  return {
    identity,
    name,
    person: name.split('@')[0] || name,
    account: tenantId,
    signIn: { source, ...(variables !== undefined && { variables }), scopes, expiresAt },
  }
}

/** Everybody who is signed in for a resource: the accounts of pim's own sign-in need not be asked. */
export async function signedInHere(
  resource: Resource,
  ground: Ground,
  signal: AbortSignal,
): Promise<SignedIn> {
  const accounts = await accountsHere(ground)
  const beside = await sourcesBeside(resource, ground)
  const asked = await Promise.all(beside.map((source) => askWho(source, resource, ground, signal)))
  const all = [
    ...accounts.map(identityOfAccount),
    ...asked.flatMap(({ identity }) => identity ?? []),
  ]
  const { choice } = ground
  const { tenant } = await ground.place()
  const isMeant = (each: Identity): boolean =>
    choice === undefined ||
    isChosen(each, {
      ...choice,
      ...(choice.tenant !== undefined && tenant !== undefined && { tenant }),
    })
  const meant = all.filter(isMeant)
  return {
    identities: [...new Map(meant.map((each) => [identityKey(each), each])).values()],
    troubles: asked.flatMap(({ trouble }) => trouble ?? []),
  }
}

async function askWho(
  source: TokenSource,
  resource: Resource,
  ground: Ground,
  signal: AbortSignal,
): Promise<{ readonly identity?: Identity; readonly trouble?: PimError }> {
  try {
    const shelf = await shelfOf(source.key, resource, ground)
    const [held] = (await shelf.fresh()).values()
    if (held !== undefined) return { identity: identityOfToken(held) }
    const fetched = await source.fetch({ resource }, signal)
    if (fetched.state === 'passed-over') return { trouble: fetched.why }
    await shelf.put('', fetched.token)
    return { identity: identityOfToken(fetched.token) }
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind === 'interrupted') throw trouble
    return { trouble }
  }
}

/**
 * Whether a token is of the identity that may be used here: the holder's, or the one that was named, whose
 * tenant is `tenant`. A domain that no sign-in told of cannot be compared.
 */
export function mayUse(
  { tenantId, objectId, username }: HeldToken,
  { identity, choice }: Pick<Ground, 'identity' | 'choice'>,
  tenant: string | undefined,
): boolean {
  if (identity !== undefined) {
    const own = identityOfToken({ tenantId, objectId, username })
    return identityKey(own) === identityKey(identity)
  }
  const isOther =
    choice?.tenant !== undefined &&
    tenant !== undefined &&
    isTenantId(tenant) &&
    tenant.toLowerCase() !== tenantId.toLowerCase()
  return (
    !isOther && (choice?.account === undefined || isNamed({ username, objectId }, choice.account))
  )
}

/** Why the account that was named is of no use: it is signed in to other tenants only, or not at all. */
function unusableAccount(
  choice: IdentityChoice | undefined,
  accounts: readonly SignedInAccount[],
): PimError | undefined {
  const { tenant, account } = choice ?? {}
  if (account === undefined) return undefined
  const who = printable(account)
  const elsewhere = accounts
    .filter((each) => isNamed(each, account))
    .map((each) => printable(identityOfAccount(each).tenantName ?? each.tenantId))
  const message =
    tenant === undefined || elsewhere.length === 0
      ? `${who} is not signed in`
      : `${who} is signed in to ${elsewhere.join(', ')}, not to ${printable(tenant)}`
  const words = ['pim login azure', ...(tenant === undefined ? [] : ['--tenant', typed(tenant)])]
  return new PimError('sign-in', 'account-not-signed-in', message, {
    hint: `\`${[...words, '--account', typed(account)].join(' ')}\` signs in; \`pim login --list\` shows who is signed in`,
  })
}

/**
 * The one who must sign in before anything can be asked about what they hold. `accounts` are those that
 * are signed in.
 */
export function otherIdentity(
  { identity, choice }: Pick<Ground, 'identity' | 'choice'>,
  passedOver: readonly PimError[],
  accounts: readonly SignedInAccount[],
): PimError | undefined {
  if (identity === undefined) return unusableAccount(choice, accounts)
  const { name, tenant } = identity
  const who = printable(formatIdentity(identity))
  return new PimError('sign-in', 'other-identity', `${who} holds this and is not signed in`, {
    hint: `sign in as ${printable(name)}: \`pim login azure --tenant ${typed(tenant)} --account ${typed(name)}\``,
    cause: passedOver[0],
  })
}
