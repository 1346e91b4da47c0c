import { createHash } from 'node:crypto'
import { lstat, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sealRecord } from '../../core/audit/chain.ts'
import type { AuditEvent, AuditHead, AuditRestart } from '../../core/audit/audit.ts'
import { PimError } from '../../core/errors.ts'
import type { ReadAnchor } from './anchor.ts'
import { checkNow } from './check.ts'
import { openForAppending, openForReading, secureFolder, syncFolders } from './folder.ts'
import { inTurn, newLogId, writeDurably, type Log } from './write-lock.ts'

/** Sets a broken log aside, whole, and begins a new one that says so. */
export async function restart(log: Log, reason: string): Promise<AuditRestart> {
  await secureFolder(log.folder, log.uid)
  return await inTurn(log, async () => {
    const { found, anchor } = await checkNow(log)
    if (found.ok) throw intact(log)
    const previousFileHash = await hashFile(log.path)
    const previousPath = previousFileHash && (await setAside(log))
    const logId = newLogId()
    const event: AuditEvent = {
      event: 'audit.recovered',
      restarted: true,
      justification: reason,
      ...(previousPath !== undefined && { previousFile: basename(previousPath), previousFileHash }),
      ...(found.head && { previousHead: { ...found.head } }),
      ...(anchor.head && { anchorHead: { ...anchor.head } }),
      logId,
    }
    const { line, head } = sealRecord(event, undefined, log.now())
    const { file } = await openForAppending(log.path, log.uid)
    await using _closed = file
    await writeDurably(file, `${line}\n`)
    await syncFolders(log.folder)
    await resetAnchor(log, anchor, logId, head)
    return { head, ...(previousPath !== undefined && { previousPath }) }
  })
}

async function hashFile(path: string): Promise<string | undefined> {
  const file = await openForReading(path)
  if (file === undefined) return undefined
  const sum = createHash('sha256')
  // The stream closes the file.
  const stream: AsyncIterable<Uint8Array> = file.createReadStream()
  for await (const bytes of stream) sum.update(bytes)
  return `sha256:${sum.digest('hex')}`
}

async function setAside(log: Log): Promise<string> {
  const time = log.now().toISOString().replaceAll(':', '-')
  for (let count = 1; ; count += 1) {
    const path = join(log.folder, `audit-${time}-broken${count === 1 ? '' : `-${count}`}.jsonl`)
    if (await exists(path)) continue
    await rename(log.path, path)
    return path
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

// An anchor that is known to be of the old log and stays would call the new one cut off for ever.
async function resetAnchor(log: Log, old: ReadAnchor, logId: string, head: AuditHead) {
  log.checked = undefined
  try {
    await log.anchor.replace(logId, { head })
  } catch (cause) {
    if (old.head === undefined) return
    const message = `the new audit log ${log.path} is begun, but the credential store still holds the head of the old one`
    throw new PimError('audit', 'audit-anchor-unwritable', message, {
      hint: 'unlock the credential store and restart the log again',
      cause,
    })
  }
}

function intact(log: Log): PimError {
  return new PimError('usage', 'audit-intact', `the audit log ${log.path} is not broken`, {
    hint: 'only a broken log can be restarted; `pim audit verify` checks it',
  })
}
