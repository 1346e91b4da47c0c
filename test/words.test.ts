import { readdirSync, readFileSync } from 'node:fs'

import { parseAst } from 'rolldown/parseAst'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)

/** Words that a reader in a second language reads twice; the sentence says the same without them. */
const ruledOut =
  /\b(whoever|anew|mend(?:s|ed)?|in mid-|stands?|waits? on|withdr[ae]w\w*|g[ai]ves? (?:it )?back|giv(?:en|ing) (?:it )?back|tak(?:es?|en|ing) (?:it )?back|prolong\w*|heard|came to nothing|all the same|came of it|what was)\b/i

/** Everything that is written for a person: it has words, and is no name. */
function textsOf(source: string): readonly string[] {
  const texts: string[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (typeof node !== 'object' || node === null) return
    const { type, value } = node as { type?: string; value?: unknown }
    if (type === 'ImportDeclaration' || type === 'ExportNamedDeclaration') {
      return visit((node as { declaration?: unknown }).declaration)
    }
    if (type === 'Literal' && typeof value === 'string') texts.push(value)
    if (type === 'TemplateLiteral') {
      const { quasis } = node as { quasis: readonly { value: { cooked?: string } }[] }
      texts.push(quasis.map((part) => part.value.cooked ?? '').join('…'))
    }
    Object.values(node).forEach(visit)
  }
  visit(parseAst(source, { lang: 'ts' }).body)
  return texts.filter((text) => /[a-z]{3,} \S/.test(text))
}

function sources(): readonly string[] {
  return readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
}

const messages = sources().flatMap((path) =>
  textsOf(readFileSync(new URL(`src/${path}`, root), 'utf8')).map((text) => ({ path, text })),
)

test('finds the messages of the program', () => {
  expect(messages.length).toBeGreaterThan(1000)
  expect(messages.map(({ text }) => text)).toContain('you cannot decide about your own request')
})

test('no message has a word that is read twice', () => {
  expect(messages.filter(({ text }) => ruledOut.test(text))).toEqual([])
})

test('no message has more than two sentences', () => {
  const sentences = (text: string) => text.split(/(?<=[a-z`)])[.] (?=[A-Z`])/).length
  // Help is laid out in lines.
  const oneLine = messages.filter(({ text }) => !text.includes('\n'))
  expect(oneLine.filter(({ text }) => sentences(text) > 2)).toEqual([])
})

const pages = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md') && name !== 'decisions.md')
    .map((name) => `docs/${name}`),
]

test.each(pages)('%s has no word that is read twice', (page) => {
  const lines = readFileSync(new URL(page, root), 'utf8').split('\n')
  expect(lines.filter((line) => ruledOut.test(line))).toEqual([])
})
