const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * A stranger's text, safe for a terminal and for one line: control characters, escape sequences,
 * bidirectional overrides, zero-width characters and lone surrogates are shown as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(unseen, (character) => {
    const codePoint = character.codePointAt(0) ?? 0
    return `\\u{${codePoint.toString(16)}}`
  })
}

/**
 * A JSON text that parses to the same, with the same characters shown as `\uXXXX`: JSON itself leaves
 * most of them as they are, and whoever looks at the text would be deceived by them.
 */
export function printableJson(json: string): string {
  return json.replace(unseen, (character) => (isLayout(character) ? character : escaped(character)))
}

/** Within strings JSON escapes these itself; what is left stands between the members. */
function isLayout(character: string): boolean {
  return character < ' '
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16)
    return `\\u${unit.padStart(4, '0')}`
  }).join('')
}

/** A word as it is typed into a POSIX shell: a name may hold blanks, and a stranger's whatever they like. */
export function typed(word: string): string {
  const text = printable(word)
  if (/^[\p{L}\p{N}@%+=:,./_-]+$/u.test(text)) return text
  return /["$`\\!]/.test(text) ? quoted(text) : `"${text}"`
}

/** A word for a POSIX shell, in which nothing is ever run, whatever it holds. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Every sign that may look like the end of a quotation. */
const doubleQuotes = /["\u00ab\u00bb\u201c-\u201f\u2033\u2036\u275d\u275e\u301d-\u301f\uff02]/gu

const longestQuotation = 300

/**
 * A stranger's words within double quotes, on one line, and cut where they are long. They hold no double
 * quotes of their own and no blanks in a row, so that none of them can pass for what pim says.
 */
export function inQuotes(words: string): string {
  const line = printable(words.replace(/[\s\u2800]+/gu, ' ').trim()).replace(doubleQuotes, "'")
  const characters = Array.from(line)
  const isLong = characters.length > longestQuotation
  return `"${isLong ? `${characters.slice(0, longestQuotation).join('')}…` : line}"`
}
