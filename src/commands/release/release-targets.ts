import { isHeldBy, isPending, isUndecided, type Elevation } from '../../core/elevation/elevation.ts'
import { byHolder, notAskedFor, type NotAsked } from '../../core/elevation/not-asked.ts'
import { PimError } from '../../core/errors.ts'
import { formatIdentity, identityKey, type Identity } from '../../core/identity/identity.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget, parseTargetText, type ProviderId } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import type { ProviderTrouble } from '../../flows/discover/discover.ts'
import { resolveTargets } from '../../flows/discover/resolve-targets.ts'
import { everythingActive } from '../../flows/release/all-active.ts'
import { grantedElevation } from '../../flows/track/active-at-provider.ts'
import { rememberedOf } from '../../flows/track/same-role.ts'
import { chosen } from '../account/identity-filter.ts'
import { assertIdentityUsed } from '../account/identity-options.ts'

/** What a word on the command line means: a target's text, and its elevations that may be released. */
export interface ToRelease {
  readonly text: string
  readonly elevations: readonly Elevation[]
}

/**
 * The elevations that words mean. What is remembered under exactly that name needs no provider to be
 * found. An identity's own come first; what only others hold is released as one of them, or refused where
 * several do: nobody's elevation is guessed.
 */
async function elevationsNamed(
  words: readonly string[],
  deps: Deps,
): Promise<readonly ToRelease[]> {
  const remembered = await Promise.all(words.map((word) => deps.records.of(word)))
  const unknown = words.filter((_, index) => remembered[index]?.length === 0)
  const known = words.flatMap((text, index) => {
    const elevations = remembered[index] ?? []
    return elevations.length === 0 ? [] : [{ text, elevations }]
  })
  const resolved = await resolveTargets(unknown, deps)
  const found = await Promise.all(
    resolved.map(async (target): Promise<ToRelease> => {
      const text = formatTarget(target)
      const elevations = await rememberedOf(target, deps)
      if (elevations.length > 0) return { text, elevations }
      const provider = await deps.provider(target.provider)
      if (provider.access === 'session') return { text, elevations }
      const elsewhere = await grantedElevation(target, provider, deps)
      return { text, elevations: elsewhere === undefined ? [] : [elsewhere] }
    }),
  )
  const byText = new Map([...known, ...found].map((each) => [each.text, each]))
  return Promise.all([...byText.values()].map((each) => onlyOneHolder(each, deps)))
}

async function onlyOneHolder({ text, elevations }: ToRelease, deps: Deps): Promise<ToRelease> {
  const holders = holdersOf(elevations)
  const [holder] = holders
  const { tenant, account } = deps.globals
  const isNamed = tenant !== undefined || account !== undefined
  if (holder === undefined || (holders.length === 1 && !isNamed)) {
    return { text, elevations: now(elevations) }
  }
  const [first] = elevations
  const provider = first && (await deps.provider(first.provider))
  const { identity } = (await provider?.whoAmI(deps.signal)) ?? {}
  const own = elevations.filter((each) => isHeldBy(each, identity))
  if (own.length === 0 && !isNamed) throw severalHolders(text, holders)
  const others = holders.filter((each) => !own.some((elevation) => isHeldBy(elevation, each)))
  for (const other of others) {
    deps.io.note(`${printable(formatIdentity(other))} also holds \`${printable(text)}\``)
  }
  return { text, elevations: now(own) }
}

/** A request that is still open is named in the error; beside what is active it is none of a release's business. */
function now(elevations: readonly Elevation[]): readonly Elevation[] {
  const active = elevations.filter((each) => !isUndecided(each))
  return active.length > 0 ? active : elevations.slice(0, 1)
}

function holdersOf(elevations: readonly Elevation[]): readonly Identity[] {
  const holders = elevations.flatMap(({ identity }) => identity ?? [])
  const isSession = elevations.every(({ store }) => store !== undefined)
  if (isSession) return []
  return [...new Map(holders.map((each) => [identityKey(each), each])).values()]
}

function severalHolders(text: string, holders: readonly Identity[]): PimError {
  const names = holders.map((holder) => printable(formatIdentity(holder))).join(', ')
  return new PimError('usage', 'several-identities', `several accounts hold it: ${names}`, {
    target: text,
    hint: 'name one with `--account` and `--tenant`, or release everything with `--all`',
  })
}

/** Names what may still become active: there is nothing to release yet. */
async function tellOfRequests(
  isMeant: (identity: Identity | undefined) => boolean,
  { records, now, io }: Pick<Deps, 'records' | 'now' | 'io'>,
): Promise<void> {
  for (const each of (await records.read()).elevations) {
    if (!isPending(each, now()) || !isMeant(each.identity)) continue
    const request = printable(each.providerRequestId ?? each.id)
    io.note(
      `request ${request} for \`${printable(each.target)}\` is still open; \`pim cancel ${request}\` cancels it`,
    )
  }
}

/** What is to be released, what could not say what is active, and who was not asked. */
export interface Wanted {
  readonly wanted: readonly ToRelease[]
  readonly troubles: readonly ProviderTrouble[]
  readonly notAsked: readonly NotAsked[]
}

/** The elevations that the words or `--all` mean. Throws `usage` where there are neither, or both. */
export async function whatToRelease(
  words: readonly string[],
  { all }: { readonly all?: boolean },
  deps: Deps,
): Promise<Wanted> {
  if (all === true && words.length > 0) throw bothNamedAndAll()
  if (all !== true && words.length === 0) throw nothingNamed()
  if (all !== true) {
    const wanted = await elevationsNamed(words, deps)
    await assertIdentityUsed(
      wanted.map(({ text }) => parseTargetText(text)),
      deps,
    )
    return { wanted, troubles: [], notAsked: [] }
  }
  const { elevations, troubles, notSignedIn } = await everythingActive(deps)
  const holders = elevations.map(({ identity }) => identity)
  const isMeant = await chosen(deps, holders)
  await tellOfRequests(isMeant, deps)
  const wanted = elevations
    .filter(({ identity }) => isMeant(identity))
    .map((elevation) => ({ text: elevation.target, elevations: [elevation] }))
  const others = elevations.filter(({ identity }) => !isMeant(identity))
  const asked = { identities: new Map<ProviderId, Identity>(), notSignedIn }
  const notAsked = [
    ...notAskedFor(asked, [], deps.now()),
    ...byHolder(others, 'other-account', deps.now()),
  ]
  return { wanted, troubles, notAsked }
}

function nothingNamed(): PimError {
  return new PimError('usage', 'missing-input', 'name a target, or say `--all`', {
    hint: '`pim status` shows active elevations',
  })
}

function bothNamedAndAll(): PimError {
  return new PimError('usage', 'conflicting-flags', 'name targets or say `--all`, not both', {
    hint: '`pim release --all` releases everything',
  })
}
