import { existsSync } from 'node:fs'
import type { AuditHead } from '../../core/audit/audit.ts'
import { asPimError } from '../../core/errors.ts'

/** A beginning of a log that was checked: whoever finds the same bytes need not follow its chain again. */
export interface CheckedPart {
  readonly bytes: number
  readonly digest: string
  readonly head: AuditHead
}

/** What is kept of a log out of reach of whoever can write to it. */
export interface Anchored {
  readonly head: AuditHead
  readonly checked?: CheckedPart
}

/** Logs of the version before have no id in their first record; each folder has one of them at most. */
export const unnamedLog = 'unnamed'

/** Copies of the newest heads of logs, if there is a place for them. */
export interface AuditAnchor {
  /** The log that was begun in this folder, as far as anybody noted it. Writes nothing. */
  readonly begun: () => Promise<string | undefined>
  /** Undefined where there never was one; `missing` where there was, and its place is empty. Writes nothing. */
  readonly read: (logId: string) => Promise<Anchored | 'missing' | undefined>
  /** Notes, before its first record, that this log has no anchor yet. Never throws. */
  readonly announce: (logId: string) => Promise<void>
  /** Whether a head that is written now outlives this process; false also where no store opens. */
  readonly isLasting: () => Promise<boolean>
  /** Notes this log as the one that was begun here, unless another was. */
  readonly write: (logId: string, anchored: Anchored) => Promise<void>
  /** Puts a new log in the place of the one that was begun here. */
  readonly replace: (logId: string, anchored: Anchored) => Promise<void>
}

/** The anchor as far as it could be read, and why no further. */
export interface ReadAnchor {
  readonly head: AuditHead | undefined
  readonly checked?: CheckedPart
  readonly state: 'read' | 'absent' | 'missing' | 'unreadable'
  readonly problem?: string
}

/** Reads the anchor of the log that begins with this id; never throws. */
export function readAnchor(
  anchor: AuditAnchor,
  folder: string,
  logId: string,
): Promise<ReadAnchor> {
  return found(folder, () => anchor.read(logId))
}

/**
 * Reads the anchor of the log that was begun in this folder, whichever lies there now: one that was put
 * in its place contradicts it. Where none was noted, it is that of the log that lies there. Never throws.
 */
export function readAnchorOfFolder(
  anchor: AuditAnchor,
  folder: string,
  logId: string | undefined,
): Promise<ReadAnchor> {
  return found(folder, async () => {
    const begun = await anchor.begun()
    if (begun !== undefined) return (await anchor.read(begun)) ?? 'missing'
    return logId === undefined ? undefined : await anchor.read(logId)
  })
}

async function found(
  folder: string,
  read: () => Promise<Anchored | 'missing' | undefined>,
): Promise<ReadAnchor> {
  try {
    const anchored = await read()
    if (anchored === undefined) return { head: undefined, state: 'absent' }
    if (anchored === 'missing') return { head: undefined, state: 'missing' }
    return { ...anchored, state: 'read' }
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
