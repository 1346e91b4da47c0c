import { createHash } from 'node:crypto'
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
  zeros,
  requested,
  emptyLog,
  addRecord,
  toBytes,
  logOf,
  anyEvent,
  plainLog,
  anyLog,
  firstDifference,
  seqAtByte,
} from './sample-logs.ts'

const runs = { numRuns: 150 }

describe('sealing', () => {
  test('numbers, times and chains a record, with the link as its last key', () => {
    const first = sealRecord(
      { ...requested, justification: 'why', left: undefined },
      undefined,
      time,
    )
    expect(first.line).toBe(
      `{"v":1,"seq":1,"time":"2026-03-01T09:00:00.000Z","event":"elevation.requested","elevationId":"e1","target":"aws:prod","justification":"why","prev":"${zeros}"}`,
    )
    const digest = createHash('sha256').update(first.line).digest('hex')
    expect(first.head).toEqual({ seq: 1, hash: `sha256:${digest}` })
    const second = sealRecord({ event: 'command.started' }, first.head, time)
    expect(JSON.parse(second.line)).toMatchObject({ seq: 2, prev: first.head.hash })
  })

  test('lets no detail take the place of a number, a time or a link', () => {
    const event = { ...requested, v: 9, seq: 77, time: 'never', prev: 'none', 7: 'seven' }
    const { line } = sealRecord(event, undefined, time)
    expect(Object.entries(JSON.parse(line))).toContainEqual(['seq', 1])
    expect(line).toMatch(/^\{"v":1,"seq":1,"time":"2026-03-01T09:00:00.000Z",/)
    expect(line).toMatch(/"7":"seven","prev":"sha256:0+"\}$/)
  })

  test('keeps every event on one line and readable', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { line } = sealRecord(event, undefined, time)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(readableRecords(splitLines(toBytes([Buffer.from(line)])))).toHaveLength(1)
      }),
      runs,
    )
  })
})

test('a log that an earlier pim wrote, with such characters as they are, holds', () => {
  const { line } = sealRecord({ ...requested, justification: 'a b' }, undefined, time)
  const raw = Buffer.from(line.replace('a b', 'a\u009B\u2028\u202Eb'))
  const next = sealRecord({ event: 'command.started' }, { seq: 1, hash: hashLine(raw) }, time)
  const verification = verifyChain(toBytes([raw, Buffer.from(next.line)]), next.head)
  expect(verification).toMatchObject({ ok: true, records: 2, anchor: 'matched' })
})

describe('a log that nobody touched', () => {
  test('holds, torn lines and all', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        expect(verifyChain(toBytes(log.lines), log.head)).toMatchObject({
          ok: true,
          records: log.head?.seq,
          head: log.head,
          anchor: 'matched',
        })
      }),
      runs,
    )
  })

  test('holds when it is empty', () => {
    expect(verifyChain(new Uint8Array(), undefined)).toEqual({
      ok: true,
      records: 0,
      anchor: 'absent',
      unknownOutcome: [],
    })
  })

  test.each([
    { what: 'behind', anchor: logOf(2).head, found: 'behind' },
    { what: 'absent', anchor: undefined, found: 'absent' },
  ])('holds with an anchor that is $what', ({ anchor, found }) => {
    const verification = verifyChain(toBytes(logOf(3).lines), anchor)
    expect(verification).toMatchObject({ ok: true, records: 3, anchor: found })
  })

  test('names the elevations whose outcome is not on record', () => {
    const log = emptyLog()
    for (const elevationId of ['done', 'failed', 'denied', 'lost']) {
      addRecord(log, { ...requested, elevationId })
    }
    addRecord(log, { event: 'elevation.active', elevationId: 'done' })
    addRecord(log, { event: 'elevation.failed', elevationId: 'failed' })
    addRecord(log, { event: 'elevation.denied' as 'elevation.failed', elevationId: 'denied' })
    addRecord(log, { event: 'command.started', elevationId: 'lost' })
    expect(verifyChain(toBytes(log.lines), log.head).unknownOutcome).toEqual(['lost'])
  })
})

describe('tampering is found, and its place is named', () => {
  test('when any one byte is changed', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), fc.integer({ min: 1, max: 255 }), (log, where, flip) => {
        const bytes = toBytes(log.lines)
        const offset = where % bytes.length
        bytes[offset]! ^= flip
        const found = verifyChain(bytes, log.head)
        expect(found).toMatchObject({ ok: false, firstBadSeq: seqAtByte(log, offset) })
        expect(found.records).toBe(found.firstBadSeq! - 1)
      }),
      { numRuns: 1000 },
    )
  })

  test('when the end is cut off at any byte', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), (log, where) => {
        const bytes = toBytes(log.lines)
        const end = where % bytes.length
        const found = verifyChain(bytes.subarray(0, end), log.head)
        expect(found).toMatchObject({ ok: false, firstBadSeq: seqAtByte(log, end) })
      }),
      { numRuns: 400 },
    )
  })

  test('when lines are deleted', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), fc.nat({ max: 3 }), (log, where, more) => {
        const from = where % log.lines.length
        const lines = log.lines.toSpliced(from, 1 + more)
        const found = verifyChain(toBytes(lines), log.head)
        expect(found).toMatchObject({ ok: false, firstBadSeq: firstDifference(log, lines) })
      }),
      { numRuns: 400 },
    )
  })

  test('when two lines are swapped', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), fc.nat(), (log, one, other) => {
        const lines = [...log.lines]
        const [i, j] = [one % lines.length, other % lines.length]
        fc.pre(!log.lines[i]!.equals(log.lines[j]!))
        ;[lines[i], lines[j]] = [lines[j]!, lines[i]!]
        const found = verifyChain(toBytes(lines), log.head)
        expect(found).toMatchObject({ ok: false, firstBadSeq: firstDifference(log, lines) })
      }),
      { numRuns: 400 },
    )
  })

  test('when a line is copied to another place', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), fc.nat(), (log, which, where) => {
        const copy = log.lines[which % log.lines.length]!
        const lines = log.lines.toSpliced(where % (log.lines.length + 1), 0, copy)
        const found = verifyChain(toBytes(lines), log.head)
        expect(found).toMatchObject({ ok: false, firstBadSeq: firstDifference(log, lines) })
      }),
      { numRuns: 400 },
    )
  })

  test('when a record is forged between two, with number and link in order or not', () => {
    const anyPlace = fc.record({ where: fc.nat(), seqShift: fc.integer({ min: -2, max: 9 }) })
    fc.assert(
      fc.property(anyLog, anyPlace, fc.boolean(), (log, { where, seqShift }, isLinked) => {
        const at = where % log.lines.length
        const before = verifyChain(toBytes(log.lines.slice(0, at)), undefined).head
        const seq = Math.max(0, (before?.seq ?? 0) + seqShift)
        const hash = isLinked ? (before?.hash ?? zeros) : hashLine(Buffer.from('elsewhere'))
        const forged = Buffer.from(sealRecord(requested, { seq, hash }, new Date(0)).line)
        const lines = log.lines.toSpliced(at, 0, forged)
        const found = verifyChain(toBytes(lines), log.head)
        expect(found).toMatchObject({ ok: false, firstBadSeq: firstDifference(log, lines) })
      }),
      { numRuns: 400 },
    )
  })

  test('when any run of bytes is replaced', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), fc.nat({ max: 300 }), fc.uint8Array(), (log, at, n, put) => {
        const bytes = toBytes(log.lines)
        const from = at % bytes.length
        const parts = [bytes.subarray(0, from), put, bytes.subarray(from + n)]
        const changed = Buffer.concat(parts)
        // Only bytes behind the last newline can be what a power loss left.
        fc.pre(!changed.subarray(0, bytes.length).equals(bytes))
        expect(verifyChain(changed, log.head).ok).toBe(false)
      }),
      { numRuns: 400 },
    )
  })

  test('when the log is written anew from any record on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (count, where) => {
        const log = logOf(count)
        const forged = logOf(where % count)
        while ((forged.head?.seq ?? 0) < count) addRecord(forged, { event: 'command.finished' })
        expect(verifyChain(toBytes(forged.lines), log.head)).toMatchObject({
          ok: false,
          reason: 'rewritten',
          firstBadSeq: count,
          anchor: 'mismatch',
        })
      }),
    )
  })

  test('even without an anchor, wherever another record follows', () => {
    fc.assert(
      fc.property(plainLog, fc.nat(), fc.integer({ min: 1, max: 255 }), (log, where, flip) => {
        fc.pre(log.lines.length > 2)
        const bytes = toBytes(log.lines)
        const offset = where % toBytes(log.lines.slice(0, -1)).length
        bytes[offset]! ^= flip
        expect(verifyChain(bytes, undefined).ok).toBe(false)
      }),
      runs,
    )
  })
})
