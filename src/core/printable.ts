/**
 * A stranger's text, safe for a terminal and for one line: control characters, escape sequences,
 * bidirectional overrides, zero-width characters and lone surrogates are shown as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const codePoint = character.codePointAt(0) ?? 0
    return `\\u{${codePoint.toString(16)}}`
  })
}
