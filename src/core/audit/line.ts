import { hash } from 'node:crypto'
import type { AuditHead, AuditRecord } from './audit.ts'

/** One line of the log as it stands in the file; `record` is absent where it is not a record. */
export interface AuditLine {
  readonly bytes: Uint8Array
  readonly start: number
  /** Whether a newline ends it. Only the last line of a file can lack one. */
  readonly closed: boolean
  readonly hash: string
  readonly isObject: boolean
  readonly record: AuditRecord | undefined
}

/** What the first record of a log names as its predecessor. */
export const noHash = `sha256:${'0'.repeat(64)}`

const newline = 0x0a
const hashForm = /^sha256:[0-9a-f]{64}$/

/** The name under which the next record refers to a line: the digest of its bytes, no newline. */
export function hashLine(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`
}

export function splitLines(bytes: Uint8Array): readonly AuditLine[] {
  const lines: AuditLine[] = []
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start)
    lines.push(readLine(bytes, start, end))
    start = end === -1 ? bytes.length : end + 1
  }
  return lines
}

export function headOf(line: AuditLine): AuditHead | undefined {
  return line.record && { seq: line.record.seq, hash: line.hash }
}

function readLine(all: Uint8Array, start: number, end: number): AuditLine {
  const closed = end !== -1
  const bytes = all.subarray(start, closed ? end : all.length)
  const value = parse(bytes)
  const isObject = isPlainObject(value)
  const record = isObject && isRecord(value) ? value : undefined
  return { bytes, start, closed, hash: hashLine(bytes), isObject, record }
}

/** The record in the bytes of one line, or undefined where they are none. */
export function parseRecord(bytes: Uint8Array): AuditRecord | undefined {
  const value = parse(bytes)
  return isPlainObject(value) && isRecord(value) ? value : undefined
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const openingBrace = 0x7b
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parse(bytes: Uint8Array): unknown {
  // Junk is told apart cheaply: a parser's exceptions would take seconds for a file full of it.
  if (bytes[0] !== openingBrace) return undefined
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

function isRecord(value: object): value is AuditRecord {
  const fields: Record<string, unknown> = { ...value }
  const { v, seq, time, event, prev, elevationId, target } = fields
  return (
    v === 1 &&
    typeof seq === 'number' &&
    Number.isSafeInteger(seq) &&
    seq > 0 &&
    typeof time === 'string' &&
    typeof event === 'string' &&
    typeof prev === 'string' &&
    hashForm.test(prev) &&
    (elevationId === undefined || typeof elevationId === 'string') &&
    (target === undefined || typeof target === 'string')
  )
}
