import { describe, expect, test } from 'vitest'
import { splitCommand } from '../../../../src/providers/aws/source/command-line.ts'

// The right values are those of Python's shlex.split and botocore's _windows_shell_split.
describe('a command line', () => {
  test.each([
    ['', []],
    ['  get-keys  --a\tb\n', ['get-keys', '--a', 'b']],
    ['get --url https://idp/app?id=1&acct=2', ['get', '--url', 'https://idp/app?id=1&acct=2']],
    ['get pa$$word a;b (c) *.x > y # z', 'get pa$$word a;b (c) *.x > y # z'.split(' ')],
    ['get "Bob Smith" it\\ s', ['get', 'Bob Smith', 'it s']],
    [`get a"b c"'d e'f`, ['get', 'ab cd ef']],
    [`get "a\\"b\\\\c\\d" 'e\\f'`, ['get', 'a"b\\c\\d', 'e\\f']],
    [`get "" ''`, ['get', '', '']],
    ['get "a\nb"', ['get', 'a\nb']],
  ])('%j on a POSIX system', (text, words) => {
    expect(splitCommand(text, 'linux')).toEqual(words)
    expect(splitCommand(text, 'darwin')).toEqual(words)
  })

  test.each(['get "a', "get 'a", 'get a\\', `get "a\\"`])('%j has no end', (text) => {
    expect(() => splitCommand(text, 'linux')).toThrow(/closed|backslash/)
  })

  test.each([
    ['', []],
    ['get --a\tb ', ['get', '--a', 'b']],
    ['"C:\\Program Files\\get.exe" x', ['C:\\Program Files\\get.exe', 'x']],
    ['C:\\get.exe a\\\\b', ['C:\\get.exe', 'a\\\\b']],
    ['get "a\\"b" a\\\\"b c"', ['get', 'a"b', 'a\\b c']],
    [`get 'a b'`, ['get', "'a", "b'"]],
    ['get ""', ['get', '']],
    ['get a\\', ['get', 'a\\']],
  ])('%j on Windows', (text, words) => {
    expect(splitCommand(text, 'win32')).toEqual(words)
  })

  test('has an end on Windows too', () => {
    expect(() => splitCommand('get "a b', 'win32')).toThrow('a " is not closed')
  })
})
