import { isLive } from '../core/elevation.ts'
import type { Deps } from '../deps.ts'
import { confirmed, limitMs, show, withDeadline } from './known.ts'

export interface StatusFlags {
  readonly check?: string
  readonly watch?: boolean
  readonly refresh?: boolean
}

/**
 * `pim status`: what is active or on its way, and for how long. A session is known here; of rights the
 * provider is asked, and what it could not be asked is said. It opens no keychain for a session.
 */
export async function statusCommand(flags: StatusFlags, deps: Deps): Promise<number> {
  // What is found out may be news for webhooks.
  if (flags.refresh !== true && flags.watch !== true) deps.announceWithin(limitMs)
  if (flags.check !== undefined) return check(flags.check, flags, deps)
  if (flags.watch === true) return (await import('./watch.ts')).watch(deps)
  await show(await confirmed(deps, { refresh: flags.refresh }), deps)
  return 0
}

/** Exit code 0 when active, 1 when not; not a word either way. */
async function check(word: string, { refresh }: StatusFlags, deps: Deps): Promise<number> {
  const text =
    (await deps.records.get(word)) === undefined ? await textOf(word, refresh, deps) : word
  const [found] = await confirmed(deps, { refresh, only: text })
  return found !== undefined && isLive(found.elevation, deps.now()) ? 0 : 1
}

/** What the word means. Throws `no-answer-in-time` where a provider must say so, and does not. */
async function textOf(word: string, refresh: boolean | undefined, deps: Deps): Promise<string> {
  const { onlyTarget } = await import('../flows/hand-out.ts')
  const { beforeDeadline } = await import('../flows/deadline.ts')
  const find = (signal: AbortSignal) => onlyTarget(word, { ...deps, signal })
  const { provider, path } =
    refresh === true
      ? await find(deps.signal)
      : await withDeadline(deps, (deadline) =>
          beforeDeadline(find, { signal: deps.signal, deadline }),
        )
  return `${provider}:${path}`
}
