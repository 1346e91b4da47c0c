/** Why a file is refused, and where. Repeats no value, which may be a secret. */
export class IniFault extends Error {
  readonly line: number

  constructor(line: number, why: string) {
    super(why)
    this.line = line
  }
}

/**
 * The lines of a file in UTF-8, whichever way they end. A byte order mark, as Windows editors write it, is
 * left out: the AWS CLI refuses it, but there are no two ways to read it.
 */
export function decodedLines(bytes: Uint8Array): readonly string[] {
  return decoded(bytes).split(/\r\n|\r|\n/)
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new IniFault(badLine(bytes), 'the line is not UTF-8 text')
  }
}

/** No character's code contains another's line feed, so that lines can be tried one by one. */
function badLine(bytes: Uint8Array): number {
  const strict = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  let from = 0
  for (;;) {
    const at = bytes.indexOf(0x0a, from)
    try {
      strict.decode(bytes.subarray(from, at === -1 ? undefined : at))
    } catch {
      return line
    }
    if (at === -1) return line
    from = at + 1
    line += 1
  }
}
