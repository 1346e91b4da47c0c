import { describeIdentity, howToLeave } from '../../core/identity/cloud-identity.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import type { Settings } from '../../core/settings/settings.ts'
import {
  formatTarget,
  matchTarget,
  parseTargetText,
  providerIds,
  type ProviderId,
  type Target,
  type TargetText,
} from '../../core/target.ts'
import { discoverKnown, type DiscoverDeps } from './discover.ts'
import { findingsOf, freshness, knownFindings, type FindingsDeps, type Found } from './cache.ts'

/** The targets that words mean: target texts, role ARNs and aliases. Each once, in the order given. */
export async function resolveTargets(
  words: readonly string[],
  deps: DiscoverDeps,
): Promise<readonly Target[]> {
  const { aliases } = await deps.settings()
  const texts = words.flatMap((word) => aliasOf(word, aliases) ?? [word])
  const targets = await resolveEach(texts, deps)
  const byText = new Map(targets.map((target) => [formatTarget(target), target]))
  return [...byText.values()]
}

/** A provider is asked once for all the words that name it. */
async function resolveEach(
  texts: readonly string[],
  deps: DiscoverDeps,
): Promise<readonly Target[]> {
  const asked = new Map<ProviderId, Promise<Found>>()
  const ask = (provider: Provider): Promise<Found> => {
    const found = asked.get(provider.id) ?? findingsOf(provider, freshness.now, deps)
    asked.set(provider.id, found)
    return found
  }
  const results = await Promise.allSettled(texts.map((text) => resolveTarget(text, ask, deps)))
  const errors = results.flatMap((each) =>
    each.status === 'rejected' ? [asPimError(each.reason)] : [],
  )
  if (errors.length > 0) throw together(errors)
  return results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

/** Every target that is not there, in one error; of other errors the first. */
function together(errors: readonly PimError[]): PimError | undefined {
  const [first] = errors
  if (errors.length < 2 || errors.some(({ code }) => code !== 'unknown-target')) {
    return errors.find(({ kind }) => kind === 'interrupted') ?? first
  }
  const names = errors.map(({ target = '' }) => `\`${printable(target)}\``).join(', ')
  const hints = errors.flatMap(({ target = '', hint }) =>
    hint === undefined ? [] : [`${printable(target)}: ${hint}`],
  )
  return new PimError('usage', 'unknown-target', `no targets ${names}`, { hint: hints.join('; ') })
}

/** Looks in the discovery cache first, and then asks the provider. */
async function resolveTarget(
  text: string,
  ask: (provider: Provider) => Promise<Found>,
  deps: DiscoverDeps,
): Promise<Target> {
  const wanted = await understand(text, deps)
  const provider = await deps.provider(wanted.provider)
  const known = await knownFindings(provider, freshness.name, deps)
  if (known !== undefined) {
    try {
      return pickTarget(wanted, known.targets, provider)
    } catch {
      // It may have become eligible since.
    }
  }
  const { targets, troubles } = await ask(provider)
  try {
    return pickTarget(wanted, targets, provider)
  } catch (error) {
    const [trouble] = troubles
    if (trouble === undefined) {
      throw targets.length === 0 ? await asWhom(asPimError(error), provider, deps) : error
    }
    // What could not be read may have held it, as may the last answer that was whole.
    const before = await knownFindings(provider, freshness.word, deps)
    const known = before?.targets.find((target) => isNamed(wanted, target))
    if (known !== undefined) return known
    throw trouble.about(formatTarget(wanted))
  }
}

function isNamed(wanted: TargetText, target: Target): boolean {
  try {
    return matchTarget(wanted, [target]) === target
  } catch {
    return false
  }
}

/** Who is eligible for nothing may not be who was meant. */
async function asWhom(
  error: PimError,
  { access, whoAmI }: Provider,
  { signal }: FindingsDeps,
): Promise<PimError> {
  const identity = access === 'grant' ? await whoAmI(signal).catch(() => undefined) : undefined
  if (identity === undefined) return error
  const who = printable(describeIdentity(identity))
  const hint = [error.hint, howToLeave(identity)].filter((part) => part !== undefined).join('; ')
  const message = `${error.message}: ${who} is eligible for nothing there`
  const { kind, code, target } = error
  return new PimError(kind, code, message, { hint, target, cause: error })
}

function pickTarget(wanted: TargetText, targets: readonly Target[], provider: Provider): Target {
  const listed = targets.find((target) => target.path === wanted.path)
  return listed ?? provider.locate(wanted.path, targets) ?? matchTarget(wanted, targets)
}

/** A name without its provider is not taken for a target, but it tells which one was meant. */
async function understand(text: string, deps: DiscoverDeps): Promise<TargetText> {
  try {
    return parseTargetText(text)
  } catch (error) {
    const meant = await withoutProvider(text.trim(), deps)
    if (meant.length === 0) throw error
    const { kind, code, message } = asPimError(error)
    const names = meant.map((target) => `\`${printable(formatTarget(target))}\``).join(' or ')
    throw new PimError(kind, code, message, { hint: `did you mean ${names}?`, cause: error })
  }
}

/** What a path names: what is known under it, else what is complete as it is written. */
async function withoutProvider(path: string, deps: DiscoverDeps): Promise<readonly Target[]> {
  const { targets } = await discoverKnown(deps)
  const known = targets.filter((target) => target.path.toLowerCase() === path.toLowerCase())
  if (known.length > 0) return known
  const providers = await Promise.all(providerIds.map((id) => deps.provider(id)))
  return providers.flatMap((provider) => provider.locate(path, []) ?? [])
}

function aliasOf(word: string, aliases: Settings['aliases']): readonly string[] | undefined {
  const name = Object.keys(aliases).find((alias) => alias.toLowerCase() === word.toLowerCase())
  return name === undefined ? undefined : aliases[name]
}
