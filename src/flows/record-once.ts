import type { AuditEvent, AuditHead, AuditLog, AuditRecord } from '../core/audit.ts'

const endings: readonly string[] = [
  'elevation.denied',
  'elevation.failed',
  'elevation.canceled',
  'elevation.released',
] satisfies AuditEvent['event'][]

const grants: readonly string[] = ['elevation.active'] satisfies AuditEvent['event'][]

/**
 * Puts on record what became of an elevation, unless it is there already: several processes may wait
 * for the same, and one that was killed may have written that much and no more. Undefined where there
 * was nothing to write. To be called inside the target's flight.
 */
export async function recordOnce(
  event: AuditEvent,
  audit: Pick<AuditLog, 'append' | 'records'>,
): Promise<AuditHead | undefined> {
  // What has ended is not in force later on.
  const standing = grants.includes(event.event) ? [...grants, ...endings] : endings
  const isOnRecord = (await audit.records()).some(
    (record) => isSame(record, event) && standing.includes(record.event),
  )
  return isOnRecord ? undefined : audit.append(event)
}

/** Who asked from here and who looks from elsewhere know a request by different ids of ours. */
function isSame(record: AuditRecord, event: AuditEvent): boolean {
  if (record.elevationId === event.elevationId) return true
  const { providerRequestId } = event
  return providerRequestId !== undefined && record.providerRequestId === providerRequestId
}
