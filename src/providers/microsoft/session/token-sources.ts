import { isSameIdentity } from '../../../core/identity/identity.ts'
import { accountSource } from '../sign-in/account-tokens.ts'
import {
  identityOfAccount,
  isNamed,
  isOfTenant,
  keyOf,
  type SignedInAccount,
} from '../sign-in/accounts.ts'
import { cliSources } from '../tokens/azure-cli.ts'
import type { Resource } from '../http/client.ts'
import type { Ground } from '../sign-in/context.ts'
import { signInPlace, type Place } from '../sign-in/tenant-and-client.ts'
import { createShelf, type Shelf } from '../tokens/token-cache.ts'
import type { TokenSource } from '../tokens/token-source.ts'
import { workloadSources } from '../tokens/workload-identity.ts'

/** Whatever gets tokens for a resource on this machine, in the order in which it is tried. */
export async function sourcesFor(
  resource: Resource,
  ground: Ground,
): Promise<readonly TokenSource[]> {
  const { http, now, person, kept, accounts } = ground
  const place = await ground.place()
  const { endpoints } = place
  const [account, others] = await Promise.all([
    accountInUse(ground),
    sourcesBeside(resource, ground),
  ])
  if (account === undefined) return others
  const usual = signInPlace(place, {})
  const deps = { http, now, person, kept, endpoints, accounts, usual }
  return [accountSource(account, deps), ...others]
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
  source: string,
  resource: Resource,
  { kept, now, place, tokenItems }: Ground,
): Promise<Shelf> {
  const { authority, arm, graph } = (await place()).endpoints
  const name = [source, resource, authority, arm, graph].join('|')
  return createShelf(name, kept, now, (store, key) => tokenItems.add({ store, key, source }))
}

/**
 * Drops the tokens of these accounts, and those of every source that is none: also for other clouds
 * and endpoints, of a tool that was signed in otherwise, and in another store. Throws where one of
 * the stores does not let go of them; they are then still known.
 */
export async function forgetTokens(accountKeys: readonly string[], ground: Ground): Promise<void> {
  for (const resource of ['arm', 'graph'] as const) {
    const others = (await sourcesBeside(resource, ground)).map(({ key }) => key)
    for (const key of [...accountKeys, ...others]) {
      await (await shelfOf(key, resource, ground)).clear()
    }
  }
  const { tokenItems, accounts, kept } = ground
  const staying = new Set((await accounts.list()).map(keyOf))
  for (const key of accountKeys) staying.delete(key)
  const leaving = (await tokenItems.list()).filter(({ source }) => !staying.has(source))
  const removals = await Promise.allSettled(
    leaving.map(({ store, key }) => kept.removeFrom(store, key)),
  )
  await tokenItems.remove(leaving.filter((_, index) => removals[index]?.status === 'fulfilled'))
  const failed = removals.find((removal) => removal.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
