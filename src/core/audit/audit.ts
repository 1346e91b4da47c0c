/** The events of the audit log that this version writes; the log itself may hold later ones. */
export const auditEventNames = [
  'elevation.requested',
  'elevation.pending',
  'elevation.active',
  'elevation.denied',
  'elevation.failed',
  'elevation.released',
  'elevation.release-failed',
  'elevation.expired',
  'elevation.canceled',
  'approval.approved',
  'approval.denied',
  'credentials.issued',
  'command.started',
  'command.finished',
  'webhook.failed',
  'audit.recovered',
] as const

type AuditEventName = (typeof auditEventNames)[number]

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** What happened, before it is numbered, timed and chained. Never holds a secret. */
export interface AuditEvent {
  readonly event: AuditEventName
  readonly elevationId?: string
  readonly target?: string
  readonly [detail: string]: Json | undefined
}

/** One line of the log as it is stored. */
export interface AuditRecord {
  readonly v: 1
  readonly seq: number
  /** RFC 3339, UTC. */
  readonly time: string
  readonly event: string
  readonly elevationId?: string
  readonly target?: string
  readonly [detail: string]: Json | undefined
  /** `sha256:` and the hex digest of the previous line's bytes. */
  readonly prev: string
}

/** The newest record: its number and the hash of its line. */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

/** What a check of the whole log found. `pim.auditVerification/v1` is this, enveloped. */
export interface AuditVerification {
  readonly ok: boolean
  readonly records: number
  readonly firstBadSeq?: number
  readonly reason?: AuditFault
  /** One sentence for people: what is wrong and where. */
  readonly message?: string
  readonly head?: AuditHead
  /**
   * How the head compares with the copy in the credential store. `missing`: there was a copy, and it is
   * gone; `unreadable`: its store does not open now.
   */
  readonly anchor: 'matched' | 'behind' | 'absent' | 'missing' | 'unreadable' | 'mismatch'
  /** Why the copy could not be compared. */
  readonly anchorProblem?: string
  /** Records behind the anchor: the chain holds them, but nothing tells who wrote them. */
  readonly unanchored?: { readonly first: number; readonly last: number }
  /** Records that had no anchor when a later one was written, as that one says; absent where there are none. */
  readonly anchorGaps?: readonly AnchorGap[]
  /** Elevations that were requested and have no outcome on record, as after a crash. */
  readonly unknownOutcome: readonly string[]
}

/** Records without an anchor. A person who could write to the log then may have changed or cut them unnoticed. */
export interface AnchorGap {
  /** The record that says so. */
  readonly seq: number
  readonly first: number
  readonly last: number
  readonly anchor: 'behind' | 'missing' | 'unreadable'
}

export type AuditFault =
  | 'edited'
  | 'deleted'
  | 'inserted'
  | 'reordered'
  | 'truncated'
  | 'rewritten'
  | 'malformed'

/** The append-only log. Every failure is a `PimError` of kind `audit`, exit code 7. */
export interface AuditLog {
  readonly path: string
  /** Resolves only when the record is on disk. */
  readonly append: (event: AuditEvent) => Promise<AuditHead>
  /** Rejects where nothing could be written now, or a record but not what follows it. Waits for nobody. */
  readonly ensureWritable: () => Promise<void>
  /** Rejects as `ensureWritable`, and where the log is broken. Writes nothing and keeps nobody from writing. */
  readonly ensureSound: () => Promise<void>
  /** The readable records one after another, however many there are; none where there is no log yet. */
  readonly read: (reading?: AuditReading) => AsyncIterable<AuditRecord>
  /** All readable records at once, oldest first; for a log that is known to be small. */
  readonly records: () => Promise<readonly AuditRecord[]>
  readonly verify: () => Promise<AuditVerification>
  /**
   * Sets a broken log aside, whole, and starts a new one whose first record says so and why. Refuses
   * with `usage`, `audit-intact` while there is nothing wrong with the log.
   */
  readonly restart: (reason: string) => Promise<AuditRestart>
}

/** Which records are read, and in which order. */
export interface AuditReading {
  /** The oldest record first, unless told otherwise. */
  readonly order?: 'oldest-first' | 'newest-first'
  /** Leaves out lines that hold none of these texts before they are parsed. */
  readonly mentioning?: readonly string[]
  readonly isWanted?: (record: AuditRecord) => boolean
  /** Only so many of the wanted records, the newest ones; still in the order that was asked for. */
  readonly limit?: number
}

export interface AuditRestart {
  readonly head: AuditHead
  /** Where the broken log lies now; absent where none was left. */
  readonly previousPath?: string
}
