import fc from 'fast-check'
import { hashLine, sealRecord, sealRecovery } from '../../../src/core/audit/chain.ts'
import type { AuditEvent, AuditHead } from '../../../src/core/audit/audit.ts'

export const time = new Date('2026-03-01T09:00:00Z')
export const zeros = `sha256:${'0'.repeat(64)}`
export const requested: AuditEvent = {
  event: 'elevation.requested',
  elevationId: 'e1',
  target: 'aws:prod',
}

export interface Log {
  /** Every line, without its newline. */
  lines: Buffer[]
  /** For every line, the number of the record that it is or belongs to. */
  seqs: number[]
  head: AuditHead | undefined
}

export const emptyLog = (): Log => ({ lines: [], seqs: [], head: undefined })

export function addRecord(log: Log, event: AuditEvent): void {
  const { line, head } = sealRecord(event, log.head, time)
  log.lines.push(Buffer.from(line))
  log.seqs.push(head.seq)
  log.head = head
}

/** What a power loss and the append after it leave; `tears` are the parts that got written. */
export function addRecovery(log: Log, tears: readonly Buffer[]): void {
  const torn = Buffer.from(tears.map((tear) => tear.toString('latin1')).join('\n'), 'latin1')
  const hash = hashLine(torn)
  const sealed = sealRecovery({ after: log.head, tornBytes: torn.length, hash }, time)
  for (const line of [...tears, Buffer.from(sealed.line)]) {
    log.lines.push(line)
    log.seqs.push(sealed.head.seq)
  }
  log.head = sealed.head
}

export function toBytes(lines: readonly Uint8Array[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
}

export function logOf(count: number): Log {
  const log = emptyLog()
  for (let at = 1; at <= count; at += 1) addRecord(log, { ...requested, elevationId: `e${at}` })
  return log
}

export const anyEvent: fc.Arbitrary<AuditEvent> = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>), fc.string())
  .map(([details, target]) => ({ ...details, event: 'elevation.active', target }))

export const anyTear = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean())
  .map(([bytes, isPrefix]) => {
    const half = Buffer.from(sealRecord(requested, undefined, time).line.slice(0, bytes.length))
    return isPrefix ? half : Buffer.from(bytes.map((byte) => (byte === 10 ? 0 : byte)))
  })
  .filter((tear) => !isObject(tear))

export const plainLog = fc.array(anyEvent, { minLength: 1, maxLength: 7 }).map((events) => {
  const log = emptyLog()
  for (const event of events) addRecord(log, event)
  return log
})

export const anyLog = fc
  .array(fc.oneof({ arbitrary: anyEvent, weight: 3 }, { arbitrary: anyTear, weight: 1 }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((parts) => {
    const log = emptyLog()
    for (const part of parts) {
      if (Buffer.isBuffer(part)) addRecovery(log, [part])
      else addRecord(log, part as AuditEvent)
    }
    return log
  })

function isObject(bytes: Buffer): boolean {
  try {
    return typeof JSON.parse(bytes.toString()) === 'object'
  } catch {
    return false
  }
}

/** The record at which a changed sequence of lines first departs from what was written. */
export function firstDifference(log: Log, lines: readonly Uint8Array[]): number {
  const at = lines.findIndex((line, index) => !log.lines[index]?.equals(line))
  const index = at === -1 ? lines.length : at
  return log.seqs[index] ?? (log.head?.seq ?? 0) + 1
}

export function seqAtByte(log: Log, offset: number): number {
  let end = 0
  const index = log.lines.findIndex((line) => offset < (end += line.length + 1))
  return log.seqs[index]!
}
