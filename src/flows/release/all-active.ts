import { hasPassed, isHeldBy, isUndecided, type Elevation } from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import type { Identity } from '../../core/identity/identity.ts'
import type { Provider } from '../../core/provider.ts'
import { formatTarget, providerIds, type ProviderId, type Target } from '../../core/target.ts'
import type { DiscoverDeps, ProviderTrouble } from '../discover/discover.ts'
import { knownElevations, unlessShown, type KnownDeps } from '../record/lost.ts'
import { adopt, confirm, type GrantedDeps } from '../track/active-at-provider.ts'

type EverythingDeps = DiscoverDeps & GrantedDeps & KnownDeps

/** Everything that is active, and what could not say so. */
export interface EverythingActive {
  readonly elevations: readonly Elevation[]
  readonly troubles: readonly ProviderTrouble[]
  /** The providers that nobody is signed in to: of them only what this machine remembers is known. */
  readonly notSignedIn: readonly ProviderId[]
}

/**
 * Everything that is active, here and at the providers, for every identity that is signed in, whoever
 * activated it and wherever. What cannot be asked is named, and hides nothing that is known.
 */
export async function everythingActive(deps: EverythingDeps): Promise<EverythingActive> {
  const { elevations: remembered, unreadable } = await knownElevations(deps)
  const here = remembered.filter(
    (each) => !isUndecided(each) && hasPassed(each, deps.now()) !== 'yes',
  )
  const found = await Promise.all(providerIds.map((id) => activeAt(id, remembered, deps)))
  const elevations = [...here, ...found.flatMap((each) => each.elevations)]
  return {
    elevations,
    troubles: [
      ...found.flatMap(({ troubles }) => troubles),
      ...unlessShown(
        unreadable,
        elevations.map(({ target }) => target),
      ).map((error) => ({ error, isSetUp: true })),
    ],
    notSignedIn: found.flatMap((each) => each.notSignedIn),
  }
}

/** What is active at a provider that this machine does not remember, or takes for ended by its own clock. */
async function activeAt(
  id: ProviderId,
  remembered: readonly Elevation[],
  deps: EverythingDeps,
): Promise<EverythingActive> {
  try {
    const provider = await deps.provider(id)
    if (provider.identities === undefined) return nothing
    if (!(await provider.isSetUp())) return { ...nothing, notSignedIn: [id] }
    const signedIn = await provider.identities(deps.signal)
    const answers = await Promise.all(
      signedIn.identities.map((identity) => activeFor(identity, id, remembered, deps)),
    )
    return {
      elevations: answers.flatMap(({ elevations }) => elevations),
      troubles: [
        ...signedIn.troubles.map((error) => ({ provider: id, error, isSetUp: true })),
        ...answers.flatMap(({ troubles }) => troubles),
      ],
      notSignedIn: [],
    }
  } catch (thrown) {
    return { ...nothing, troubles: [trouble(id, thrown)] }
  }
}

const nothing: EverythingActive = { elevations: [], troubles: [], notSignedIn: [] }

async function activeFor(
  identity: Identity,
  id: ProviderId,
  remembered: readonly Elevation[],
  deps: EverythingDeps,
): Promise<EverythingActive> {
  try {
    const provider = await deps.provider(id, identity)
    const { targets, active, troubles } = await provider.discover(deps.signal)
    const elevations = active.flatMap((standing) => {
      const text = formatTarget({ provider: id, path: standing.path })
      const own = remembered.filter(
        (each) => each.target === text && isHeldBy(each, identity) && !isUndecided(each),
      )
      const [known] = own
      if (own.some((each) => hasPassed(each, deps.now()) !== 'yes')) return []
      if (known !== undefined) return [confirm(known, standing)]
      const target = targetOf(standing.path, targets, provider)
      return target === undefined ? [] : [adopt(target, standing, identity, deps)]
    })
    return {
      ...nothing,
      elevations,
      troubles: troubles.map((error) => trouble(id, error, identity)),
    }
  } catch (thrown) {
    return { ...nothing, troubles: [trouble(id, thrown, identity)] }
  }
}

function trouble(provider: ProviderId, thrown: unknown, identity?: Identity): ProviderTrouble {
  const error = asPimError(thrown)
  if (error.kind === 'interrupted') throw error
  return { provider, error, isSetUp: true, ...(identity !== undefined && { identity }) }
}

function targetOf(
  path: string,
  targets: readonly Target[],
  provider: Provider,
): Target | undefined {
  return targets.find((target) => target.path === path) ?? provider.locate(path, targets)
}
