import type { Secret } from './credentials.ts'

/** What a child process is lent: variables to set, and inherited ones that would get in the way. */
export interface SessionEnvironment {
  readonly set: Readonly<Record<string, string | Secret>>
  readonly unset: readonly string[]
  /** Those among all of them that somebody chose and will want back. They hold no secrets. */
  readonly wantedBack?: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

const keptUnder = 'PIM_BEFORE_'
const lentUnder = 'PIM_LENT_'

/** Marks by which what pim sets is told from what a person chose under the same name. */
export function marked(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${lentUnder}${name}`, value]),
  )
}

/** A variable as the person set it: not one that pim lent to this shell or command before. */
export function ownValue(name: string, env: Environment): string | undefined {
  const value = env[name]
  return value !== undefined && value === env[`${lentUnder}${name}`]
    ? env[`${keptUnder}${name}`]
    : value
}

/** Variables in which a shell keeps what is taken away from it, until `broughtBack` finds them there. */
export function keptForLater(
  { wantedBack = [] }: SessionEnvironment,
  env: Environment,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    wantedBack.flatMap((name) => {
      const value = ownValue(name, env)
      return value === undefined || value === '' ? [] : [[`${keptUnder}${name}`, value]]
    }),
  )
}

/** What a shell sets and takes away to be as before. What was chosen anew since then stays. */
export function broughtBack(env: Environment): {
  readonly set: Readonly<Record<string, string>>
  readonly unset: readonly string[]
} {
  // Names are written into a shell's language as they are.
  const ours = Object.keys(env).filter((name) => /^PIM_(?:BEFORE|LENT)_[A-Z][A-Z0-9_]*$/.test(name))
  const lent = ours
    .filter((name) => name.startsWith(lentUnder))
    .map((name) => name.slice(lentUnder.length))
    .filter((name) => env[name] === env[`${lentUnder}${name}`])
  const entries = ours.flatMap((name): [string, string][] => {
    if (!name.startsWith(keptUnder)) return []
    const value = env[name]
    const original = name.slice(keptUnder.length)
    if (value === undefined || value === '') return []
    return (env[original] ?? '') === '' || lent.includes(original) ? [[original, value]] : []
  })
  const set = Object.fromEntries(entries)
  return { set, unset: [...lent.filter((name) => !(name in set)), ...ours] }
}

/** Variables of pim that hold secrets. No program that pim starts is given them. */
export const ownSecrets: readonly string[] = ['PIM_STORE_PASSPHRASE']

/** An environment for a program that pim starts. */
export function withoutSecrets(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ownSecrets.includes(name)))
}
