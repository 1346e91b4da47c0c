import { isChosen, type Identity } from '../core/identity.ts'
import type { Account } from '../core/sign-in.ts'
import type { Deps } from '../deps.ts'

/**
 * Whom a command is about: everybody, unless a person named a tenant or an account. A domain means the
 * tenant that a sign-in told it of.
 */
export async function chosen({
  globals: { tenant, account },
  signIns,
}: Pick<Deps, 'globals' | 'signIns'>): Promise<(identity: Identity | undefined) => boolean> {
  if (tenant === undefined && account === undefined) return () => true
  const accounts = tenant === undefined ? [] : await (await signIns()).accounts()
  const found = accounts.find((each) => hasDomain(each, tenant))
  const choice = {
    ...(tenant !== undefined && { tenant: found?.tenant ?? tenant }),
    ...(account !== undefined && { account }),
  }
  return (identity) => identity !== undefined && isChosen(identity, choice)
}

function hasDomain({ tenantDomains = [] }: Account, tenant: string | undefined): boolean {
  return tenantDomains.some((domain) => domain.toLowerCase() === tenant?.toLowerCase())
}
