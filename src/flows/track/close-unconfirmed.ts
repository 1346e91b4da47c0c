import type { AuditLog } from '../../core/audit/audit.ts'
import { heldNow, isUndecided, type ElevationRecords } from '../../core/elevation/elevation.ts'
import type { Identity } from '../../core/identity/identity.ts'
import { hasEnded } from '../../core/elevation/lifecycle.ts'
import type { ElevationPlan } from '../../core/elevation/plan.ts'
import type { Provider } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'
import { cameToNothing } from '../record/events.ts'
import { recordOnce } from '../record/record-once.ts'
import { heard } from './unconfirmed.ts'

interface CloseDeps {
  readonly records: ElevationRecords
  readonly audit: AuditLog
  readonly now: () => Date
  readonly signal: AbortSignal
}

/**
 * Where a request is remembered, and the same is to be asked for again, it came to nothing: that goes
 * on record before it is forgotten. Throws what the provider does. To be called inside the target's flight.
 */
export async function closeBefore(
  { target, start }: ElevationPlan,
  identity: Identity | undefined,
  provider: Provider,
  { records, audit, now, signal }: CloseDeps,
): Promise<void> {
  if (provider.access === 'session' || start !== undefined) return
  const all = await records.of(formatTarget(target))
  const before = heldNow(all, identity, now())
  if (before === undefined || !isUndecided(before)) return
  const { progress } = await heard(before, provider, now(), signal)
  if (!hasEnded(progress.state)) return
  await recordOnce(cameToNothing(before, progress), audit)
  await records.remove(before)
}
