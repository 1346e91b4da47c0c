import type { Duration } from '../../core/duration.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'

/** Who asks, and what tells the time. */
export interface Asker {
  readonly client: MicrosoftClient
  /** By the clock of this machine. */
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
}
