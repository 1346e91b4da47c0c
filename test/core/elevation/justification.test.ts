import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import {
  formatTicket,
  parseJustification,
  parseTicket,
} from '../../../src/core/elevation/justification.ts'
import { anyText } from '../any-text.ts'

describe('a justification', () => {
  test.each([
    ['restart the queue', 'restart the queue'],
    ['  restart\n\tthe   queue\r\n', 'restart the queue'],
    ['a\u00A0b\u2028c\u2029d', 'a b c d'],
    ['größer 日本語 🚑', 'größer 日本語 🚑'],
    ['x'.repeat(500), 'x'.repeat(500)],
  ])('%j is kept as %j', (text, kept) => expect(parseJustification(text)).toBe(kept))

  test.each([
    ['nothing', '', 'empty-justification'],
    ['white space', ' \t\r\n\u00A0\u3000\uFEFF', 'empty-justification'],
    ['zero-width characters', '\u200B\u200D\u2060', 'empty-justification'],
    ['a Hangul filler', '\u3164', 'empty-justification'],
    ['an escape sequence', 'ok\u001B[2J', 'invalid-justification'],
    ['a NUL', 'ok\u0000', 'invalid-justification'],
    ['a backspace', 'root\b\b\b\bnobody', 'invalid-justification'],
    ['a C1 control', 'ok\u009B31m', 'invalid-justification'],
    ['half a surrogate pair', 'ok\uD800', 'invalid-justification'],
    ['too many characters', 'x'.repeat(501), 'long-justification'],
  ])('of %s is refused', (_, text, code) => {
    expect(() => parseJustification(text)).toThrow(
      expect.objectContaining({ code, exitCode: 2, hint: expect.any(String) }),
    )
  })

  test('is one line without controls, and reads the same a second time', () => {
    fc.assert(
      fc.property(anyText(600), (text) => {
        let kept: string
        try {
          kept = parseJustification(text)
        } catch (error) {
          expect(error).toBeInstanceOf(PimError)
          return
        }
        expect(kept).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(kept.length).toBeGreaterThan(0)
        expect(parseJustification(kept)).toBe(kept)
      }),
    )
  })
})

describe('a ticket', () => {
  test.each([
    ['OPS-1', { number: 'OPS-1' }],
    ['JIRA:OPS-1', { system: 'JIRA', number: 'OPS-1' }],
    ['Service Now:INC0012345', { system: 'Service Now', number: 'INC0012345' }],
    ['github:org/repo#12', { system: 'github', number: 'org/repo#12' }],
    [' 42 ', { number: '42' }],
    ['OPS-1\n', { number: 'OPS-1' }],
  ])('%j is read', (text, ticket) => expect(parseTicket(text)).toEqual(ticket))

  test.each(['', ':', 'JIRA:', ':1', 'a b', 'x:y:z', 'OPS 1', '1;rm', '1\u001B', "1'"])(
    '%j is refused',
    (text) => {
      expect(() => parseTicket(text)).toThrow(
        expect.objectContaining({ code: 'invalid-ticket', exitCode: 2 }),
      )
    },
  )

  test('reads what it wrote', () => {
    const part = fc.stringMatching(/^[\w-]{1,20}$/)
    fc.assert(
      fc.property(fc.option(part, { nil: undefined }), part, (system, number) => {
        const ticket = { ...(system !== undefined && { system }), number }
        expect(parseTicket(formatTicket(ticket))).toEqual(ticket)
      }),
    )
  })
})
