import { isSameIdentity } from '../../core/identity.ts'
import { accountSource } from './account-source.ts'
import { identityOfAccount, isNamed, isOfTenant, type SignedInAccount } from './accounts.ts'
import { cliSources } from './cli-source.ts'
import type { Resource } from './client.ts'
import type { Ground } from './ground.ts'
import type { Place } from './place.ts'
import { createShelf, type Shelf } from './shelf.ts'
import type { TokenSource } from './source.ts'
import { workloadSources } from './workload-source.ts'

/** Whatever gets tokens for a resource on this machine, in the order in which it is tried. */
export async function sourcesFor(
  resource: Resource,
  ground: Ground,
): Promise<readonly TokenSource[]> {
  const { http, now, person, kept } = ground
  const { endpoints } = await ground.place()
  const [account, others] = await Promise.all([
    accountInUse(ground),
    sourcesBeside(resource, ground),
  ])
  if (account === undefined) return others
  return [accountSource(account, { http, now, person, kept, endpoints }), ...others]
}

/** What else than `pim login azure` gets them. A token of the Azure CLI may do nothing of PIM's on Graph. */
export async function sourcesBeside(
  resource: Resource,
  ground: Ground,
): Promise<readonly TokenSource[]> {
  const { endpoints } = await ground.place()
  const workloads = workloadSources(resource, { ...ground, endpoints })
  return resource === 'arm' ? [...workloads, ...(await tools(ground))] : workloads
}

/** The command line tools of Microsoft that somebody is signed in to. */
export async function tools(ground: Ground): Promise<readonly TokenSource[]> {
  const { endpoints, tenant } = await ground.place()
  return cliSources({ ...ground, endpoints, tenant })
}

/** The accounts of this cloud, whatever their tenant. */
export async function accountsHere({
  accounts,
  place,
}: Ground): Promise<readonly SignedInAccount[]> {
  const { authority } = (await place()).endpoints
  return (await accounts.list()).filter((account) => account.authority === authority)
}

/**
 * The account signed in last, of the tenant, the account and the application that were named; or the one
 * that holds an elevation.
 */
export async function accountInUse(ground: Ground): Promise<SignedInAccount | undefined> {
  const { identity, choice } = ground
  const here = await accountsHere(ground)
  if (identity !== undefined) {
    return here.find((account) => isSameIdentity(identityOfAccount(account), identity))
  }
  const place = await ground.place()
  return here.find(
    (account) =>
      isWanted(account, place) &&
      (choice?.account === undefined || isNamed(account, choice.account)),
  )
}

function isWanted(account: SignedInAccount, { tenant, clientId }: Place): boolean {
  return (
    (tenant === undefined || isOfTenant(account, tenant)) &&
    (clientId === undefined || account.clientId.toLowerCase() === clientId.toLowerCase())
  )
}

/** The tokens of a source. They are for the endpoints of now: others are other tokens. */
export async function shelfOf(
  sourceKey: string,
  resource: Resource,
  { kept, now, place }: Ground,
): Promise<Shelf> {
  const { authority, arm, graph } = (await place()).endpoints
  return createShelf([sourceKey, resource, authority, arm, graph].join('|'), kept, now)
}

/** Drops the tokens of these accounts, and those of every source that is none. */
export async function forgetTokens(accountKeys: readonly string[], ground: Ground): Promise<void> {
  for (const resource of ['arm', 'graph'] as const) {
    const others = (await sourcesBeside(resource, ground)).map(({ key }) => key)
    for (const key of [...accountKeys, ...others]) {
      await (await shelfOf(key, resource, ground)).clear()
    }
  }
}
