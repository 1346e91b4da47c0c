import type { FileHandle } from 'node:fs/promises'
import type { AuditHead } from '../../core/audit/audit.ts'
import { followChain, type FollowedChain } from '../../core/audit/chain.ts'
import { headOf, splitLines } from '../../core/audit/line.ts'
import { readBytes } from './read.ts'

/** The end of a log: its newest record, and what an interrupted append or a stranger left behind it. */
export interface LogEnd extends Pick<FollowedChain, 'unfinished' | 'fault'> {
  readonly head: AuditHead | undefined
}

/** Reads a log from its end back to the newest record, which as a rule is its last line. */
export async function readEnd(file: FileHandle, size: number): Promise<LogEnd> {
  let start = size
  let head: AuditHead | undefined
  while (start > 0 && head === undefined) {
    const lineStart = await findLineStart(file, start)
    const [line] = splitLines(await readBytes(file, lineStart, start))
    if (line?.closed) head = headOf(line)
    if (head === undefined) start = lineStart
  }
  const { unfinished, fault } = followChain(await readBytes(file, start, size), head)
  return { head, unfinished, fault }
}

const blockSize = 4096
const newline = 0x0a

// The byte before `end` may be the line's own newline, so the search begins in front of it.
async function findLineStart(file: FileHandle, end: number): Promise<number> {
  for (let to = end - 1; to > 0; to -= blockSize) {
    const from = Math.max(0, to - blockSize)
    const at = (await readBytes(file, from, to)).lastIndexOf(newline)
    if (at !== -1) return from + at + 1
  }
  return 0
}
