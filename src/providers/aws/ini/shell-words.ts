const blanks = ' \t\r\n'

/**
 * The words of a text as Python's `shlex.split` finds them, by which botocore reads command lines and the
 * names of sections. Throws `Error` where a quotation has no end.
 */
export function shellWords(text: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    const isEscape = character === '\\' && quote !== "'"
    if (isEscape) {
      at += 1
      if (at >= text.length) throw new Error('a backslash ends it')
      word = (word ?? '') + escaped(text.charAt(at), quote)
    } else if (quote !== '') {
      if (character === quote) quote = ''
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (!blanks.includes(character)) word = (word ?? '') + character
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  if (quote !== '') throw new Error(`a ${quote} is not closed`)
  return word === undefined ? words : [...words, word]
}

/** Between double quotes, a backslash means itself unless it stands before one of the two. */
function escaped(character: string, quote: string): string {
  return quote === '' || character === quote || character === '\\' ? character : `\\${character}`
}
