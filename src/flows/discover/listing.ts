import {
  heldNow,
  isHeldBy,
  isLive,
  isPending,
  type Elevation,
  type ElevationState,
} from '../../core/elevation/elevation.ts'
import { isOpen, notAskedFor, type NotAsked } from '../../core/elevation/not-asked.ts'
import type { Identity } from '../../core/identity/identity.ts'
import type { LoadProvider } from '../../core/provider.ts'
import { formatTarget, type ProviderId, type Target } from '../../core/target.ts'
import type { Discovery, ProviderTrouble } from './discover.ts'

interface ListingDeps {
  readonly provider: LoadProvider
  readonly now: () => Date
}

/** What is known of a target beyond that it may be activated. */
interface TargetState {
  readonly state: ElevationState
  readonly startsAt: Date
  readonly expiresAt: Date
}

/** A target with its state, and whose it is; the state is absent where nothing is active or requested. */
interface ListedEntry {
  readonly target: Target
  readonly state: TargetState | undefined
  readonly identity: Identity | undefined
}

export interface Listing {
  readonly entries: readonly ListedEntry[]
  readonly notAsked: readonly NotAsked[]
}

/**
 * The targets that the providers named, those that are active below one of them, and what the answer leaves
 * out: elevations of other accounts, and providers that nobody is signed in to.
 */
export async function listTargets(
  discovery: Discovery,
  elevations: readonly Elevation[],
  only: ProviderId | undefined,
  deps: ListingDeps,
): Promise<Listing> {
  const now = deps.now()
  const meant = elevations.filter(({ provider }) => only === undefined || provider === only)
  const targets = [...discovery.targets, ...(await alsoActive(discovery, meant, deps))]
  return {
    entries: targets
      .toSorted((one, other) => formatTarget(one).localeCompare(formatTarget(other)))
      .map((target) => ({
        target,
        state: stateOf(target, discovery, elevations, now),
        identity: discovery.identities.get(target.provider),
      })),
    notAsked: notAskedFor(
      { identities: discovery.identities, notSignedIn: notSignedIn(discovery.troubles) },
      meant,
      now,
    ),
  }
}

/** The providers that could not be asked since nobody is signed in to them. */
export function notSignedIn(troubles: readonly ProviderTrouble[]): readonly ProviderId[] {
  const silent = troubles.filter(({ isSetUp, error }) => !isSetUp || error.kind === 'sign-in')
  return [...new Set(silent.flatMap(({ provider }) => provider ?? []))]
}

/** What is active though no list names it: a resource group of an eligible subscription, a role by its ARN. */
async function alsoActive(
  { targets, active, identities }: Discovery,
  elevations: readonly Elevation[],
  { provider: load, now }: ListingDeps,
): Promise<readonly Target[]> {
  const known = new Set(targets.map(formatTarget))
  const own = elevations.filter(
    (each) =>
      isOpen(each, now()) &&
      (each.store !== undefined || isHeldBy(each, identities.get(each.provider))),
  )
  const texts = new Set([...active.keys(), ...own.map(({ target }) => target)])
  const unnamed = [...texts].filter((text) => !known.has(text))
  const located = await Promise.all(
    unnamed.map(async (text): Promise<Target | undefined> => {
      const path = text.slice(text.indexOf(':') + 1)
      const elevation = own.find(({ target }) => target === text)
      const id = elevation?.provider ?? providerOf(text, identities)
      const found = id && (await load(id)).locate(path, targets)
      if (found !== undefined && formatTarget(found) === text) return found
      if (elevation === undefined) return undefined
      const { provider, role, scope } = elevation
      return { provider, path, role, scope, displayNames: [] }
    }),
  )
  return located.flatMap((target) => target ?? [])
}

function providerOf(
  text: string,
  identities: ReadonlyMap<ProviderId, Identity>,
): ProviderId | undefined {
  return [...identities.keys()].find((id) => text.startsWith(`${id}:`))
}

/**
 * What this machine asked for as the identity in use, and what the provider lists. A fresh list that shows a
 * target wins over what is remembered.
 */
function stateOf(
  target: Target,
  { active, identities, readAt }: Discovery,
  elevations: readonly Elevation[],
  now: Date,
): TargetState | undefined {
  const text = formatTarget(target)
  const identity = identities.get(target.provider)
  const standing = active.get(text)
  const listed: TargetState | undefined =
    standing !== undefined && standing.expiresAt > now
      ? { state: 'active', startsAt: standing.startsAt, expiresAt: standing.expiresAt }
      : undefined
  if (listed !== undefined && readAt === undefined) return listed
  const all = elevations.filter((each) => each.target === text)
  // A session is whoever's this machine is; a grant is one identity's.
  const known =
    identity === undefined ? all.find((each) => isLive(each, now)) : heldNow(all, identity, now)
  if (known !== undefined && (isLive(known, now) || isPending(known, now))) return known
  return listed ?? nextScheduled(all, identity, now)
}

/** What begins first, of all that is planned; it is worth a word only where nothing is active now. */
function nextScheduled(
  elevations: readonly Elevation[],
  identity: Identity | undefined,
  now: Date,
): Elevation | undefined {
  return elevations
    .filter(({ state }) => state === 'scheduled')
    .filter((each) => isHeldBy(each, identity) && isPending(each, now))
    .toSorted((one, other) => one.startsAt.getTime() - other.startsAt.getTime())[0]
}
