import type { AuditEvent, AuditHead } from '../../core/audit/audit.ts'
import type { ReadAnchor } from './anchor.ts'
import { check, type FileCheck } from './check.ts'
import type { Log } from './write-lock.ts'

/** What a person must know of a log before this process writes to it for the first time. */
export async function warningAbout(log: Log): Promise<string | undefined> {
  if (log.wasChecked || log.warn === undefined) return undefined
  log.wasChecked = true
  try {
    return warningOf(await check(log, 'since the last check'))
  } catch {
    // What keeps it from being read is told by the append itself.
    return undefined
  }
}

function warningOf({ found, anchor }: FileCheck): string | undefined {
  if (!found.ok) return `the audit log is broken: ${found.message}; \`pim audit verify\` says more`
  if (found.records === 0) return undefined
  if (anchor.state === 'missing') {
    return `the audit log's anchor is no longer in the credential store, so records up to ${found.records} may have been cut or replaced; \`pim audit\` shows the records`
  }
  if (anchor.state !== 'unreadable') return undefined
  return `the audit log could not be compared with its anchor, so cut records would go unnoticed: ${anchor.problem}`
}

/**
 * What the next record says of those before it, since its own anchor covers them from then on: which of
 * them no anchor vouched for, as after a crash, a deletion, or a change of the store.
 */
export async function aboutThoseBefore(
  log: Log,
  end: AuditHead | undefined,
  { head: anchor, state }: ReadAnchor,
): Promise<Partial<AuditEvent>> {
  if (end === undefined || anchor?.seq === end.seq) return {}
  if (anchor !== undefined) return { unanchoredFrom: anchor.seq + 1 }
  if (state === 'missing') return { anchorMissing: true, unanchoredFrom: 1 }
  if (!(await log.anchor.isLasting())) return {}
  return { ...(state === 'unreadable' && { anchorUnreadable: true }), unanchoredFrom: 1 }
}
