import type { AuditEvent } from '../../core/audit/audit.ts'
import { after, toIsoDuration } from '../../core/time/duration.ts'
import type { Actor, Elevation } from '../../core/elevation/elevation.ts'
import type { PimError } from '../../core/errors.ts'
import type { ElevationPlan } from '../../core/elevation/plan.ts'
import type { Activation, CloudIdentity, Progress } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'

/** Somebody asks: written before the provider hears of it. */
export function requested(plan: ElevationPlan, actor: Actor): AuditEvent {
  const { target } = plan
  return {
    event: 'elevation.requested',
    elevationId: plan.id,
    target: formatTarget(target),
    role: target.role,
    scope: target.scope,
    justification: plan.justification,
    ...(plan.ticket !== undefined && { ticket: { ...plan.ticket } }),
    duration: toIsoDuration(plan.duration),
    actor: { ...actor },
  }
}

/** The provider's first answer: in force, or on its way. */
export function answered(
  plan: ElevationPlan,
  activation: Activation,
  identity: CloudIdentity | undefined,
  actor: Actor,
): AuditEvent {
  const isActive = activation.state === 'active'
  return {
    event: isActive ? 'elevation.active' : 'elevation.pending',
    elevationId: plan.id,
    target: formatTarget(plan.target),
    ...(!isActive && { state: activation.state }),
    expiresAt: activation.expiresAt.toISOString(),
    accessEndsAt: activation.accessEndsAt.toISOString(),
    ...activation.facts,
    ...(activation.providerRequestId !== undefined && {
      providerRequestId: activation.providerRequestId,
    }),
    actor: { ...withIdentity(actor, identity) },
  }
}

/** What nobody heard the answer to is on its way, as was found out later. */
export function pending(elevation: Elevation): AuditEvent {
  const { id, target, state, facts, providerRequestId } = elevation
  return {
    event: 'elevation.pending',
    elevationId: id,
    target,
    state,
    ...facts,
    ...(providerRequestId !== undefined && { providerRequestId }),
  }
}

/** What was on its way is in force now. */
export function becameActive(elevation: Elevation, wasAwaited: boolean): AuditEvent {
  const { id, target, expiresAt, accessEndsAt, facts, providerRequestId, actor } = elevation
  return {
    event: 'elevation.active',
    elevationId: id,
    target,
    ...(wasAwaited && { approved: true }),
    expiresAt: expiresAt.toISOString(),
    accessEndsAt: accessEndsAt.toISOString(),
    ...facts,
    ...(providerRequestId !== undefined && { providerRequestId }),
    actor: { ...actor },
  }
}

/** What was on its way came to nothing. */
export function cameToNothing(elevation: Elevation, progress: Progress): AuditEvent {
  const { state, status, reason } = progress
  return {
    event: eventNames[state] ?? 'elevation.failed',
    elevationId: elevation.id,
    target: elevation.target,
    state,
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
    ...(elevation.providerRequestId !== undefined && {
      providerRequestId: elevation.providerRequestId,
    }),
    actor: { ...elevation.actor },
  }
}

const eventNames: Readonly<Partial<Record<Progress['state'], AuditEvent['event']>>> = {
  denied: 'elevation.denied',
  canceled: 'elevation.canceled',
}

/** An elevation is over here: until when what was handed out still works, and which key that is. */
export function released({ id, target, accessEndsAt, facts }: Elevation): AuditEvent {
  return {
    event: 'elevation.released',
    elevationId: id,
    target,
    accessEndsAt: accessEndsAt.toISOString(),
    ...(facts.accessKeyId !== undefined && { accessKeyId: facts.accessKeyId }),
    ...(facts.principalId !== undefined && { principalId: facts.principalId }),
  }
}

/** What was active has reached its end, as the provider or a clock that nobody can doubt says. */
export function expired({
  id,
  target,
  expiresAt,
  accessEndsAt,
  providerRequestId,
}: Elevation): AuditEvent {
  return {
    event: 'elevation.expired',
    elevationId: id,
    target,
    expiresAt: expiresAt.toISOString(),
    accessEndsAt: accessEndsAt.toISOString(),
    ...(providerRequestId !== undefined && { providerRequestId }),
  }
}

/** What was active is not listed any more, and nobody gave it back here. */
export function endedElsewhere(elevation: Elevation): AuditEvent {
  const { id, target, providerRequestId } = elevation
  return {
    event: 'elevation.released',
    elevationId: id,
    target,
    by: 'provider',
    ...(providerRequestId !== undefined && { providerRequestId }),
  }
}

/**
 * The request ended in an error; one that is still undecided there stands all the same, and so may one
 * that was left before the provider had answered.
 */
export function failed(plan: ElevationPlan, error: PimError, isUnanswered: boolean): AuditEvent {
  return {
    event: isUnanswered ? 'elevation.pending' : eventOf(error),
    elevationId: plan.id,
    target: formatTarget(plan.target),
    error: error.toJSON(),
  }
}

/** A session may have been issued whose keys reached nobody; they would expire then at the latest. */
export function maybeIssued(plan: ElevationPlan, error: PimError): AuditEvent {
  return { ...failed(plan, error, false), ...unknownUntil(plan) }
}

/** The record that is due where pim is stopped before it has an answer. */
export function stoppedBefore(plan: ElevationPlan): AuditEvent {
  return {
    event: 'elevation.failed',
    elevationId: plan.id,
    target: formatTarget(plan.target),
    reason: 'pim was stopped before the provider answered',
    ...unknownUntil(plan),
  }
}

function unknownUntil({
  start,
  requestedAt,
  duration,
}: ElevationPlan): Pick<AuditEvent, 'state' | 'accessEndsAt'> {
  const end = after(start ?? requestedAt, duration)
  return { state: 'unknown', accessEndsAt: end.toISOString() }
}

function eventOf({ kind, code }: PimError): AuditEvent['event'] {
  if (kind === 'pending') return 'elevation.pending'
  return code === 'denied' ? 'elevation.denied' : 'elevation.failed'
}

export function withIdentity(actor: Actor, identity: CloudIdentity | undefined): Actor {
  return identity === undefined ? actor : { ...actor, identity: identity.name }
}
