import { describeIdentity, howToLeave } from '../../core/identity/cloud-identity.ts'
import { printable } from '../../core/printable.ts'
import type { CloudIdentity, Provider } from '../../core/provider.ts'
import { providerIds, type ProviderId } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import type { Discovery } from '../../flows/discover/discover.ts'

type AskDeps = Pick<Deps, 'provider' | 'signal'>

/** Why a list is empty: what was looked for, and as whom; only of the provider that was asked for. */
export async function nothingListed(only: ProviderId | undefined, deps: AskDeps): Promise<string> {
  const asked = await providersSetUp(only === undefined ? providerIds : [only], deps)
  const local = asked.filter(({ access }) => access === 'session')
  const remote = asked.filter(({ access }) => access === 'grant')
  const sentences = [
    'No targets found',
    ...local.map(({ source }) => `pim looked for ${source()}`),
    ...(await emptyHanded(remote, deps)),
  ]
  return sentences.join('. ')
}

/**
 * Who is eligible for nothing by variables of the environment, which may be left over from something
 * else. Only where the provider was just asked: it costs no further call then.
 */
export async function leftoverIdentities(
  { targets, troubles, readAt }: Discovery,
  only: ProviderId | undefined,
  deps: AskDeps,
): Promise<readonly string[]> {
  if (readAt !== undefined) return []
  const silent = (only === undefined ? providerIds : [only]).filter(
    (id) =>
      !targets.some(({ provider }) => provider === id) &&
      !troubles.some(({ provider }) => provider === id),
  )
  const asked = (await providersSetUp(silent, deps)).filter(({ access }) => access === 'grant')
  return emptyHanded(asked, deps, ({ signIn }) => signIn?.variables !== undefined)
}

async function providersSetUp(
  ids: readonly ProviderId[],
  { provider }: AskDeps,
): Promise<readonly Provider[]> {
  const all = await Promise.all(ids.map((id) => provider(id)))
  const areSetUp = await Promise.all(all.map((each) => each.isSetUp().catch(() => false)))
  return all.filter((_, index) => areSetUp[index])
}

/** A sentence for each identity, with all that it is eligible for none of. */
async function emptyHanded(
  providers: readonly Provider[],
  { signal }: AskDeps,
  isMeant: (identity: CloudIdentity) => boolean = () => true,
): Promise<readonly string[]> {
  const nouns = new Map<string, { readonly identity: CloudIdentity; readonly what: string[] }>()
  for (const { whoAmI, source } of providers) {
    const identity = await whoAmI(signal).catch(() => undefined)
    if (identity === undefined || !isMeant(identity)) continue
    const key = JSON.stringify([identity.name, identity.account, identity.signIn?.source])
    const { what } = nouns.get(key) ?? { what: [] }
    nouns.set(key, { identity, what: [...what, source()] })
  }
  return [...nouns.values()].map(({ identity, what }) => {
    const leave = howToLeave(identity)
    const is = `${printable(describeIdentity(identity))} is eligible for no ${listed(what)}`
    return leave === undefined ? is : `${is}; ${leave}`
  })
}

function listed(nouns: readonly string[]): string {
  return nouns.length < 2 ? nouns.join() : `${nouns.slice(0, -1).join(', ')} and ${nouns.at(-1)}`
}
