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
import { heard } from './unanswered.ts'

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
  const remembered = await rememberedFor(formatTarget(target), deps)
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

/** What is on its way or in force by now, be it that it was scheduled for a time that has come. */
async function rememberedFor(
  target: string,
  { records, now }: GrantedDeps,
): Promise<Elevation | undefined> {
  const known = await records.get(target)
  if (known !== undefined) return known
  const all = await records.list()
  return all.find((each) => each.target === target && each.startsAt <= now())
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
  const { state, startsAt, expiresAt } = progress
  const ended = ['denied', 'failed', 'canceled', 'expired', 'released'].includes(state)
  if (ended) return undefined
  return {
    ...(expiresAt === undefined ? elevation : endingAt(elevation, expiresAt)),
    state,
    ...(startsAt !== undefined && { startsAt }),
  }
}

/** What this machine remembers, for as long as the provider says. */
function confirm(remembered: Elevation, standing: Standing): Elevation {
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
