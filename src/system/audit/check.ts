import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { verifyChain } from '../../core/audit/chain.ts'
import { checkChain, type ChainCheck } from '../../core/audit/check.ts'
import type { AuditVerification } from '../../core/audit/audit.ts'
import { PimError } from '../../core/errors.ts'
import { readAnchorOfFolder, type CheckedPart, type ReadAnchor } from './anchor.ts'
import { openForReading } from './folder.ts'
import { readBytes, wholeLines } from './read.ts'
import { inTurn, readLogId, type Log } from './write-lock.ts'

/** What a check found, and how much of the file holds. */
export interface FileCheck {
  readonly found: AuditVerification
  readonly checked?: CheckedPart
  readonly anchor: ReadAnchor
}

type Extent = 'whole' | 'since the last check'

/**
 * Reads beside whoever appends, and keeps nobody waiting. What looks broken or unfinished may be a record
 * that is just being written, so it is looked at again while nobody writes.
 */
export async function check(log: Log, extent: Extent = 'whole'): Promise<FileCheck> {
  const first = await checkNow(log, extent)
  if (first.found.ok && first.found.message === undefined) return first
  try {
    return await inTurn(log, () => checkNow(log, extent))
  } catch (error) {
    // No folder yet, or one that cannot be written to: then nobody is writing to the log either.
    if (error instanceof PimError && error.code === 'lock-unusable') return first
    throw error
  }
}

/** The anchor is read first: of the two, the file may then only be ahead. */
export async function checkNow(log: Log, extent: Extent = 'whole'): Promise<FileCheck> {
  const file = await openForReading(log.path)
  if (file === undefined) {
    const alone = await readAnchorOfFolder(log.anchor, log.folder, undefined)
    return withAnchor(alone, { found: verifyChain(new Uint8Array(), alone.head) })
  }
  await using _closed = file
  const logId = await readLogId(file, (await file.stat()).size)
  const anchor = await readAnchorOfFolder(log.anchor, log.folder, logId)
  return withAnchor(
    anchor,
    await checkFile(file, anchor, extent === 'whole' ? undefined : anchor.checked),
  )
}

function withAnchor(anchor: ReadAnchor, check: Omit<FileCheck, 'anchor'>): FileCheck {
  const { state, problem } = anchor
  if (state === 'read') return { ...check, anchor }
  const found: AuditVerification = {
    ...check.found,
    anchor: state,
    ...(problem !== undefined && { anchorProblem: problem }),
  }
  return { ...check, found, anchor }
}

/** A log of this size is held in memory to tell what befell it; of a longer one less is told. */
const largestWhole = 256 * 1024 * 1024

/**
 * Checks a log against itself and its anchor, a part at a time. `trusted` is its beginning as it was
 * checked before: where the file still begins with the same bytes, the chain is followed from there.
 */
async function checkFile(
  file: FileHandle,
  anchor: ReadAnchor,
  trusted?: CheckedPart,
): Promise<Omit<FileCheck, 'anchor'>> {
  const { size } = await file.stat()
  const digest = createHash('sha256')
  const beginning =
    trusted && (await isUnchanged(file, size, trusted, digest)) ? trusted : undefined
  const sum = beginning === undefined ? createHash('sha256') : digest
  const check = checkChain(anchor.head, beginning?.head)
  const start = beginning?.bytes ?? 0
  const { rest, taken, isCutShort } = await takeAll(file, { start, size }, check, sum)
  const head = check.head()
  // Its end as it is now, behind the last newline too.
  const end = isCutShort ? rest : await readBytes(file, taken, size)
  const found = check.end(end)
  if (!found.ok && size <= largestWhole) {
    return { found: verifyChain(await readBytes(file, 0, size), anchor.head) }
  }
  if (!found.ok || head === undefined || taken === 0) return { found }
  return { found, checked: { bytes: taken, digest: `sha256:${sum.digest('hex')}`, head } }
}

interface TakenLines {
  readonly taken: number
  /** Lines that do not hold, as far as they were read. */
  readonly rest: Buffer
  readonly isCutShort: boolean
}

/** Feeds the lines to the check, and what holds to the sum. */
async function takeAll(
  file: FileHandle,
  { start, size }: { readonly start: number; readonly size: number },
  check: ChainCheck,
  sum: Hash,
): Promise<TakenLines> {
  let rest: Buffer = Buffer.alloc(0)
  let taken = start
  for await (const lines of wholeLines(file, start, size)) {
    // What did not hold may do with what follows; what still does not is a fault, however much follows.
    const bytes = rest.length === 0 ? lines : Buffer.concat([rest, lines])
    if (check.take(bytes)) {
      sum.update(bytes)
      taken += bytes.length
      rest = Buffer.alloc(0)
    } else if (rest.length > 0) return { rest: bytes, taken, isCutShort: true }
    else rest = bytes
  }
  return { rest, taken, isCutShort: false }
}

async function isUnchanged(
  file: FileHandle,
  size: number,
  { bytes, digest }: CheckedPart,
  sum: Hash,
): Promise<boolean> {
  if (bytes > size) return false
  for (let from = 0; from < bytes; from += partSize) {
    sum.update(await readBytes(file, from, Math.min(bytes, from + partSize)))
  }
  return `sha256:${sum.copy().digest('hex')}` === digest
}

const partSize = 1024 * 1024
