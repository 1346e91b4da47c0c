import stringWidth from 'fast-string-width'

const gap = '  '

type Row = readonly string[]

/** Columns under a heading, two spaces apart, as `kubectl get` prints them. */
export function table(heading: Row, rows: readonly Row[]): string {
  const format = columns(heading, rows)
  return [format.heading, ...rows.map(format.line)].join('\n')
}

/** Columns as wide as these rows need. What else is printed in them may stick out. */
function columns(
  heading: Row,
  rows: readonly Row[],
): { readonly heading: string; readonly line: (row: Row) => string } {
  const names = heading.map((name) => name.toUpperCase())
  const widths = names.map((name, column) =>
    rows.reduce((width, row) => Math.max(width, stringWidth(row[column] ?? '')), stringWidth(name)),
  )
  const line = (row: Row): string => padded(row, widths).join(gap).trimEnd()
  return { heading: line(names), line }
}

function padded(line: Row, widths: readonly number[]): Row {
  return line.map(
    (cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell))),
  )
}

/** So many rows are waited for to see how wide the columns must be. */
const firstRows = 1000
const rowsAtOnce = 200

/** A table of however many rows, in blocks of lines as they come; empty where there is no row. */
export async function* longTable(heading: Row, rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let format: ReturnType<typeof columns> | undefined
  let pending: Row[] = []
  const flush = (): string => {
    const first = format === undefined
    format ??= columns(heading, pending)
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
