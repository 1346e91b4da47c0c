import type { PimError } from '../errors.ts'
import type { Duration } from '../time/duration.ts'
import type { ElevationState } from './elevation.ts'
import type { Ticket } from './justification.ts'
import type { ProviderId } from '../target.ts'

/** One step of an approval. Several stages follow one another; one approver of a stage decides it. */
export interface ApprovalStage {
  readonly id: string
  /** The provider's own word: `InProgress`, `Completed`, `Expired`. */
  readonly status: string
  readonly name?: string
  /** Whether whoever is signed in may decide this stage. */
  readonly assignedToMe: boolean
  readonly result?: 'approve' | 'deny'
  readonly decidedBy?: string
  readonly decidedAt?: Date
  readonly reason?: string
  /** Who may decide it, as far as the policy can be read. */
  readonly approvers: readonly string[]
}

/** A request for an elevation as its provider shows it, to who asked or to who decides. */
export interface AccessRequest {
  /** What `pim wait`, `cancel`, `approve` and `deny` take. */
  readonly id: string
  readonly provider: ProviderId
  /** The target's path, spelt as the provider's targets are. */
  readonly path: string
  readonly role: string
  readonly scope: string
  readonly scopeName?: string
  readonly requester: { readonly id: string; readonly name: string }
  readonly state: ElevationState
  /** The provider's own word for it. */
  readonly status: string
  readonly justification: string
  readonly ticket?: Ticket
  readonly requestedAt: Date
  readonly startsAt?: Date
  readonly duration?: Duration
  /** When it lapses undecided. */
  readonly lapsesAt?: Date
  readonly stages: readonly ApprovalStage[]
  /** What one may do with the role, in the provider's words, where that could be read. */
  readonly permissions?: readonly string[]
  /** What `decide` and `withdraw` need again: ids, never secrets. */
  readonly reference: Readonly<Record<string, string>>
}

export interface Verdict {
  readonly decision: 'approve' | 'deny'
  readonly justification: string
}

/** Told of the entries of a list that cannot be read, and so are missing from the answer. */
export type OnUnreadable = (error: PimError) => void

/**
 * The two sides of an approval at a provider that knows approvals. Errors are `PimError`s: `refused`
 * with the codes `own-request`, `not-an-approver`, `already-decided`, `request-expired`,
 * `not-cancelable`; `usage` with `unknown-request`.
 */
export interface Approvals {
  /** The requests of the account that is signed in; the newest first. `all` shows ended ones too. */
  readonly mine: (
    options: { readonly all: boolean },
    signal: AbortSignal,
    onUnreadable?: OnUnreadable,
  ) => Promise<readonly AccessRequest[]>
  /** Those that the account that is signed in may decide. */
  readonly toApprove: (
    signal: AbortSignal,
    onUnreadable?: OnUnreadable,
  ) => Promise<readonly AccessRequest[]>
  /**
   * One of either kind by its id, with its stages; undefined where there is none. Throws `refused` where it has
   * ended, and nothing but its end is shown.
   */
  readonly find: (id: string, signal: AbortSignal) => Promise<AccessRequest | undefined>
  readonly decide: (
    request: AccessRequest,
    verdict: Verdict,
    signal: AbortSignal,
  ) => Promise<AccessRequest>
  /** Takes back a request that is not in force yet. What is already cancelled counts as done. */
  readonly withdraw: (
    requestId: string,
    facts: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<void>
}
