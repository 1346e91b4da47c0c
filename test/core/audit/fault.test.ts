import { describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/core/audit/chain.ts'
import { zeros, requested, type Log, addRecord, toBytes, logOf } from './sample-logs.ts'

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
