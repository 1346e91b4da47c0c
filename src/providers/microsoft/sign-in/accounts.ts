import * as v from 'valibot'
import type { Identity } from '../../../core/identity/identity.ts'
import type { SignInIndex } from '../../../core/identity/sign-in.ts'

const Account = v.object({
  tenantId: v.string(),
  /** How the tenant was named when it was signed in to: its id or a domain. */
  tenantName: v.optional(v.string()),
  /** What the tenant calls itself, and the domains that it has proved to be its own. */
  tenantDisplayName: v.optional(v.string()),
  tenantDomains: v.optional(v.array(v.string())),
  username: v.string(),
  objectId: v.string(),
  homeAccountId: v.string(),
  clientId: v.string(),
  authority: v.string(),
  signedInBy: v.picklist(['browser', 'device-code']),
  store: v.picklist(['keychain', 'keyring', 'file', 'memory']),
  /** The claims, as JSON, that Microsoft demanded and that nobody could sign in for at the time. */
  demanded: v.optional(v.string()),
  /** Whether only a part of the permissions has been consented to, so that those are not named. */
  partial: v.optional(v.boolean()),
})

/** An account that `pim login azure` signed in. Nothing of it is secret. */
export type SignedInAccount = v.InferOutput<typeof Account>

const Index = v.object({ accounts: v.array(Account) })

/** The accounts that were signed in on this machine, the latest first. */
export interface Accounts {
  readonly list: () => Promise<readonly SignedInAccount[]>
  /** Puts it first. Another account of the same tenant and application stays beside it. */
  readonly remember: (account: SignedInAccount) => Promise<void>
  readonly forget: (accounts: readonly SignedInAccount[]) => Promise<void>
  /** Has the next sign-in of the account bring these claims; undefined: none. */
  readonly demand: (key: string, claims: string | undefined) => Promise<void>
}

export function createAccounts(index: SignInIndex): Accounts {
  let known: Promise<readonly SignedInAccount[]> | undefined
  const change = async (
    to: (accounts: readonly SignedInAccount[]) => readonly SignedInAccount[],
  ): Promise<void> => {
    known = undefined
    await index.change((before) => ({
      ...(typeof before === 'object' && before),
      accounts: to(accountsIn(before)),
    }))
  }
  return {
    list: () => (known ??= index.read().then(accountsIn)),
    remember: (entry) =>
      change((accounts) => [entry, ...accounts.filter((other) => keyOf(other) !== keyOf(entry))]),
    forget: (forgotten) => {
      const keys = new Set(forgotten.map(keyOf))
      return change((accounts) => accounts.filter((account) => !keys.has(keyOf(account))))
    },
    demand: (key, claims) =>
      change((accounts) =>
        accounts.map((account) => {
          if (keyOf(account) !== key) return account
          const { demanded: _, ...others } = account
          return claims === undefined ? others : { ...others, demanded: claims }
        }),
      ),
  }
}

/** One item an account: processes that renew different ones do not meet. */
export function keyOf(account: SignedInAccount): string {
  const { authority, tenantId, homeAccountId, clientId } = account
  return [authority, tenantId, homeAccountId, clientId].join('|')
}

/** Whether an account is of a tenant: by its id, its name, a domain or the name it was signed in under. */
export function isOfTenant(account: SignedInAccount, tenant: string): boolean {
  const { tenantId, tenantName, tenantDisplayName, tenantDomains = [] } = account
  const wanted = tenant.toLowerCase()
  return [tenantId, tenantName, tenantDisplayName, ...tenantDomains].some(
    (name) => name?.toLowerCase() === wanted,
  )
}

/** Whether a person means this account: by what it is called, or its object id. */
export function isNamed(
  { username, objectId }: Pick<SignedInAccount, 'username' | 'objectId'>,
  account: string,
): boolean {
  return [username, objectId].some((name) => name.toLowerCase() === account.toLowerCase())
}

/** Who an account is, as the holder of elevations. */
export function identityOfAccount(account: SignedInAccount): Identity {
  const { tenantId, objectId, username } = account
  const tenantName = tenantLabel(account)
  return {
    cloud: 'microsoft',
    tenant: tenantId,
    account: objectId,
    name: username,
    ...(tenantName !== undefined && { tenantName }),
  }
}

function tenantLabel(account: SignedInAccount): string | undefined {
  const { tenantId, tenantName, tenantDisplayName, tenantDomains = [] } = account
  const named = tenantName?.toLowerCase() === tenantId.toLowerCase() ? undefined : tenantName
  return tenantDisplayName ?? named ?? tenantDomains[0]
}

/** What cannot be read was written by nobody we know, and is written anew at the next sign-in. */
function accountsIn(index: unknown): readonly SignedInAccount[] {
  const read = v.safeParse(Index, index)
  return read.success ? read.output.accounts : []
}
