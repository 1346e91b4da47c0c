import { seconds } from '../../core/time/duration.ts'
import {
  endingAt,
  heldNow,
  type Actor,
  type Elevation,
  type ElevationRecords,
} from '../../core/elevation/elevation.ts'
import type { Identity } from '../../core/identity/identity.ts'
import { advance, hasEnded } from '../../core/elevation/lifecycle.ts'
import type { Provider, Standing } from '../../core/provider.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import { heard } from './unconfirmed.ts'

export interface GrantedDeps {
  readonly records: ElevationRecords
  readonly actor: Actor
  readonly now: () => Date
  readonly newId: () => string
  readonly signal: AbortSignal
}

/**
 * The elevation to a target at a provider that gives rights, as the provider has it for the identity in
 * use: active, whoever activated it, or asked for here and on its way. Undefined where there is neither.
 */
export async function grantedElevation(
  target: Target,
  provider: Provider,
  deps: GrantedDeps,
): Promise<Elevation | undefined> {
  const { identity } = (await provider.identify(target, deps.signal)) ?? {}
  const all = await deps.records.of(formatTarget(target))
  const known = heldNow(all, identity, deps.now())
  const active = await provider.current(target, deps.signal)
  if (active === undefined) return known && advanced(known, provider, deps)
  return known === undefined ? adopt(target, active, identity, deps) : confirm(known, active)
}

/** What was asked for here, with what the provider says has become of it; undefined where it came to nothing. */
async function advanced(
  known: Elevation,
  provider: Provider,
  { now, signal }: GrantedDeps,
): Promise<Elevation | undefined> {
  const { elevation, progress } = await heard(known, provider, now(), signal)
  // Nothing tells that it ever reached the provider, which refuses what it has already.
  if (elevation.unanswered) return undefined
  const next = advance(elevation, progress, now())
  return hasEnded(next.state) ? undefined : next
}

/** What this machine remembers, for as long as the provider says. */
export function confirm(remembered: Elevation, standing: Standing): Elevation {
  const { unanswered: _, ...known } = remembered
  const { startsAt, expiresAt, facts, providerRequestId } = standing
  const { providerRequestId: own = providerRequestId } = known
  const isOurs = own === providerRequestId || providerRequestId === undefined
  return {
    ...endingAt(known, expiresAt),
    state: 'active',
    startsAt: isOurs ? known.startsAt : startsAt,
    ...(own !== undefined && { providerRequestId: own }),
    facts: { ...known.facts, ...facts },
  }
}

/** An elevation that was activated elsewhere, as in the portal. Why is on record there, not here. */
export function adopt(
  target: Target,
  { startsAt, expiresAt, accessEndsAt = expiresAt, facts, providerRequestId }: Standing,
  identity: Identity | undefined,
  { actor, newId }: Pick<GrantedDeps, 'actor' | 'newId'>,
): Elevation {
  const granted = Math.max(0, Math.round((expiresAt.getTime() - startsAt.getTime()) / 1000))
  return {
    id: newId(),
    target: formatTarget(target),
    provider: target.provider,
    role: target.role,
    scope: target.scope,
    state: 'active',
    requestedAt: startsAt,
    startsAt,
    expiresAt,
    accessEndsAt,
    justification: '',
    actor: identity === undefined ? actor : { ...actor, identity: identity.name },
    ...(identity !== undefined && { identity }),
    ...(providerRequestId !== undefined && { providerRequestId }),
    asked: seconds(granted),
    clockAheadMs: 0,
    handedOut: [],
    facts,
  }
}
