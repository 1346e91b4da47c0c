import Table from 'cli-table3'

const nothing = ''

/** Columns under a heading, without lines, as `kubectl get` prints them. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({
    head: heading.map((name) => name.toUpperCase()),
    chars: {
      top: nothing,
      'top-mid': nothing,
      'top-left': nothing,
      'top-right': nothing,
      bottom: nothing,
      'bottom-mid': nothing,
      'bottom-left': nothing,
      'bottom-right': nothing,
      left: nothing,
      'left-mid': nothing,
      mid: nothing,
      'mid-mid': nothing,
      right: nothing,
      'right-mid': nothing,
      middle: '  ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  grid.push(...rows.map((row) => [...row]))
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
