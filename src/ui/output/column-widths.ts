import stringWidth from 'fast-string-width'

/** A column of a table, and what becomes of it on a terminal that is too narrow for the whole. */
export interface Column {
  readonly name: string
  /** The order in which columns go where there is no room for all: the highest first. */
  readonly rank: number
  /** As narrow as it may become before another column goes; absent where it may not be shortened. */
  readonly least?: number
  /** It is never shortened: what does not fit has lines of its own. A target that is cut may be another. */
  readonly whole?: true
  /** It is shown however narrow the terminal is. */
  readonly stays?: true
  /** It is left out where no row has anything in it. */
  readonly isOptional?: true
}

const gapWidth = 2

/**
 * How wide each column is shown within a terminal, so that no row wraps; 0 for a column that is left out.
 * The least important ones go first.
 */
export function fittingWidths(
  columns: readonly Column[],
  natural: readonly number[],
  terminal: number,
): readonly number[] {
  const least = columns.map((column, at) => leastWidth(column, natural[at] ?? 0))
  const shown = columns.map(() => true)
  const byRank = columns.map((_, at) => at).toSorted((one, other) => rankOf(one) - rankOf(other))
  const needed = (): number => total(least.map((width, at) => (shown[at] ? width : 0)))
  for (const at of byRank.toReversed()) {
    if (needed() > terminal && columns[at]?.stays !== true) shown[at] = false
  }
  const widths = least.map((width, at) => (shown[at] ? width : 0))
  return squeezed(columns, widened(widths, natural, terminal), terminal)

  function rankOf(at: number): number {
    return columns[at]?.rank ?? 0
  }
}

function leastWidth({ name, least }: Column, natural: number): number {
  return least === undefined ? natural : Math.min(natural, Math.max(least, name.length))
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0)
  return shown.reduce((sum, width) => sum + width, 0) + gapWidth * Math.max(0, shown.length - 1)
}

/** The room that is left goes to what is shortened, to the narrowest first. */
function widened(
  widths: readonly number[],
  natural: readonly number[],
  terminal: number,
): readonly number[] {
  const wider = [...widths]
  for (let spare = terminal - total(wider); spare > 0; spare -= 1) {
    const isCut = (at: number): boolean => wider[at] !== 0 && (wider[at] ?? 0) < (natural[at] ?? 0)
    const cut = wider.map((_, at) => at).filter(isCut)
    const narrowest = cut.toSorted((one, other) => (wider[one] ?? 0) - (wider[other] ?? 0))[0]
    if (narrowest === undefined) break
    wider[narrowest] = (wider[narrowest] ?? 0) + 1
  }
  return wider
}

/** For a terminal that has no room even for the columns that stay: what has its own lines gives way, then the widest. */
function squeezed(
  columns: readonly Column[],
  widths: readonly number[],
  terminal: number,
): readonly number[] {
  const narrower = [...widths]
  while (total(narrower) > terminal && Math.max(...narrower) > 1) {
    const spare = narrower.map((width, at) => {
      const { whole, name = '' } = columns[at] ?? {}
      return whole === true && width > name.length ? width : 0
    })
    const from = Math.max(...spare) > 0 ? spare : narrower
    const at = from.indexOf(Math.max(...from))
    narrower[at] = (narrower[at] ?? 1) - 1
  }
  return narrower
}

const ellipsis = '…'

/** A text of at most so many cells of a terminal. No character is taken apart. */
export function shortenedTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  if (width <= 1) return ellipsis.slice(0, width)
  return `${taken(charactersOf(text), width - 1).join('')}${ellipsis}`
}

const hanging = '  '

/**
 * A text as lines of at most so many cells. All but the first are set in: no name makes a line that passes
 * for a row of its own. A terminal that is narrower than a character gets one a line.
 */
export function wrappedTo(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let left = charactersOf(text)
  while (left.length > 0) {
    const indent = lines.length > 0 && width > hanging.length ? hanging : ''
    const some = taken(left, width - indent.length)
    const line = some.length === 0 ? left.slice(0, 1) : some
    lines.push(indent + line.join(''))
    left = left.slice(line.length)
  }
  return lines
}

function charactersOf(text: string): readonly string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
}

function taken(characters: readonly string[], width: number): readonly string[] {
  const some: string[] = []
  let used = 0
  for (const character of characters) {
    used += stringWidth(character)
    if (used > width) break
    some.push(character)
  }
  return some
}
