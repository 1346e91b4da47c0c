// Draws docs/architecture.svg from the imports of the source, or with --check says whether it is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { instance } from '@viz-js/viz'

const drawing = 'docs/architecture.svg'
const files = ['src', 'sandbox'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => path.endsWith('.ts')),
)

/** The room of a file: a folder of src, one cloud of `providers`, or the sandbox. */
function roomOf(path) {
  const [top, first = '', second = ''] = path.split('/')
  if (top !== 'src') return top
  if (first.endsWith('.ts')) return 'main'
  return first === 'providers' && !second.endsWith('.ts') ? `providers/${second}` : first
}

/** What a file imports at once, and what it loads by `import()` when it is needed. */
function importsOf(path) {
  const found = { atOnce: [], later: [] }
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return
    if (Array.isArray(node)) return node.forEach(visit)
    const isImport = [
      'ImportDeclaration',
      'ExportNamedDeclaration',
      'ExportAllDeclaration',
    ].includes(node.type)
    const isType = [node.importKind, node.exportKind].includes('type')
    if (isImport && node.source && !isType) found.atOnce.push(node.source.value)
    if (node.type === 'ImportExpression' && node.source.type === 'Literal')
      found.later.push(node.source.value)
    Object.values(node).forEach(visit)
  }
  visit(parseAst(readFileSync(path, 'utf8'), { lang: 'ts' }))
  const local = (names) =>
    names
      .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
      .map((name) => roomOf(normalize(join(dirname(path), name))))
  return { atOnce: local(found.atOnce), later: local(found.later) }
}

const rooms = new Set()
const arrows = new Map()
for (const path of files) {
  const from = roomOf(path)
  rooms.add(from)
  const { atOnce, later } = importsOf(path)
  for (const to of later)
    if (to !== from && !arrows.has(`${from} ${to}`)) arrows.set(`${from} ${to}`, 'later')
  for (const to of atOnce) if (to !== from) arrows.set(`${from} ${to}`, 'atOnce')
}

const graph = {
  graphAttributes: { rankdir: 'TB', nodesep: 0.25, ranksep: 0.45, bgcolor: 'white' },
  nodeAttributes: {
    shape: 'box',
    style: 'rounded',
    fontname: 'sans-serif',
    fontsize: 11,
    margin: '0.25,0.1',
  },
  edgeAttributes: { arrowsize: 0.6, color: '#374151' },
  nodes: [...rooms].map((name) => ({ name })),
  edges: [...arrows]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([pair, when]) => {
      const [tail, head] = pair.split(' ')
      return { tail, head, attributes: { style: when === 'later' ? 'dashed' : 'solid' } }
    }),
}
const svg = (await instance()).renderString(graph, { format: 'svg' })

if (!process.argv.includes('--check')) writeFileSync(drawing, svg)
else if (readFileSync(drawing, 'utf8') !== svg) {
  process.stderr.write(`${drawing} is out of date: run \`npm run architecture\`\n`)
  process.exitCode = 1
}
