import { isLive } from '../core/elevation.ts'
import type { Deps } from '../deps.ts'
import { confirmed, show } from './known.ts'

export interface StatusFlags {
  readonly check?: string
  readonly watch?: boolean
}

/**
 * `pim status`: what is active or on its way, and for how long. A session is known here; of rights the
 * provider is asked, and what it could not be asked is said. It opens no keychain for a session.
 */
export async function statusCommand(flags: StatusFlags, deps: Deps): Promise<number> {
  if (flags.check !== undefined) return check(flags.check, deps)
  if (flags.watch === true) return (await import('./watch.ts')).watch(deps)
  await show(await confirmed(deps), deps)
  return 0
}

/** Exit code 0 when active, 1 when not; not a word either way. */
async function check(word: string, deps: Deps): Promise<number> {
  const text = (await deps.records.get(word)) === undefined ? await textOf(word, deps) : word
  const found = (await confirmed(deps)).find(({ elevation }) => elevation.target === text)
  return found !== undefined && isLive(found.elevation, deps.now()) ? 0 : 1
}

async function textOf(word: string, deps: Deps): Promise<string> {
  const { onlyTarget } = await import('../flows/hand-out.ts')
  const { provider, path } = await onlyTarget(word, deps)
  return `${provider}:${path}`
}
