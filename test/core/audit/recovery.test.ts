import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hashLine,
  readableRecords,
  sealRecord,
  verifyChain,
} from '../../../src/core/audit/chain.ts'
import { splitLines } from '../../../src/core/audit/line.ts'
import {
  time,
  requested,
  type Log,
  addRecord,
  addRecovery,
  toBytes,
  logOf,
  anyTear,
} from './sample-logs.ts'

const runs = { numRuns: 150 }

describe('a torn line', () => {
  const torn = Buffer.from('{"v":1,"seq":3,"ti')
  const recovered = () => {
    const log = logOf(2)
    addRecovery(log, [torn])
    addRecord(log, requested)
    return log
  }

  test.each([
    ['half a record', torn],
    ['zeros', Buffer.alloc(500)],
    [
      'a whole record but for its newline',
      Buffer.from(sealRecord(requested, logOf(2).head, time).line),
    ],
  ])('at the end is no fault: %s', (_what, tail) => {
    const log = logOf(2)
    const found = verifyChain(Buffer.concat([toBytes(log.lines), tail]), log.head)
    expect(found).toMatchObject({ ok: true, records: 2, head: log.head, anchor: 'matched' })
    expect(found.message).toMatch(/the last line is unfinished/)
  })

  test('at the end hides no cut: the anchor is ahead', () => {
    const bytes = toBytes(logOf(3).lines)
    const found = verifyChain(bytes.subarray(0, -1), logOf(3).head)
    expect(found).toMatchObject({ ok: false, reason: 'truncated', firstBadSeq: 3 })
  })

  test('at the end that is a record of another chain is a fault', () => {
    const alien = Buffer.from(sealRecord(requested, logOf(7).head, time).line)
    const found = verifyChain(Buffer.concat([toBytes(logOf(2).lines), alien]), undefined)
    expect(found).toMatchObject({ ok: false, firstBadSeq: 3 })
  })

  test('passes when the very next line is the record of its recovery', () => {
    const log = recovered()
    expect(verifyChain(toBytes(log.lines), log.head)).toMatchObject({ ok: true, records: 4 })
    expect(readableRecords(splitLines(toBytes(log.lines)))[2]).toMatchObject({
      event: 'audit.recovered',
      seq: 3,
      prev: hashLine(torn),
      tornBytes: torn.length,
      afterSeq: 2,
      afterHash: logOf(2).head?.hash,
    })
  })

  test('passes with the beginnings of recoveries that were cut off in their turn', () => {
    const log = logOf(2)
    addRecovery(log, [torn, Buffer.from('{"v":1,"seq":3,"time":"2026-03'), Buffer.from('{"v"')])
    expect(verifyChain(toBytes(log.lines), log.head)).toMatchObject({ ok: true, records: 3 })
  })

  test.each([
    ['other junk follows it', (log: Log) => log.lines.toSpliced(3, 0, Buffer.from('junk'))],
    ['another record follows it', (log: Log) => log.lines.toSpliced(3, 1)],
    ['nothing follows it', (log: Log) => log.lines.slice(0, 3)],
    ['its recovery is of another line', (log: Log) => log.lines.with(2, Buffer.from('{"v":2'))],
  ])('does not pass when %s', (_what, change) => {
    const found = verifyChain(toBytes(change(recovered())), undefined)
    expect(found).toMatchObject({ ok: false, reason: 'malformed', firstBadSeq: 3 })
  })

  test('is missed when it is deleted', () => {
    const log = recovered()
    const found = verifyChain(toBytes(log.lines.toSpliced(2, 1)), log.head)
    expect(found).toMatchObject({ ok: false, reason: 'deleted', firstBadSeq: 3 })
  })

  test('lets no junk in: two lines of it behind one recovery are a fault', () => {
    fc.assert(
      fc.property(anyTear, anyTear, (one, other) => {
        fc.pre(!'{"v":1,"seq":3,"time":"'.startsWith(other.toString('latin1')))
        const log = logOf(2)
        addRecovery(log, [one, other])
        expect(verifyChain(toBytes(log.lines), log.head).ok).toBe(false)
      }),
      runs,
    )
  })
})
