import { hasPassed, isHeldBy, isLive, type Elevation } from '../../core/elevation/elevation.ts'
import { worstExitCode } from '../../core/errors.ts'
import type { Deps } from '../../deps/deps.ts'
import { confirmed, limitMs, show, withDeadline, type Known } from './active.ts'

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
  const found = await confirmed(deps, { refresh: flags.refresh })
  await show(found, deps)
  return worstExitCode(found.unreadable.map(({ exitCode }) => exitCode))
}

/**
 * Exit code 0 when active for the identity in use, 1 when not; not a word either way. Throws the provider's
 * trouble where the clocks disagree about the end, and it could not be asked.
 */
async function check(word: string, { refresh }: StatusFlags, deps: Deps): Promise<number> {
  const isKnown = (await deps.records.of(word)).length > 0
  const only = isKnown ? [word] : await namesOf(word, refresh, deps)
  const { known, unreadable } = await confirmed(deps, { refresh, only })
  const isInDoubt = ({ elevation, trouble }: Known): boolean =>
    trouble !== undefined && hasPassed(elevation, deps.now()) === 'unclear'
  const active = known.filter((each) => isLive(each.elevation, deps.now()) && !isInDoubt(each))
  const problem = unreadable[0] ?? known.find(isInDoubt)?.trouble
  if (active.length === 0 && problem !== undefined) throw problem
  const own = await Promise.all(active.map(({ elevation }) => isOfWhoeverIsInUse(elevation, deps)))
  return own.includes(true) ? 0 : 1
}

/** A session is whoever's this machine is; a grant is one identity's. */
async function isOfWhoeverIsInUse(elevation: Elevation, deps: Deps): Promise<boolean> {
  const provider = await deps.provider(elevation.provider)
  if (provider.access === 'session') return true
  const { identity } = await provider.whoAmI(deps.signal)
  return isHeldBy(elevation, identity)
}

/**
 * The names under which what the word means is remembered. Throws `no-answer-in-time` where a provider must
 * say what it means, and does not.
 */
async function namesOf(
  word: string,
  refresh: boolean | undefined,
  deps: Deps,
): Promise<readonly string[]> {
  const { onlyTarget } = await import('../../flows/use/hand-out.ts')
  const { beforeDeadline } = await import('../../flows/track/deadline.ts')
  const { rememberedOf } = await import('../../flows/track/same-role.ts')
  const find = (signal: AbortSignal) => onlyTarget(word, { ...deps, signal })
  const target =
    refresh === true
      ? await find(deps.signal)
      : await withDeadline(deps, (deadline) =>
          beforeDeadline(find, { signal: deps.signal, deadline }),
        )
  return (await rememberedOf(target, deps)).map((each) => each.target)
}
