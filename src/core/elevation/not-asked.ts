import { identityKey, isSameIdentity, type Identity } from '../identity/identity.ts'
import type { ProviderId } from '../target.ts'
import { hasPassed, isPending, type Elevation } from './elevation.ts'

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
  const left = new Map<string, NotAsked>(
    notSignedIn.map((provider) => [
      provider,
      { provider, reason: 'not-signed-in', targets: [] } as const,
    ]),
  )
  for (const elevation of elevations) {
    const { provider, identity, target } = elevation
    const asked = identities.get(provider)
    const isSilent = notSignedIn.includes(provider)
    if (!isSilent && asked === undefined) continue
    const isOwn = asked !== undefined && identity !== undefined && isSameIdentity(identity, asked)
    if (isOwn || !isOpen(elevation, now)) continue
    // The entry that says nobody is signed in there is replaced by those that say who has to.
    if (isSilent && identity !== undefined) left.delete(provider)
    const key = identity === undefined ? provider : `${provider} ${identityKey(identity)}`
    const before = left.get(key)?.targets ?? []
    left.set(key, {
      provider,
      reason: isSilent ? 'not-signed-in' : 'other-account',
      ...(identity !== undefined && { identity }),
      targets: before.includes(target) ? before : [...before, target],
    })
  }
  return [...left.values()]
}

/** Active or requested, as far as this machine knows. */
export function isOpen(elevation: Elevation, now: Date): boolean {
  const { state } = elevation
  return state === 'active' ? hasPassed(elevation, now) !== 'yes' : isPending(elevation, now)
}
