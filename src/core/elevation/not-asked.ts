import { identityKey, type Identity } from '../identity/identity.ts'
import type { ProviderId } from '../target.ts'
import { hasPassed, isHeldBy, isPending, type Elevation } from './elevation.ts'

/** A provider, or an account there, about which an answer says nothing. */
export interface NotAsked {
  readonly provider: ProviderId
  readonly reason: 'not-signed-in' | 'other-account'
  /** Whose elevations these are; absent where nobody is known to hold any. */
  readonly identity?: Identity
  /** What this machine knows to be active or requested there. */
  readonly targets: readonly string[]
}

/** For whom each provider answered, and which of them nobody is signed in to. */
export interface Asked {
  readonly identities: ReadonlyMap<ProviderId, Identity>
  readonly notSignedIn: readonly ProviderId[]
}

/**
 * What an answer for one account leaves out: the providers that nobody is signed in to, and the elevations
 * that another account holds. An answer without them must not pass for the whole.
 */
export function notAskedFor(
  { identities, notSignedIn }: Asked,
  elevations: readonly Elevation[],
  now: Date,
): readonly NotAsked[] {
  const isSilent = ({ provider }: Pick<Elevation, 'provider'>): boolean =>
    notSignedIn.includes(provider)
  const others = elevations.filter((each) => {
    const asked = identities.get(each.provider)
    return asked !== undefined && !isHeldBy(each, asked)
  })
  const unheard = byHolder(elevations.filter(isSilent), 'not-signed-in', now)
  const empty = notSignedIn
    .filter((id) => !unheard.some(({ provider }) => provider === id))
    .map((provider) => ({ provider, reason: 'not-signed-in', targets: [] }) as const)
  return [...unheard, ...empty, ...byHolder(others, 'other-account', now)]
}

/** Elevations that are active or requested, an entry for each account at each provider. */
export function byHolder(
  elevations: readonly Elevation[],
  reason: NotAsked['reason'],
  now: Date,
): readonly NotAsked[] {
  const entries = new Map<string, NotAsked>()
  for (const { provider, identity, target } of elevations.filter((each) => isOpen(each, now))) {
    const key = `${provider} ${identity === undefined ? '' : identityKey(identity)}`
    const before = entries.get(key)?.targets ?? []
    entries.set(key, {
      provider,
      reason,
      ...(identity !== undefined && { identity }),
      targets: before.includes(target) ? before : [...before, target],
    })
  }
  return [...entries.values()]
}

/** Active or requested, as far as this machine knows. */
export function isOpen(elevation: Elevation, now: Date): boolean {
  const { state } = elevation
  return state === 'active' ? hasPassed(elevation, now) !== 'yes' : isPending(elevation, now)
}
