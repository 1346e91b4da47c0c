import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashLine, verifyChain } from '../../../src/core/audit/chain.ts'
import { checkChain } from '../../../src/core/audit/check.ts'
import { anyLog, logOf, toBytes } from './sample-logs.ts'

/** Checks a log in parts that end with a line each, as many lines at a time as told. */
function inParts(bytes: Buffer, sizes: readonly number[], anchor?: { seq: number; hash: string }) {
  const check = checkChain(anchor)
  const lines = bytes.toString('latin1').split(/(?<=\n)/)
  let rest = ''
  for (let at = 0, turn = 0; at < lines.length; turn += 1) {
    const count = sizes[turn % sizes.length] ?? 1
    rest += lines.slice(at, at + count).join('')
    if (check.take(Buffer.from(rest, 'latin1'))) rest = ''
    at += count
  }
  return check.end(Buffer.from(rest, 'latin1'))
}

const anySizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })

test('a log that holds is found to hold in parts as it is as a whole', () => {
  fc.assert(
    fc.property(anyLog, anySizes, fc.nat(), fc.boolean(), (log, sizes, cut, isTorn) => {
      const bytes = toBytes(log.lines)
      const end = isTorn ? bytes.length - 1 - (cut % log.lines.at(-1)!.length) : bytes.length
      const part = bytes.subarray(0, end)
      const whole = verifyChain(part, undefined)
      fc.pre(whole.ok)
      for (const anchor of [undefined, whole.head]) {
        expect(inParts(part, sizes, anchor)).toEqual(verifyChain(part, anchor))
      }
    }),
    { numRuns: 300 },
  )
})

test('whatever is changed is found in parts too', () => {
  fc.assert(
    fc.property(
      anyLog,
      anySizes,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (log, sizes, at, by) => {
        const bytes = toBytes(log.lines)
        const changed = Buffer.from(bytes)
        changed[at % bytes.length] = changed[at % bytes.length]! ^ by
        const isSound = verifyChain(changed, log.head).ok
        expect(inParts(changed, sizes, log.head).ok).toBe(isSound)
      },
    ),
    { numRuns: 300 },
  )
})

test('what was checked before need not be followed again', () => {
  const { lines, head } = logOf(5)
  const from = { seq: 3, hash: hashLine(lines[2]!) }
  const check = checkChain(head, from)
  expect(check.take(toBytes(lines.slice(3)))).toBe(true)
  expect(check.end(Buffer.alloc(0))).toMatchObject({
    ok: true,
    records: 5,
    head,
    anchor: 'matched',
  })
  const other = checkChain(head, { ...from, hash: hashLine(lines[1]!) })
  expect(other.end(toBytes(lines.slice(3)))).toMatchObject({ ok: false, reason: 'edited' })
})

test.each([
  ['cut', 9, 'truncated', 6],
  ['another', 4, 'rewritten', 4],
])('a log that holds and is %s is told from the one that was anchored', (_, seq, reason, bad) => {
  const anchor = { seq, hash: hashLine(Buffer.from('other')) }
  const bytes = toBytes(logOf(5).lines)
  expect(inParts(bytes, [2], anchor)).toEqual(verifyChain(bytes, anchor))
  expect(inParts(bytes, [2], anchor)).toMatchObject({ ok: false, reason, firstBadSeq: bad })
})
