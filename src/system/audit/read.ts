import type { FileHandle } from 'node:fs/promises'
import type { AuditReading, AuditRecord } from '../../core/audit/audit.ts'
import { parseRecord, splitLines } from '../../core/audit/line.ts'
import { printableJson } from '../../core/printable.ts'
import { openForReading } from './folder.ts'

const chunkSize = 1024 * 1024
const newline = 0x0a

/** Reads records of the log as it is now; what is appended meanwhile is left out. */
export async function* readRecords(
  path: string,
  reading: AuditReading = {},
): AsyncGenerator<AuditRecord> {
  const file = await openForReading(path)
  if (file === undefined) return
  try {
    const { size } = await file.stat()
    const select = selection(reading)
    if (reading.order === 'newest-first') yield* fromTheEnd(file, size, reading.limit, select)
    else yield* fromTheStart(file, await firstOfNewest(file, size, reading, select), size, select)
  } finally {
    await file.close()
  }
}

type Select = (line: Buffer) => AuditRecord | undefined

function selection({ mentioning, isWanted }: AuditReading): Select {
  const texts = mentioning?.map((text) => printableJson(JSON.stringify(text)).slice(1, -1))
  return (line) => {
    if (texts?.some((text) => line.includes(text)) === false) return undefined
    const record = parseRecord(line)
    return record !== undefined && (isWanted?.(record) ?? true) ? record : undefined
  }
}

async function* fromTheStart(file: FileHandle, start: number, size: number, select: Select) {
  for await (const bytes of wholeLines(file, start, size)) {
    for (let from = 0; from < bytes.length;) {
      const end = bytes.indexOf(newline, from)
      const record = select(bytes.subarray(from, end))
      if (record !== undefined) yield record
      from = end + 1
    }
  }
}

async function* fromTheEnd(
  file: FileHandle,
  size: number,
  limit: number | undefined,
  select: Select,
) {
  let left = limit ?? Number.POSITIVE_INFINITY
  for await (const { bytes } of linesFromTheEnd(file, size)) {
    if (left === 0) return
    const record = select(bytes)
    if (record === undefined) continue
    left -= 1
    yield record
  }
}

/** Where the oldest of the newest so many records begins, so that none of them need be held. */
async function firstOfNewest(
  file: FileHandle,
  size: number,
  { limit }: AuditReading,
  select: Select,
): Promise<number> {
  if (limit === undefined) return 0
  let left = limit
  for await (const { bytes, start } of linesFromTheEnd(file, size)) {
    if (select(bytes) === undefined) continue
    left -= 1
    if (left === 0) return start
  }
  return 0
}

/** Parts of the file that end with a newline; what stands behind the last one is left out. */
export async function* wholeLines(
  file: FileHandle,
  start: number,
  size: number,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for (let from = start; from < size;) {
    // A line that is longer than a part is read in ever larger ones, not joined byte by byte.
    const to = Math.min(size, from + Math.max(chunkSize, rest.length))
    const bytes = Buffer.concat([rest, await readBytes(file, from, to)])
    const end = bytes.lastIndexOf(newline) + 1
    if (end > 0) yield bytes.subarray(0, end)
    rest = bytes.subarray(end)
    from = to
  }
}

interface FoundLine {
  readonly bytes: Buffer
  readonly start: number
}

/** Every whole line without its newline, the last one first. */
async function* linesFromTheEnd(file: FileHandle, size: number): AsyncGenerator<FoundLine> {
  let rest: Buffer = Buffer.alloc(0)
  let isWhole = false
  for (let to = size; to > 0;) {
    const from = Math.max(0, to - Math.max(chunkSize / 16, rest.length))
    const bytes = Buffer.concat([await readBytes(file, from, to), rest])
    let end = bytes.length
    for (;;) {
      const before = end === 0 ? -1 : bytes.lastIndexOf(newline, end - 1)
      if (before === -1) break
      if (isWhole) yield { bytes: bytes.subarray(before + 1, end), start: from + before + 1 }
      isWhole = true
      end = before
    }
    rest = bytes.subarray(0, end)
    to = from
  }
  if (isWhole) yield { bytes: rest, start: 0 }
}

/** As much as a first record with a torn line before it takes. */
const beginning = 1024 * 1024

/** The record that the log begins with, or undefined where it has none yet. */
export async function readFirstRecord(
  file: FileHandle,
  size: number,
): Promise<AuditRecord | undefined> {
  for (let length = Math.min(size, 4096); ; length = Math.min(size, length * 8)) {
    const lines = splitLines(await readBytes(file, 0, length))
    const first = lines.find(({ record }) => record !== undefined)
    if (first !== undefined) return first.record
    if (length === size || length >= beginning) return undefined
  }
}

/** Exactly these bytes of a file. */
export async function readBytes(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from)
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled)
    if (bytesRead === 0) throw new Error('the file became shorter while it was read')
    filled += bytesRead
  }
  return bytes
}
