import { isHeldBy, isLive } from '../../core/elevation/elevation.ts'
import { PimError, worstExitCode } from '../../core/errors.ts'
import { formatTarget, parseTargetText, type TargetText } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { assertIdentityUsed } from '../account/identity-options.ts'
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
 * Exit code 0 when active for the account in use, 1 when not; not a word either way. Throws `unavailable`
 * where somebody holds it who could not be asked: that is neither.
 */
async function check(word: string, { refresh }: StatusFlags, deps: Deps): Promise<number> {
  const { target, only } = await meant(word, refresh, deps)
  await assertIdentityUsed([target], deps)
  // What the provider confirmed a moment ago is an answer for its holder, and for nobody else.
  const recent = await confirmed(deps, { refresh, only })
  if (await isHeldByUser(recent.known, deps).catch(() => false)) return 0
  const { known, unreadable } = await confirmed(deps, { refresh, only, anew: true })
  if (await isHeldByUser(known, deps)) return 0
  const problem = unreadable[0] ?? known.map(notAnswered).find((error) => error !== undefined)
  if (problem !== undefined) throw problem
  return 1
}

async function isHeldByUser(known: readonly Known[], deps: Deps): Promise<boolean> {
  return (await Promise.all(known.map((each) => isHeldNow(each, deps)))).includes(true)
}

/** A session is whoever's this machine is; a grant is one account's, that has to be signed in. */
async function isHeldNow({ elevation, trouble }: Known, deps: Deps): Promise<boolean> {
  if (trouble !== undefined || !isLive(elevation, deps.now())) return false
  const provider = await deps.provider(elevation.provider)
  if (provider.access === 'session') return true
  const { identity } = await provider.whoAmI(deps.signal)
  return isHeldBy(elevation, identity)
}

/** What a script must not take for "not active". */
function notAnswered({ elevation: { target }, trouble }: Known): PimError | undefined {
  if (trouble === undefined || trouble.kind === 'unavailable') return trouble?.about(target)
  const message = `pim could not check \`${target}\`: ${trouble.message}`
  const { hint, provider } = trouble
  return new PimError('unavailable', 'not-checked', message, {
    hint,
    provider,
    target,
    cause: trouble,
  })
}

/**
 * The target that the word means, and the names under which it is remembered. Throws `no-answer-in-time`
 * where a provider must say what it means, and does not.
 */
async function meant(
  word: string,
  refresh: boolean | undefined,
  deps: Deps,
): Promise<{ readonly target: TargetText; readonly only: readonly string[] }> {
  const isKnown = (await deps.records.of(word)).length > 0
  if (isKnown) return { target: parseTargetText(word), only: [word] }
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
  const remembered = await rememberedOf(target, deps)
  return { target, only: [formatTarget(target), ...remembered.map((each) => each.target)] }
}
