/** What Python takes for a blank, which is not quite what JavaScript does. */
const blanks =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

const start = new RegExp(`^[${blanks}]+`)
const blank = new RegExp(`^[${blanks}]`)

/** `str.strip()` */
export function strip(text: string): string {
  return stripEnd(text.replace(start, ''))
}

/** `str.rstrip()` */
export function stripEnd(text: string): string {
  // A search from the front would take quadratic time over a long run of blanks.
  let length = text.length
  while (length > 0 && blank.test(text.charAt(length - 1))) length -= 1
  return text.slice(0, length)
}

export function isBlank(character: string): boolean {
  return blank.test(character)
}

const ends = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029'
const lineEnd = new RegExp(`[${ends}]`)

/** `str.splitlines()`, with an empty line between a carriage return and its line feed. */
export function splitLines(text: string): readonly string[] {
  return text.split(lineEnd)
}
