import type { AuditEvent, AuditHead, AuditLog, AuditRecord } from '../../core/audit/audit.ts'

const endings: readonly string[] = [
  'elevation.denied',
  'elevation.failed',
  'elevation.canceled',
  'elevation.released',
  'elevation.expired',
] satisfies AuditEvent['event'][]

/** Whether a record says that an elevation is over. */
export function isEnding(event: string): boolean {
  return endings.includes(event)
}

const grants: readonly string[] = ['elevation.active'] satisfies AuditEvent['event'][]

const decisions: readonly string[] = [
  'approval.approved',
  'approval.denied',
] satisfies AuditEvent['event'][]

/** The records beside which a new one would say nothing new. What has ended is not active later on. */
function answersTo({ event }: AuditEvent): readonly string[] {
  if (decisions.includes(event)) return decisions
  return grants.includes(event) ? [...grants, ...endings] : endings
}

/**
 * Puts on record what became of an elevation, unless it is there already: several processes may wait
 * for the same, and one that was killed may have written that much and no more. Undefined where there
 * was nothing to write. To be called inside the target's flight.
 */
export async function recordOnce(
  event: AuditEvent,
  audit: Pick<AuditLog, 'append' | 'read'>,
): Promise<AuditHead | undefined> {
  return (await isOnRecord(event, answersTo(event), audit)) ? undefined : audit.append(event)
}

/** Looks from the end back to where the elevation was requested: nothing became of it before that. */
async function isOnRecord(
  event: AuditEvent,
  standing: readonly string[],
  audit: Pick<AuditLog, 'read'>,
): Promise<boolean> {
  const ids = [event.elevationId, event['providerRequestId']]
  const mentioning = ids.filter((id) => typeof id === 'string')
  for await (const record of audit.read({ order: 'newest-first', mentioning })) {
    if (!isSame(record, event)) continue
    if (standing.includes(record.event)) return true
    const isBeginning = record.event === 'elevation.requested'
    if (isBeginning && record.elevationId === event.elevationId) return false
  }
  return false
}

/** Who asked from here and who looks from elsewhere know a request by different ids of ours. */
function isSame(record: AuditRecord, event: AuditEvent): boolean {
  const { elevationId, providerRequestId } = event
  if (elevationId !== undefined && record.elevationId === elevationId) return true
  return providerRequestId !== undefined && record.providerRequestId === providerRequestId
}
