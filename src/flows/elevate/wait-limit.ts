import type { Duration } from '../../core/time/duration.ts'

/** How much must be true before an elevation counts as done. */
export const waits = ['none', 'active', 'effective'] as const

export type Wait = (typeof waits)[number]

/** How far, and how long, an elevation is waited for. */
export interface WaitLimit {
  readonly wait: Wait
  readonly timeout: Duration
  /** How long for an approver; `until-interrupted` where a person looks on. */
  readonly approval: Duration | 'until-interrupted'
  /** Whether what begins later is waited for, too, within the timeout. */
  readonly start?: boolean
}
