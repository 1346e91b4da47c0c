import { seconds } from '../core/duration.ts'
import {
  endingAt,
  isLive,
  isPending,
  type Actor,
  type Elevation,
  type ElevationRecords,
} from '../core/elevation.ts'
import { mayBeUnlisted } from '../core/lifecycle.ts'
import type { Provider, Standing } from '../core/provider.ts'
import { formatTarget, type Target } from '../core/target.ts'

export interface GrantedDeps {
  readonly records: ElevationRecords
  readonly actor: Actor
  readonly now: () => Date
  readonly newId: () => string
  readonly signal: AbortSignal
}

/**
 * The elevation to a target at a provider that gives rights, as the provider has it: active, whoever
 * activated it, or asked for here and on its way. Undefined where there is neither.
 */
export async function grantedElevation(
  target: Target,
  provider: Provider,
  deps: GrantedDeps,
): Promise<Elevation | undefined> {
  const remembered = await deps.records.get(formatTarget(target))
  // Another tenant may have a target of the same name.
  const known =
    remembered?.configuration === (await provider.configuration()) ? remembered : undefined
  const standing = await provider.current(target, deps.signal)
  if (standing !== undefined)
    return known === undefined ? adopt(target, standing, deps) : confirm(known, standing)
  if (known === undefined) return undefined
  if (isPending(known, deps.now())) return advanced(known, provider, deps)
  return isLive(known, deps.now()) && mayBeUnlisted(known, deps.now()) ? known : undefined
}

/** What was asked for here, with what the provider says has become of it; undefined where it came to nothing. */
async function advanced(
  known: Elevation,
  provider: Provider,
  { signal }: GrantedDeps,
): Promise<Elevation | undefined> {
  const { state, startsAt, expiresAt } = await provider.progress(known, signal)
  const ended = ['denied', 'failed', 'canceled', 'expired', 'released'].includes(state)
  if (ended) return undefined
  return {
    ...(expiresAt === undefined ? known : endingAt(known, expiresAt)),
    state,
    ...(startsAt !== undefined && { startsAt }),
  }
}

/** What this machine remembers, for as long as the provider says. */
function confirm(known: Elevation, standing: Standing): Elevation {
  const { startsAt, expiresAt, facts, providerRequestId } = standing
  const isOurs = known.providerRequestId === providerRequestId || providerRequestId === undefined
  return {
    ...endingAt(known, expiresAt),
    state: 'active',
    startsAt: isOurs ? known.startsAt : startsAt,
    facts: { ...known.facts, ...facts },
  }
}

/** An elevation that was activated elsewhere, as in the portal. Why is on record there, not here. */
function adopt(
  target: Target,
  { startsAt, expiresAt, accessEndsAt = expiresAt, facts, providerRequestId }: Standing,
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
    actor,
    ...(providerRequestId !== undefined && { providerRequestId }),
    asked: seconds(granted),
    clockAheadMs: 0,
    handedOut: [],
    facts,
  }
}
