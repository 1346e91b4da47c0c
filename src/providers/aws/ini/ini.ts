import { decodedLines, IniFault } from './ini-text.ts'
import { isBlank, splitLines, strip, stripEnd } from './python-text.ts'

/** A value of an ini file, and the line that its key is on. */
interface IniEntry {
  readonly value: string
  readonly line: number
}

export interface IniSection {
  readonly name: string
  readonly line: number
  readonly entries: ReadonlyMap<string, IniEntry>
}

export interface IniFile {
  /** In the order of the file, without `[DEFAULT]`, whose entries every section has. */
  readonly sections: readonly IniSection[]
}

/**
 * Reads an ini file as Python's `RawConfigParser` does, with which the AWS CLI and botocore read the shared
 * files: a line that is indented more than its key goes on with the value, a key may stand before `=` or `:`,
 * and every section and key may occur only once. Throws `IniFault` for a file that Python refuses.
 */
export function readIni(bytes: Uint8Array): IniFile {
  const reading: Reading = { defaults: section(everywhere, 0), sections: new Map(), indent: 0 }
  for (const [index, line] of decodedLines(bytes).entries()) takeLine(line, index + 1, reading)
  return finished(reading)
}

/** Its entries belong to every section. */
const everywhere = 'DEFAULT'

interface OpenEntry {
  readonly line: number
  readonly lines: string[]
}

interface OpenSection {
  readonly name: string
  readonly line: number
  readonly entries: Map<string, OpenEntry>
}

/** How far a file has been read. */
interface Reading {
  readonly defaults: OpenSection
  readonly sections: Map<string, OpenSection>
  section?: OpenSection
  /** The one that an indented line would go on with. */
  entry?: OpenEntry | undefined
  indent: number
}

function section(name: string, line: number): OpenSection {
  return { name, line, entries: new Map() }
}

function takeLine(line: string, number: number, reading: Reading): void {
  const text = strip(line)
  if (text.startsWith('#') || text.startsWith(';')) return
  if (text === '') return void reading.entry?.lines.push('')
  const indent = indentOf(line)
  if (reading.entry !== undefined && indent > reading.indent) {
    return void reading.entry.lines.push(text)
  }
  reading.indent = indent
  const header = /\[(.+)\]/sy.exec(text)?.[1]
  if (header === undefined) takeEntry(text, number, reading)
  else takeHeader(header, number, reading)
}

function takeHeader(name: string, line: number, reading: Reading): void {
  // A section does not begin with the rest of a value.
  reading.entry = undefined
  if (name === everywhere) {
    reading.section = reading.defaults
    return
  }
  const before = reading.sections.get(name)
  if (before !== undefined) {
    throw new IniFault(line, `the section [${name}] is there twice, first in line ${before.line}`)
  }
  reading.section = section(name, line)
  reading.sections.set(name, reading.section)
}

function takeEntry(text: string, line: number, reading: Reading): void {
  const { section: current } = reading
  if (current === undefined) throw new IniFault(line, 'it comes before the first [section]')
  const at = text.search(/[=:]/)
  if (at === -1) throw new IniFault(line, 'it is neither a [section] nor a `key = value`')
  const key = stripEnd(text.slice(0, at)).toLowerCase()
  if (key === '') throw new IniFault(line, 'it has no key')
  const before = current.entries.get(key)
  if (before !== undefined) {
    const first = `first in line ${before.line}`
    throw new IniFault(line, `[${current.name}] has the key ${key} twice, ${first}`)
  }
  reading.entry = { line, lines: [strip(text.slice(at + 1))] }
  current.entries.set(key, reading.entry)
}

function finished({ defaults, sections }: Reading): IniFile {
  const ofAll = closed(defaults.entries)
  const file = [...sections.values()].map(({ name, line, entries }) => ({
    name,
    line,
    entries: new Map([...ofAll, ...closed(entries)]),
  }))
  for (const { entries } of file) for (const entry of entries.values()) assertNested(entry)
  return { sections: file }
}

function indentOf(line: string): number {
  let indent = 0
  for (const character of line) {
    if (!isBlank(character)) break
    indent += 1
  }
  return indent
}

function closed(entries: ReadonlyMap<string, OpenEntry>): Map<string, IniEntry> {
  return new Map(
    [...entries].map(([key, { line, lines }]) => [
      key,
      { line, value: stripEnd(lines.join('\n')) },
    ]),
  )
}

/** botocore's own addition: a value that begins on the line below its key is a list of keys and values. */
function assertNested({ value, line }: IniEntry): void {
  if (value.startsWith('\n') && nestedEntries(value) === undefined) {
    throw new IniFault(line, 'an indented line below it is no `key = value`')
  }
}

/** The keys and values of such a list; undefined for any other text. */
export function nestedEntries(value: string): ReadonlyMap<string, string> | undefined {
  const nested = new Map<string, string>()
  for (const line of splitLines(value).map(strip)) {
    if (line === '') continue
    const at = line.indexOf('=')
    if (at === -1) return undefined
    nested.set(strip(line.slice(0, at)), strip(line.slice(at + 1)))
  }
  return nested
}
