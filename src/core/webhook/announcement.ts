import type { AuditEvent, Json } from '../audit/audit.ts'
import { formatTicket } from '../elevation/justification.ts'

/** What others are told: that somebody waits for an approver, or what was decided. */
const announced = [
  'elevation.pending',
  'elevation.active',
  'elevation.denied',
  'elevation.canceled',
  'approval.approved',
  'approval.denied',
] as const

type AnnouncedEvent = (typeof announced)[number]

/** What is told of it, as far as it is known. Never holds a secret. `pim.webhook/v1` is this, enveloped. */
export interface Announcement {
  readonly event: AnnouncedEvent | 'webhook.test'
  /** RFC 3339, UTC. */
  readonly time: string
  readonly target?: string
  readonly role?: string
  readonly scope?: string
  readonly requester?: string
  readonly justification?: string
  readonly ticket?: string
  /** ISO 8601. */
  readonly duration?: string
  readonly expiresAt?: string
  /** Who decided, and what they wrote. */
  readonly approver?: string
  readonly reason?: string
  /** What `pim approve` and `pim wait` take. */
  readonly requestId?: string
  readonly elevationId?: string
}

/** The records of one elevation that went before, in this run of pim. */
export interface Earlier {
  readonly requested: AuditEvent | undefined
  /** Whether it waited for an approver. */
  readonly isAwaited: boolean
}

/**
 * What others are to be told of a record; undefined where it is nobody else's business. That something
 * is active is told only of what had to be approved.
 */
export function announcementOf(
  event: AuditEvent,
  { requested, isAwaited }: Earlier,
  now: Date,
): Announcement | undefined {
  const name = announced.find((each) => each === event.event)
  if (name === undefined) return undefined
  if (name === 'elevation.pending' && event.state !== 'pending-approval') return undefined
  if (name === 'elevation.active' && !isAwaited && event.approved !== true) return undefined
  const isDecision = name.startsWith('approval.')
  return {
    event: name,
    time: now.toISOString(),
    ...given({
      target: event.target,
      role: requested?.role,
      scope: requested?.scope,
      requester: event.requester ?? personOf(event.actor ?? requested?.actor),
      justification: isDecision ? undefined : requested?.justification,
      ticket: ticketOf(requested?.ticket),
      duration: requested?.duration,
      expiresAt: name === 'elevation.active' ? event.expiresAt : undefined,
      approver: isDecision ? personOf(event.actor) : undefined,
      reason: isDecision ? event.justification : event.reason,
      requestId: event.providerRequestId,
      elevationId: event.elevationId,
    }),
  }
}

function given(details: Readonly<Record<string, Json | undefined>>): Partial<Announcement> {
  return Object.fromEntries(
    Object.entries(details).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  )
}

/** As the cloud knows them, else as this machine does. */
function personOf(actor: Json | undefined): string | undefined {
  const { identity, user, host } = fieldsOf(actor)
  if (typeof identity === 'string') return identity
  return typeof user === 'string' && typeof host === 'string' ? `${user}@${host}` : undefined
}

function ticketOf(ticket: Json | undefined): string | undefined {
  const { system, number } = fieldsOf(ticket)
  if (typeof number !== 'string') return undefined
  return formatTicket({ number, ...(typeof system === 'string' && { system }) })
}

type Fields = Readonly<Record<string, Json | undefined>>

function fieldsOf(value: Json | undefined): Fields {
  return isFields(value) ? value : {}
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
