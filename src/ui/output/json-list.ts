import { printableJson } from '../../core/printable.ts'

const itemsAtOnce = 100

/**
 * A document `{"schema": …, [name]: […]}` with however many items, in blocks of lines as they come,
 * and laid out as `JSON.stringify` does it.
 */
export async function* longJsonList(
  schema: string,
  name: string,
  items: AsyncIterable<unknown>,
): AsyncGenerator<string> {
  const opening = `{\n  "schema": ${JSON.stringify(schema)},\n  ${JSON.stringify(name)}: [`
  const lines: string[] = []
  let hasOpened = false
  // The newest item is held back: only what comes behind it tells whether a comma does.
  let last: string | undefined
  for await (const item of items) {
    lines.push(last === undefined ? opening : `${last},`)
    last = indented(item)
    hasOpened = true
    if (lines.length < itemsAtOnce) continue
    yield lines.splice(0).join('\n')
  }
  yield hasOpened ? [...lines, last, '  ]', '}'].join('\n') : `${opening}]\n}`
}

function indented(item: unknown): string {
  return printableJson(JSON.stringify(item, undefined, 2)).replaceAll(/^/gm, '    ')
}
