import type { Duration } from '../time/duration.ts'

/** What the provider's own policy demands for a target. `unknown` is what could not be read: never the same as "no". */
export interface Requirements {
  readonly maxDuration: Duration | 'unknown'
  /** What no target of the provider allows more than; counts where the target's own longest is unknown. */
  readonly hardLimit?: Duration
  /** The shortest that is granted at all, where there is such a limit. */
  readonly minDuration?: Duration
  /** Why it may not be longer, where that is worth a word. */
  readonly maxDurationReason?: string
  readonly justification: boolean | 'unknown'
  readonly ticket: boolean | 'unknown'
  readonly mfa: boolean | 'unknown'
  readonly approval: boolean | 'unknown'
  readonly authenticationContext?: string
  /** The devices whose one-time codes the provider will ask for, in the order it asks. */
  readonly mfaDevices: readonly string[]
  /** How long its owner set this target to last when nothing else is asked for. */
  readonly defaultDuration?: Duration
}
