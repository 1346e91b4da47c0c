import stringWidth from 'fast-string-width'
import { fittingWidths, shortenedTo, wrappedTo, type Column } from './column-widths.ts'

const gap = '  '

type Row = readonly string[]

/**
 * Columns under a heading, two spaces apart, as `kubectl get` prints them. On a terminal no line is wider than
 * it; elsewhere, without a width, everything is whole.
 */
export function table(columns: readonly Column[], rows: readonly Row[], terminal?: number): string {
  const format = formatFor(columns, rows, terminal)
  return [format.heading, ...rows.map(format.line)].join('\n')
}

interface Format {
  readonly heading: string
  readonly line: (row: Row) => string
}

/** Columns as wide as these rows need. Without a terminal, a row that is printed later may stick out. */
function formatFor(
  columns: readonly Column[],
  rows: readonly Row[],
  terminal: number | undefined,
): Format {
  const names = columns.map(({ name }) => name.toUpperCase())
  const natural = names.map((name, column) => {
    const widest = rows.reduce((width, row) => Math.max(width, stringWidth(row[column] ?? '')), 0)
    const isLeftOut = widest === 0 && columns[column]?.isOptional === true
    return isLeftOut ? 0 : Math.max(widest, stringWidth(name))
  })
  const widths = terminal === undefined ? natural : fittingWidths(columns, natural, terminal)
  const firstShown = widths.findIndex((width) => width > 0)
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0
    const shown = terminal === undefined ? text : shortenedTo(text, width)
    return shown + ' '.repeat(Math.max(0, width - stringWidth(shown)))
  }
  const cells = (row: Row): string =>
    row
      .map(cell)
      .filter((_, column) => (widths[column] ?? 0) > 0)
      .join(gap)
      .trimEnd()
  /** What is too wide for its column stands before the row where it leads it, and else below, set in. */
  const line = (row: Row): string => {
    if (terminal === undefined) return cells(row)
    const isTooWide = (text: string, column: number): boolean => {
      const width = widths[column] ?? 0
      return columns[column]?.whole === true && width > 0 && stringWidth(text) > width
    }
    const before = row.filter((text, column) => column === firstShown && isTooWide(text, column))
    const below = row.filter((text, column) => column !== firstShown && isTooWide(text, column))
    const indent = terminal > gap.length ? gap : ''
    return [
      ...before.flatMap((text) => wrappedTo(text, terminal)),
      cells(row.map((text, column) => (isTooWide(text, column) ? '' : text))),
      ...below
        .flatMap((text) => wrappedTo(text, terminal - indent.length))
        .map((text) => indent + text),
    ].join('\n')
  }
  return { heading: cells(names), line }
}

/** So many rows are waited for to see how wide the columns must be. */
const firstRows = 1000
const rowsAtOnce = 200

/** A table of however many rows, in blocks of lines as they come; empty where there is no row. */
export async function* longTable(
  columns: readonly Column[],
  rows: AsyncIterable<Row>,
  terminal?: number,
): AsyncGenerator<string> {
  let format: Format | undefined
  let pending: Row[] = []
  const flush = (): string => {
    const first = format === undefined
    format ??= formatFor(columns, pending, terminal)
    const lines = pending.map(format.line)
    pending = []
    return [...(first ? [format.heading] : []), ...lines].join('\n')
  }
  for await (const row of rows) {
    pending.push(row)
    if (pending.length === (format === undefined ? firstRows : rowsAtOnce)) yield flush()
  }
  if (pending.length > 0) yield flush()
}
