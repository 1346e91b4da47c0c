import type { Secret } from './credentials.ts'

/** What a child process is lent: variables to set, and inherited ones that would get in the way. */
export interface SessionEnvironment {
  readonly set: Readonly<Record<string, string | Secret>>
  readonly unset: readonly string[]
}
