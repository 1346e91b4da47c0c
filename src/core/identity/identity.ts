import { PimError } from '../errors.ts'
import { printable } from '../printable.ts'

/**
 * The account in a tenant, or in an AWS account, that holds an elevation: it is asked about and released
 * as this one alone. Names are for people; the other three tell one identity from another.
 */
export interface Identity {
  /** The family of providers that know it: the Microsoft providers share one. */
  readonly cloud: string
  /** A tenant's id, or an AWS account id. */
  readonly tenant: string
  /** The account's id in that tenant: an object id, or an ARN. */
  readonly account: string
  /** As the cloud writes it: `alice@example.com`. */
  readonly name: string
  /** How people call the tenant; absent where nobody has said. */
  readonly tenantName?: string
}

/** The identity that a command is to use, as far as a person named it: ids, domains or names. */
export interface IdentityChoice {
  readonly tenant?: string
  readonly account?: string
}

/** Tells identities apart, whatever their names and however their ids are spelt. */
export function identityKey({ cloud, tenant, account }: Identity): string {
  return [cloud, tenant, account].join('|').toLowerCase()
}

export function isSameIdentity(one: Identity, other: Identity): boolean {
  return identityKey(one) === identityKey(other)
}

/** Whether a person means this identity, by its ids and names. */
export function isChosen(identity: Identity, { tenant, account }: IdentityChoice): boolean {
  const isNamed = (wanted: string | undefined, ...names: readonly (string | undefined)[]) =>
    wanted === undefined || names.some((name) => name?.toLowerCase() === wanted.toLowerCase())
  return (
    isNamed(tenant, identity.tenant, identity.tenantName) &&
    isNamed(account, identity.account, identity.name)
  )
}

/** For people, whom a person named: ` of alice@example.com in Contoso`; empty where nobody was named. */
export function ofChoice({ tenant, account }: IdentityChoice): string {
  const parts = [
    ...(account === undefined ? [] : [`of ${account}`]),
    ...(tenant === undefined ? [] : [`in ${tenant}`]),
  ]
  return parts.map((part) => ` ${part}`).join('')
}

/** For people: `alice@example.com in Contoso`. */
export function formatIdentity({ name, tenant, tenantName }: Identity): string {
  return `${name} in ${tenantName ?? tenant}`
}

/** A name that several tenants bear means none of them. */
export function severalTenants(name: string, ids: readonly string[]): PimError {
  const message = `\`${printable(name)}\` is the name of several tenants: ${ids.map(printable).join(', ')}`
  return new PimError('usage', 'ambiguous-tenant', message, { hint: "write the tenant's id" })
}
