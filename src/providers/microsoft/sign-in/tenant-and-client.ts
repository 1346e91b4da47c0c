import { PimError } from '../../../core/errors.ts'
import { severalTenants } from '../../../core/identity/identity.ts'
import { printable } from '../../../core/printable.ts'
import type { AzureSettings } from '../../../core/settings/settings.ts'
import { isOfTenant, type SignedInAccount } from './accounts.ts'
import { endpointsOf, type MicrosoftEndpoints } from '../http/endpoints.ts'
import { isOwnApplication } from '../tokens/workload-identity.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Microsoft Graph Command Line Tools: known in every tenant, and may be given what PIM takes. */
const usualClientId = '14d82eec-204b-4c2f-b7e8-296a70dab67e'

/** Where to sign in, by the environment and, where it does not say, by the settings. */
export interface Place {
  readonly endpoints: MicrosoftEndpoints
  /** A tenant's id or domain; undefined where none was named. */
  readonly tenant: string | undefined
  /** The application that signs people in; undefined where none was named. */
  readonly clientId: string | undefined
}

/** Throws `usage` where what was named cannot be meant. */
export function placeOf(env: Environment, azure: AzureSettings | undefined): Place {
  const signsPeopleIn = isOwnApplication(env) ? undefined : env.AZURE_CLIENT_ID
  return {
    endpoints: endpointsOf(env, azure),
    tenant: tenantIn(env.AZURE_TENANT_ID || azure?.tenant),
    clientId: clientIdIn(signsPeopleIn || azure?.clientId),
  }
}

/** The same in a tenant that was named for one command: by its id, one of its domains or its name. */
export function inTenant(
  place: Place,
  tenant: string,
  accounts: readonly SignedInAccount[],
): Place {
  const { authority } = place.endpoints
  return { ...place, tenant: knownTenant(tenant, accounts, authority) ?? tenantIn(tenant) }
}

/**
 * The id of the tenant of an account that bears this id, domain or name, in the cloud of this authority; in any
 * where none is given. Throws `usage`, `ambiguous-tenant` where several tenants do.
 */
export function knownTenant(
  tenant: string,
  accounts: readonly SignedInAccount[],
  authority?: string,
): string | undefined {
  const known = accounts.filter(
    (account) =>
      (authority === undefined || account.authority === authority) && isOfTenant(account, tenant),
  )
  const ids = [...new Set(known.map(({ tenantId }) => tenantId))]
  if (ids.length > 1) throw severalTenants(tenant, ids)
  return ids[0]
}

/** Whoever signs in without naming one. The tenant is then that of the account. */
export function signInPlace({ endpoints, tenant, clientId }: Place, wish: Partial<Place> = {}) {
  return {
    endpoints,
    tenant: tenantIn(wish.tenant) ?? tenant ?? 'organizations',
    clientId: clientIdIn(wish.clientId) ?? clientId ?? usualClientId,
  }
}

function tenantIn(text: string | undefined): string | undefined {
  if (text === undefined || /^[\w-]+(\.[\w-]+)*$/.test(text)) return text
  throw new PimError('usage', 'invalid-tenant', `\`${printable(text)}\` is no tenant`, {
    hint: "write a tenant's id or one of its domains",
  })
}

export function isTenantId(tenant: string): boolean {
  return isGuid(tenant)
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

function clientIdIn(text: string | undefined): string | undefined {
  if (text === undefined || isGuid(text)) return text
  throw new PimError('usage', 'invalid-client-id', `\`${printable(text)}\` is no application id`, {
    hint: 'write the application (client) id, a GUID',
  })
}
