import type { Duration } from '../time/duration.ts'
import type { Target } from '../target.ts'
import type { Ticket } from './justification.ts'

/** What was asked for, before anything was checked. */
export interface ElevationRequest {
  readonly target: Target
  readonly justification?: string
  readonly ticket?: Ticket
  readonly duration?: Duration
  /** When it is to begin; at once where absent. */
  readonly start?: Date
  readonly force: boolean
  /** Whether credentials that no store can keep for later would be of no use. */
  readonly mustKeep?: boolean
  /** How long to wait where the provider has not yet forgotten that it was given back; not at all unless told. */
  readonly patience?: Duration
  /** Whether it is to be given back as soon as no command runs with it. */
  readonly untilUnused?: true
}
