import { after } from '../../core/time/duration.ts'
import type { Actor, Elevation } from '../../core/elevation/elevation.ts'
import type { ElevationPlan } from '../../core/elevation/plan.ts'
import type { Activation, CloudIdentity } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'
import { withIdentity } from './events.ts'

/** What a plan is to become, as far as it is known before the provider has answered. */
export function asked(
  plan: ElevationPlan,
  identity: CloudIdentity | undefined,
  actor: Actor,
): Elevation {
  const { id, target, requestedAt, start: startsAt = requestedAt, duration } = plan
  const expiresAt = after(startsAt, duration)
  return {
    id,
    target: formatTarget(target),
    provider: target.provider,
    role: target.role,
    scope: target.scope,
    state: 'provisioning',
    requestedAt,
    startsAt,
    expiresAt,
    accessEndsAt: expiresAt,
    justification: plan.justification,
    ...(plan.ticket !== undefined && { ticket: plan.ticket }),
    actor: withIdentity(actor, identity),
    ...(identity !== undefined && { identity: identity.identity }),
    asked: plan.asked,
    clockAheadMs: 0,
    handedOut: [],
    facts: target.reference ?? {},
  }
}

/** What it has become by the provider's answer. */
export function answeredWith(elevation: Elevation, activation: Activation): Elevation {
  const { state, startsAt, expiresAt, accessEndsAt, clockAheadMs, facts } = activation
  const { providerRequestId } = activation
  return {
    ...elevation,
    state,
    startsAt,
    expiresAt,
    accessEndsAt,
    clockAheadMs,
    facts,
    ...(providerRequestId !== undefined && { providerRequestId }),
  }
}
