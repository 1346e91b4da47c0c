import type { Secret } from './credentials.ts'

/** What a child process is lent: variables to set, and inherited ones that would get in the way. */
export interface SessionEnvironment {
  readonly set: Readonly<Record<string, string | Secret>>
  readonly unset: readonly string[]
  /** Those among `unset` that somebody chose and will want back. They hold no secrets. */
  readonly wantedBack?: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

const keptUnder = 'PIM_BEFORE_'

/** Variables in which a shell keeps what is taken away from it, until `broughtBack` finds them there. */
export function keptForLater(
  { wantedBack = [] }: SessionEnvironment,
  env: Environment,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    wantedBack.flatMap((name) => {
      const value = env[name]
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
  const kept = Object.keys(env).filter((name) => /^PIM_BEFORE_[A-Z][A-Z0-9_]*$/.test(name))
  const entries = kept.flatMap((name): [string, string][] => {
    const value = env[name]
    const original = name.slice(keptUnder.length)
    if (value === undefined || value === '' || (env[original] ?? '') !== '') return []
    return [[original, value]]
  })
  return { set: Object.fromEntries(entries), unset: kept }
}

/** Variables of pim that hold secrets. No program that pim starts is given them. */
export const ownSecrets: readonly string[] = ['PIM_STORE_PASSPHRASE']

/** An environment for a program that pim starts. */
export function withoutSecrets(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ownSecrets.includes(name)))
}
