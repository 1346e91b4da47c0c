import { hostname, userInfo } from 'node:os'
import type { Actor } from '../../core/elevation/elevation.ts'

/** The person and the machine, as the operating system knows them. */
export function localActor(env: Readonly<Record<string, string | undefined>>): Actor {
  return { user: userName(env), host: hostname() }
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that no user has.
    return env.USER ?? env.LOGNAME ?? `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
