import { existsSync } from 'node:fs'
import type { AuditHead } from '../core/audit.ts'
import { asPimError } from '../core/errors.ts'

/** A copy of the newest head out of reach of whoever can write to the log, if there is such a place. */
export interface AuditAnchor {
  /** Undefined where there never was one; `missing` where there was, and its place is empty. Writes nothing. */
  readonly read: () => Promise<AuditHead | 'missing' | undefined>
  readonly write: (head: AuditHead) => Promise<void>
}

/** The anchor as far as it could be read, and why no further. */
export interface ReadAnchor {
  readonly head: AuditHead | undefined
  readonly state: 'read' | 'absent' | 'missing' | 'unreadable'
  readonly problem?: string
}

/** Reads the anchor of the log in this folder; never throws. */
export async function readAnchor(anchor: AuditAnchor, folder: string): Promise<ReadAnchor> {
  try {
    const head = await anchor.read()
    if (head === undefined) return { head, state: 'absent' }
    return head === 'missing' ? { head: undefined, state: head } : { head, state: 'read' }
  } catch (error) {
    // A store that does not open holds nothing of a log that was never begun.
    if (!existsSync(folder)) return { head: undefined, state: 'absent' }
    return { head: undefined, state: 'unreadable', problem: asPimError(error).message }
  }
}

/** What a log that ends with this record contradicts of its anchor. */
export function contradiction(
  end: AuditHead | undefined,
  { head: anchor }: ReadAnchor,
): string | undefined {
  if (anchor === undefined) return undefined
  const seq = end?.seq ?? 0
  if (anchor.seq > seq) return `it ends with record ${seq}, but record ${anchor.seq} was written`
  const isOther = anchor.seq === seq && anchor.hash !== end?.hash
  return isOther ? `record ${seq} is not the one that was written` : undefined
}
