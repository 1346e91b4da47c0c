import { shellWords } from '../ini/shell-words.ts'

/**
 * The words of a command line, as botocore splits it before it starts a `credential_process`: as Python's
 * `shlex` does, and as a C program's arguments on Windows. Nothing stands for anything but itself: no
 * variables, no operators, no comments. Throws `Error` for a quote without an end.
 */
export function splitCommand(text: string, platform: NodeJS.Platform): readonly string[] {
  return platform === 'win32' ? splitForWindows(text) : shellWords(text)
}

const windowsPart = /(\\*)(?:(")|([ \t])|([^\\" \t]|$))/g

function splitForWindows(text: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let isQuoted = false
  for (const [part, slashes = '', quote, blank, other = ''] of text.matchAll(windowsPart)) {
    if (part === '') continue
    if (quote !== undefined) {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes.length / 2))
      if (slashes.length % 2 === 1) word += '"'
      else isQuoted = !isQuoted
    } else if (blank !== undefined && !isQuoted) {
      if (slashes !== '') word = (word ?? '') + slashes
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + slashes + (blank ?? other)
    }
  }
  if (isQuoted) throw new Error('a " is not closed')
  return word === undefined ? words : [...words, word]
}
