import type { Duration } from '../../../core/time/duration.ts'
import type { MicrosoftClient } from '../http/client.ts'

/** Who asks, and what tells the time. */
export interface Asker {
  readonly client: MicrosoftClient
  /** By the clock of this machine. */
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
}
