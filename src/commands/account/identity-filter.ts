import { PimError } from '../../core/errors.ts'
import { isChosen, severalTenants, type Identity } from '../../core/identity/identity.ts'
import { printable } from '../../core/printable.ts'
import type { Account } from '../../core/identity/sign-in.ts'
import type { Deps } from '../../deps/deps.ts'

/**
 * Whom a command is about: everybody, unless a person named a tenant or an account. A domain means the
 * tenant that a sign-in told it of. Throws `usage`, `ambiguous-tenant`, for a name that several tenants bear.
 * Throws `sign-in`, `account-not-signed-in`, for a name that no sign-in and no elevation bears: a misspelt
 * name must not pass for nothing.
 */
export async function chosen(
  { globals: { tenant, account }, signIns }: Pick<Deps, 'globals' | 'signIns'>,
  holders: readonly (Identity | undefined)[],
): Promise<(identity: Identity | undefined) => boolean> {
  if (tenant === undefined && account === undefined) return () => true
  const accounts = await (await signIns()).accounts()
  const known = [...accounts.map(asIdentity), ...holders].filter((each) => each !== undefined)
  const tenants = tenantsNamed(tenant, accounts, known)
  if (tenant !== undefined && tenants.length > 1) throw severalTenants(tenant, tenants)
  const isMeant = (identity: Identity | undefined): boolean =>
    identity !== undefined &&
    (tenant === undefined || tenants.includes(identity.tenant.toLowerCase())) &&
    (account === undefined || isChosen(identity, { account }))
  if (!known.some(isMeant)) throw nobodyOfThatName(tenant, account)
  return isMeant
}

/** The ids of the tenants that bear this id, domain or name. */
function tenantsNamed(
  tenant: string | undefined,
  accounts: readonly Account[],
  known: readonly Identity[],
): readonly string[] {
  if (tenant === undefined) return []
  const ids = [
    ...accounts.filter((each) => hasDomain(each, tenant)),
    ...known.filter((each) => isChosen(each, { tenant })),
  ].map((each) => each.tenant.toLowerCase())
  return [...new Set(ids)]
}

function asIdentity({ name, tenant, tenantName }: Account): Identity {
  return {
    cloud: 'microsoft',
    tenant,
    account: name,
    name,
    ...(tenantName !== undefined && { tenantName }),
  }
}

function nobodyOfThatName(tenant: string | undefined, account: string | undefined): PimError {
  const who = [account, tenant].filter((name) => name !== undefined).map((name) => printable(name))
  const message = `pim knows no sign-in and no elevation of ${who.join(' in ')}`
  return new PimError('sign-in', 'account-not-signed-in', message, {
    hint: '`pim login --list` shows the sign-ins',
  })
}

function hasDomain({ tenantDomains = [] }: Account, tenant: string | undefined): boolean {
  return tenantDomains.some((domain) => domain.toLowerCase() === tenant?.toLowerCase())
}
