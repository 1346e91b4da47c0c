import { describe, expect, test } from 'vitest'
import { readIni } from '../../../../src/providers/aws/ini/ini.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a file that the AWS CLI refuses is refused, with its line', () => {
  test.each([
    ['[profile a]\nb = c\n[profile a]\n', 3, /\[profile a\] is there twice, first in line 1/],
    ['[profile a]\nb = c\n\nB = d\n', 4, /the key b twice, first in line 2/],
    ['\n# x\nb = c\n', 3, /before the first/],
    ['[profile a]\r\nb = c\r\n[profile b\r\n', 3, /neither a \[section\] nor/],
    ['[profile a]\n= c\n', 2, /no key/],
    ['[profile a]\ns3 =\n  x\n', 2, /indented line/],
  ])('%j', (text, line, message) => {
    expect(() => readIni(bytes(text))).toThrow(
      expect.objectContaining({ line, message: expect.stringMatching(message) }),
    )
  })

  test('as is one that is not UTF-8', () => {
    const latin = Buffer.from('[profile a]\nb = c\nd = \xe9\ne = f\n', 'latin1')
    expect(() => readIni(latin)).toThrow(expect.objectContaining({ line: 3 }))
  })
})

test('no value is repeated in a refusal: it may be a secret', () => {
  const lines = [
    'secret',
    '[profile a]\naws_secret_access_key secret',
    '[a]\nk = secret\nk = secret',
  ]
  for (const text of lines) {
    expect(() => readIni(bytes(text))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    )
  }
})

test('every key has its line', () => {
  const { sections } = readIni(bytes('# a\n[profile a]\n\nb = c\n  d\ne = f\n'))
  const [section] = sections
  expect([section?.line, section?.entries.get('b'), section?.entries.get('e')]).toEqual([
    2,
    { line: 4, value: 'c\nd' },
    { line: 6, value: 'f' },
  ])
})
