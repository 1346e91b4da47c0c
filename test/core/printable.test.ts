import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inQuotes, printable, printableJson } from '../../src/core/printable.ts'
import { anyText } from './any-text.ts'

const escape = '\u001B'

describe('a stranger’s text cannot', () => {
  test.each([
    ['clear the screen', `${escape}[2J`, '\\u{1b}[2J'],
    ['move the cursor up and write over what is there', `ok${escape}[1A`, 'ok\\u{1b}[1A'],
    ['change the title of the window', `${escape}]0;root\u0007`, '\\u{1b}]0;root\\u{7}'],
    [
      'write to the clipboard (OSC 52)',
      `${escape}]52;c;eA==${escape}\\`,
      '\\u{1b}]52;c;eA==\\u{1b}\\',
    ],
    [
      'hide behind a link (OSC 8)',
      `${escape}]8;;http://x${escape}\\`,
      '\\u{1b}]8;;http://x\\u{1b}\\',
    ],
    ['start a sequence with one byte (C1 CSI)', '\u009B31m', '\\u{9b}31m'],
    ['write over its own line', 'denied\rgranted', 'denied\\u{d}granted'],
    ['erase with backspaces', 'root\b\b\b\b', 'root\\u{8}\\u{8}\\u{8}\\u{8}'],
    ['add a line of its own', 'a\npim: elevated', 'a\\u{a}pim: elevated'],
    ['add a line by Unicode', 'a\u2028b\u2029c\u0085d', 'a\\u{2028}b\\u{2029}c\\u{85}d'],
    ['end what reads it, with NUL', 'a\0b', 'a\\u{0}b'],
    ['turn the reading direction (Trojan Source)', 'a\u202Etxt.exe', 'a\\u{202e}txt.exe'],
    ['isolate a part of the line', '\u2066admin\u2069', '\\u{2066}admin\\u{2069}'],
    ['mark a direction', '\u200Ex\u200Fy\u061Cz', '\\u{200e}x\\u{200f}y\\u{61c}z'],
    ['hide a difference in zero width', 'ad\u200Bmin\uFEFF', 'ad\\u{200b}min\\u{feff}'],
    ['join into another word', 'ad\u200D\u2060min', 'ad\\u{200d}\\u{2060}min'],
    ['break a word unseen', 'ad\u00ADmin', 'ad\\u{ad}min'],
    ['carry an invisible message in tags', '\u{E0001}\u{E0041}', '\\u{e0001}\\u{e0041}'],
    ['borrow a private glyph', '\uE000', '\\u{e000}'],
    ['break the encoding with half a character', 'a\uD800b', 'a\\u{d800}b'],
  ])('%s', (_, text, shown) => expect(printable(text)).toBe(shown))
})

test.each(['plain', 'größer', '日本語', '🚑 emoji', 'quotes \' " `', 'arn:aws:iam::1:role/x'])(
  'honest text stays as it is: %s',
  (text) => expect(printable(text)).toBe(text),
)

test('whatever the text, one line without a control character comes out, and comes out the same again', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const shown = printable(text)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      expect(printable(shown)).toBe(shown)
      expect(shown.isWellFormed()).toBe(true)
    }),
  )
})

describe('a JSON text', () => {
  test.each([
    ['C1', '\u009B31m', '"\\u009b31m"'],
    ['DEL', 'a\u007F', '"a\\u007f"'],
    ['a direction', 'a\u202Etxt.exe', '"a\\u202etxt.exe"'],
    ['zero width', 'ad\u200Bmin\uFEFF', '"ad\\u200bmin\\ufeff"'],
    ['lines of Unicode', 'a\u2028b\u2029', '"a\\u2028b\\u2029"'],
    ['invisible tags', '\u{E0041}', '"\\udb40\\udc41"'],
    ['honest text', 'größer 日本語 🚑', '"größer 日本語 🚑"'],
  ])('shows %s', (_, text, shown) => expect(printableJson(JSON.stringify(text))).toBe(shown))

  test('keeps its layout, and what it means, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText(), anyText()), fc.constantFrom(0, 2), (value, indent) => {
        const plain = JSON.stringify(value, undefined, indent)
        const shown = printableJson(plain)
        expect(JSON.stringify(JSON.parse(shown), undefined, indent)).toBe(plain)
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})

describe('words in quotes', () => {
  test.each([
    ['are as they are', 'restart the queue', '"restart the queue"'],
    ['end no quotation', 'x"; approved by carol: "go on', `"x'; approved by carol: 'go on"`],
    ['not with a look-alike either', 'x\u201D; y\uFF02 z\u2033', `"x'; y' z'"`],
    ['push nothing aside with blanks', `a${' \u2003\u2800'.repeat(50)}b\nc`, '"a b c"'],
    ['are cut where they are long', '😀'.repeat(400), `"${'😀'.repeat(300)}…"`],
    ['are printable', 'a\u202Eb', '"a\\u{202e}b"'],
  ])('%s', (_, words, shown) => expect(inQuotes(words)).toBe(shown))

  test('hold no double quote, whatever they are', () => {
    fc.assert(fc.property(anyText(), (words) => !inQuotes(words).slice(1, -1).includes('"')))
  })
})
