import stringWidth from 'fast-string-width'

const gap = '  '

/** Columns under a heading, two spaces apart, as `kubectl get` prints them. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading.map((name) => name.toUpperCase()), ...rows]
  const widths = heading.map((_, column) =>
    Math.max(...lines.map((line) => stringWidth(line[column] ?? ''))),
  )
  return lines.map((line) => padded(line, widths).join(gap).trimEnd()).join('\n')
}

function padded(line: readonly string[], widths: readonly number[]): readonly string[] {
  return line.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
}
