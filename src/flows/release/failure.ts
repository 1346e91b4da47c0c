import type { AuditLog } from '../../core/audit/audit.ts'
import type { Actor, Elevation, ElevationRecords } from '../../core/elevation/elevation.ts'
import type { PimError } from '../../core/errors.ts'

interface FailureDeps {
  readonly records: ElevationRecords
  readonly audit: AuditLog
  readonly actor: Actor
  readonly now: () => Date
}

/** What has not failed, but comes too early. */
const tooSoon: readonly string[] = ['too-early', 'ends-by-itself', 'not-active-yet']

/**
 * What goes wrong is remembered and on record, once for each reason however often it is tried. A release
 * that merely comes too early has not failed; the failure of the log itself is told by its own error.
 */
export async function recordFailure(
  elevation: Elevation,
  { kind, code, message }: PimError,
  deps: FailureDeps,
): Promise<void> {
  if (['interrupted', 'audit'].includes(kind) || tooSoon.includes(code)) return
  if (elevation.releaseFailure?.code === code) return
  const { id, target, providerRequestId } = elevation
  const releaseFailure = { at: deps.now(), code, message }
  await deps.records.put({ ...elevation, releaseFailure }).catch(() => undefined)
  await deps.audit
    .append({
      event: 'elevation.release-failed',
      elevationId: id,
      target,
      code,
      reason: message,
      ...(providerRequestId !== undefined && { providerRequestId }),
      actor: { ...deps.actor },
    })
    .catch(() => undefined)
}
