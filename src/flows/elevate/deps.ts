import type { AuditLog } from '../../core/audit/audit.ts'
import type { CredentialStores, Secret } from '../../core/credentials.ts'
import type { FindingsCache } from '../../core/discovery-cache.ts'
import type { Actor, ElevationRecords } from '../../core/elevation/elevation.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import type { LoadProvider } from '../../core/provider.ts'
import type { Reporter } from '../../core/reporter.ts'
import type { Settings } from '../../core/settings/settings.ts'
import type { Duration } from '../../core/time/duration.ts'

/** What elevating takes. */
export interface ElevateDeps {
  readonly provider: LoadProvider
  readonly settings: () => Promise<Settings>
  readonly records: ElevationRecords
  readonly findings: FindingsCache
  readonly stores: CredentialStores
  readonly flights: Flights
  readonly audit: AuditLog
  readonly actor: Actor
  readonly now: () => Date
  readonly newId: () => string
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  /** Asks for a device's one-time code, or throws where nobody can be asked. */
  readonly askMfaCode: (device: string, target: string) => Promise<Secret>
  /** Whether that would give a code: one was handed in, or there is a person to ask. */
  readonly hasMfaCode: boolean
  /** Whether somebody is there to be asked once more after a wrong one. */
  readonly mayAskAgain: boolean
  readonly tell: Reporter
}
