import type { AuditEvent } from './audit/audit.ts'
import type { StoreItem } from './store-item.ts'

/** What another process needs to finish this work, should this one be stopped. It holds no secret. */
export interface UnfinishedWork {
  /** Items of credential stores to be removed, unless a remembered elevation refers to them. */
  readonly items: readonly StoreItem[]
  /** The record that the log lacks then, unless the elevation is remembered. */
  readonly ending?: AuditEvent
  /** The provider has released it: pim forgets it, and the record is due in any case. */
  readonly isReleased?: true
}

/** Notes of work that is under way, each locked by its process until that ends. */
export interface UnfinishedNotes {
  /** The note is on disk when this resolves. */
  readonly begin: (work: UnfinishedWork) => Promise<UnfinishedNote>
  /** Calls `settle` for each note that no process holds, and deletes it unless that throws. */
  readonly sweep: (settle: (work: UnfinishedWork) => Promise<void>) => Promise<void>
}

export interface UnfinishedNote {
  /** The changes are on disk when this resolves. */
  readonly update: (changes: Partial<UnfinishedWork>) => Promise<void>
  /** Deletes the note: the work is done. */
  readonly end: () => Promise<void>
  /** Leaves the work to the next sweep. */
  readonly leave: () => Promise<void>
}
