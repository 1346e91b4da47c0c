import type { IniFile, IniSection } from '../ini/ini.ts'
import { shellWords } from '../ini/shell-words.ts'

/**
 * The key-value pairs of one profile. A list that stands below its key keeps its lines, each behind a line
 * feed; `nestedEntries` reads it.
 */
export type Profile = Readonly<Record<string, string | undefined>>

/** By their names. Without a prototype, no name is found but those in the files. */
export type Profiles = Readonly<Record<string, Profile>>

/** What the two shared files say, as botocore puts it together. */
export interface SharedConfig {
  /** With the keys of both files; those of the credentials file come first. */
  readonly profiles: Profiles
  /** What either file says for itself: an access key and its secret come from the same one. */
  readonly ofConfig: Profiles
  readonly ofCredentials: Profiles
  readonly ssoSessions: Profiles
  readonly services: Profiles
}

export const emptyFile: IniFile = { sections: [] }

/** Puts the two files together. A profile that is written in two ways is the one written last. */
export function sharedConfig(config: IniFile, credentials: IniFile): SharedConfig {
  const ofConfig = named(config.sections, profileName)
  const ofCredentials = named(credentials.sections, ({ name }) => name)
  const profiles = withoutPrototype({ ...ofConfig })
  for (const [name, profile] of Object.entries(ofCredentials)) {
    profiles[name] = { ...profiles[name], ...profile }
  }
  return {
    profiles,
    ofConfig,
    ofCredentials,
    ssoSessions: named(config.sections, nameBehind('sso-session')),
    services: named(config.sections, nameBehind('services')),
  }
}

function named(
  sections: readonly IniSection[],
  nameOf: (section: IniSection) => string | undefined,
): Profiles {
  const profiles = withoutPrototype<Profile>({})
  for (const section of sections) {
    const name = nameOf(section)
    if (name === undefined) continue
    const values = [...section.entries].map(([key, { value }]): [string, string] => [key, value])
    profiles[name] = withoutPrototype(Object.fromEntries(values))
  }
  return profiles
}

function withoutPrototype<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  type Values = Record<string, Value>
  return Object.assign<Values, Readonly<Values>>(Object.create(null), values)
}

/** What a section of the config file is the profile of. */
export function profileName(section: IniSection): string | undefined {
  return section.name === 'default' ? section.name : nameBehind('profile')(section)
}

/** A name that cannot be split is nobody's. */
function wordsOf(name: string): readonly string[] {
  try {
    return shellWords(name)
  } catch {
    return []
  }
}

/** botocore looks at how the section begins, and then at the second of its two words. */
function nameBehind(kind: string): (section: IniSection) => string | undefined {
  return ({ name }) => {
    if (!name.startsWith(kind)) return undefined
    const words = wordsOf(name)
    return words.length === 2 ? words[1] : undefined
  }
}
