import { IniFault } from '../ini/ini-text.ts'

/** The keys and values of profiles, by their names, as the AWS SDKs read one file. */
export type SdkProfiles = ReadonlyMap<string, ReadonlyMap<string, string>>

/**
 * Reads one of the shared files by the rules that the AWS SDKs have in common, which are not those of the AWS
 * CLI. It serves only to say where the two differ. Throws `IniFault` for what the SDKs refuse.
 */
export function readSdkProfiles(text: string, kind: 'config' | 'credentials'): SdkProfiles {
  const reading: Reading = { kind, profiles: new Map(), hasPrefixedDefault: false }
  for (const [index, line] of text.split(/\r?\n/).entries()) take(line, index + 1, reading)
  return reading.profiles
}

interface Reading {
  readonly kind: 'config' | 'credentials'
  readonly profiles: Map<string, Map<string, string>>
  hasPrefixedDefault: boolean
  /** Absent before the first section; of one that is ignored, nobody looks at the keys. */
  section?: Map<string, string>
  key?: string | undefined
}

function take(line: string, number: number, reading: Reading): void {
  if (line.trim() === '' || /^[#;]/.test(line)) return
  if (line.startsWith('[')) takeSection(line, number, reading)
  else if (reading.section === undefined) throw new IniFault(number, 'it comes before a [section]')
  else if (/^\s/.test(line)) goOn(line.trim(), number, reading.section, reading)
  else takeKey(line, number, reading.section, reading)
}

const nameForm = /^[\w\-/.%@:+]+$/

function takeSection(line: string, number: number, reading: Reading): void {
  const header = line.replace(/[#;].*$/, '').trim()
  if (!header.endsWith(']')) throw new IniFault(number, 'the section does not end with `]`')
  reading.key = undefined
  reading.section = new Map()
  const inner = header.slice(1, -1).trim()
  const prefixed = /^profile\s+(.*)$/.exec(inner)?.[1]
  const name = reading.kind === 'credentials' ? inner : configName(inner, prefixed)
  if (name === undefined || !nameForm.test(name)) return
  if (name === 'default' && reading.kind === 'config') {
    if (prefixed === undefined && reading.hasPrefixedDefault) return
    if (prefixed !== undefined && !reading.hasPrefixedDefault) reading.profiles.delete(name)
    reading.hasPrefixedDefault ||= prefixed !== undefined
  }
  reading.section = reading.profiles.get(name) ?? reading.section
  reading.profiles.set(name, reading.section)
}

function configName(inner: string, prefixed: string | undefined): string | undefined {
  return prefixed ?? (inner === 'default' ? inner : undefined)
}

function takeKey(
  line: string,
  number: number,
  section: Map<string, string>,
  reading: Reading,
): void {
  const written = line.replace(/\s[#;].*$/, '')
  const at = written.indexOf('=')
  if (at === -1) throw new IniFault(number, 'it has no `=`')
  const key = written.slice(0, at).trim().toLowerCase()
  if (key === '') throw new IniFault(number, 'it has no key')
  reading.key = key
  if (/^[\w\-/.%@:+]+$/.test(key)) section.set(key, written.slice(at + 1).trim())
}

function goOn(text: string, number: number, section: Map<string, string>, { key }: Reading): void {
  if (key === undefined) throw new IniFault(number, 'it is indented, but there is no key above it')
  const value = section.get(key)
  if (value === undefined) return
  const isList = value === '' || value.startsWith('\n')
  if (isList && !/^[^=]+=/.test(text)) throw new IniFault(number, 'it is no `key = value`')
  section.set(key, `${value}\n${text}`)
}
