import type { MicrosoftClient } from '../microsoft/client.ts'

/** Who asks, and what tells the time. */
export interface Asker {
  readonly client: MicrosoftClient
  readonly now: () => Date
}
