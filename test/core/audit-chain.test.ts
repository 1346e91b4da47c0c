import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hashLine,
  parseRecords,
  sealRecord,
  sealRecovery,
  verifyChain,
} from '../../src/core/audit-chain.ts'
import type { AuditEvent, AuditHead } from '../../src/core/audit.ts'

const time = new Date('2026-03-01T09:00:00Z')
const zeros = `sha256:${'0'.repeat(64)}`
const requested: AuditEvent = {
  event: 'elevation.requested',
  elevationId: 'e1',
  target: 'aws:prod',
}

interface Log {
  /** Every line, without its newline. */
  lines: Buffer[]
  /** For every line, the number of the record that it is or belongs to. */
  seqs: number[]
  head: AuditHead | undefined
}

const emptyLog = (): Log => ({ lines: [], seqs: [], head: undefined })

function addRecord(log: Log, event: AuditEvent): void {
  const { line, head } = sealRecord(event, log.head, time)
  log.lines.push(Buffer.from(line))
  log.seqs.push(head.seq)
  log.head = head
}

/** What a power loss and the append after it leave; `tears` are the parts that got written. */
function addRecovery(log: Log, tears: readonly Buffer[]): void {
  const torn = Buffer.from(tears.map((tear) => tear.toString('latin1')).join('\n'), 'latin1')
  const hash = hashLine(torn)
  const sealed = sealRecovery({ after: log.head, tornBytes: torn.length, hash }, time)
  for (const line of [...tears, Buffer.from(sealed.line)]) {
    log.lines.push(line)
    log.seqs.push(sealed.head.seq)
  }
  log.head = sealed.head
}

function toBytes(lines: readonly Uint8Array[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
}

function logOf(count: number): Log {
  const log = emptyLog()
  for (let at = 1; at <= count; at += 1) addRecord(log, { ...requested, elevationId: `e${at}` })
  return log
}

const anyEvent: fc.Arbitrary<AuditEvent> = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>), fc.string())
  .map(([details, target]) => ({ ...details, event: 'elevation.active', target }))

const anyTear = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean())
  .map(([bytes, isPrefix]) => {
    const half = Buffer.from(sealRecord(requested, undefined, time).line.slice(0, bytes.length))
    return isPrefix ? half : Buffer.from(bytes.map((byte) => (byte === 10 ? 0 : byte)))
  })
  .filter((tear) => !isObject(tear))

const plainLog = fc.array(anyEvent, { minLength: 1, maxLength: 7 }).map((events) => {
  const log = emptyLog()
  for (const event of events) addRecord(log, event)
  return log
})

const anyLog = fc
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
function firstDifference(log: Log, lines: readonly Uint8Array[]): number {
  const at = lines.findIndex((line, index) => !log.lines[index]?.equals(line))
  const index = at === -1 ? lines.length : at
  return log.seqs[index] ?? (log.head?.seq ?? 0) + 1
}

function seqAtByte(log: Log, offset: number): number {
  let end = 0
  const index = log.lines.findIndex((line) => offset < (end += line.length + 1))
  return log.seqs[index]!
}

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
        expect(line).not.toContain('\n')
        expect(parseRecords(toBytes([Buffer.from(line)]))).toHaveLength(1)
      }),
      runs,
    )
  })
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
    { what: 'unreadable', anchor: 'unreadable' as const, found: 'unreadable' },
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

describe('the faults are told apart', () => {
  const log = logOf(5)
  const [one, two, three, four, five] = log.lines as [Buffer, Buffer, Buffer, Buffer, Buffer]
  const changed = (line: Buffer, from: string, to: string) =>
    Buffer.from(line.toString().replace(from, to))
  const junk = Buffer.from('junk')
  const object = Buffer.from('{"some":"object"}')

  test.each([
    ['edited', 3, 'text', [one, two, changed(three, 'aws:prod', 'aws:test'), four, five]],
    ['edited', 3, 'number', [one, two, changed(three, '"seq":3', '"seq":8'), four, five]],
    ['edited', 3, 'link', [one, two, changed(three, '"sha256:', '"sha256:0'), four, five]],
    ['edited', 4, 'before the last', [one, two, three, changed(four, 'aws', 'gcp'), five]],
    ['edited', 3, 'space added', [one, two, Buffer.from(`${three.toString()} `), four, five]],
    ['edited', 3, 'made another object', [one, two, object, four, five]],
    ['deleted', 2, 'one', [one, three, four, five]],
    ['deleted', 1, 'the first', [two, three, four, five]],
    ['deleted', 2, 'several', [one, five]],
    ['inserted', 3, 'a copy', [one, two, one, three, four, five]],
    ['inserted', 3, 'an object', [one, two, object, three, four, five]],
    ['inserted', 6, 'a copy at the end', [one, two, three, four, five, two]],
    ['reordered', 2, 'neighbours', [one, three, two, four, five]],
    ['reordered', 1, 'the first goes last', [two, three, four, five, one]],
    ['reordered', 2, 'the last comes forward', [one, five, two, three, four]],
    ['truncated', 4, 'two fewer', [one, two, three]],
    ['truncated', 1, 'nothing left', []],
    ['rewritten', 5, 'the newest', [one, two, three, four, changed(five, 'aws', 'gcp')]],
    ['malformed', 3, 'junk', [one, two, junk, four, five]],
    ['malformed', 3, 'a blank line', [one, two, Buffer.alloc(0), three, four, five]],
    ['malformed', 3, 'not UTF-8', [one, two, Buffer.from([0xff]), three, four, five]],
    ['malformed', 3, 'an array', [one, two, Buffer.from('[]'), three, four, five]],
    ['malformed', 6, 'junk at the end', [one, two, three, four, five, junk]],
  ] as const)('%s at %d: %s', (reason, firstBadSeq, _what, lines) => {
    const found = verifyChain(toBytes(lines), log.head)
    expect(found).toMatchObject({ ok: false, reason, firstBadSeq, records: firstBadSeq - 1 })
  })

  test('a record that the anchor knows is not blamed for its successor', () => {
    const forged: Log = { lines: [], seqs: [], head: { seq: 3, hash: zeros } }
    addRecord(forged, requested)
    addRecord(forged, requested)
    const lines = [one, two, three, ...forged.lines]
    expect(verifyChain(toBytes(lines), logOf(3).head)).toMatchObject({
      reason: 'edited',
      firstBadSeq: 4,
      anchor: 'behind',
    })
  })

  test('says what it found in one sentence', () => {
    const messageOf = (lines: readonly Buffer[]) => verifyChain(toBytes(lines), log.head).message
    expect(messageOf([one, five])).toBe('records 2 to 4 are missing')
    expect(messageOf([one, two, three])).toBe(
      'the log ends with record 3, but record 5 was written: its end was cut off',
    )
    expect(messageOf([junk])).toBe('the first line is not a record')
  })
})

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
    expect(parseRecords(toBytes(log.lines))[2]).toMatchObject({
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
