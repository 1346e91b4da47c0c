import { asPimError, PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Provider } from '../core/provider.ts'
import type { Requirements } from '../core/requirements.ts'
import type { Settings } from '../core/settings.ts'
import {
  formatTarget,
  matchTarget,
  parseTargetText,
  providerIds,
  type ProviderId,
  type Target,
  type TargetText,
} from '../core/target.ts'

export interface DiscoverDeps {
  readonly provider: (id: ProviderId) => Promise<Provider>
  readonly settings: () => Promise<Settings>
}

/** The targets that words mean: target texts, role ARNs and aliases. Each once, in the order given. */
export async function resolveTargets(
  words: readonly string[],
  deps: DiscoverDeps,
): Promise<readonly Target[]> {
  const { aliases } = await deps.settings()
  const texts = words.flatMap((word) => aliasOf(word, aliases) ?? [word])
  const targets = await Promise.all(texts.map((text) => resolveTarget(text, deps)))
  const byText = new Map(targets.map((target) => [formatTarget(target), target]))
  return [...byText.values()]
}

async function resolveTarget(text: string, deps: DiscoverDeps): Promise<Target> {
  const wanted = await understand(text, deps)
  const provider = await deps.provider(wanted.provider)
  const targets = await provider.targets()
  const listed = targets.find((target) => target.path === wanted.path)
  return listed ?? provider.locate(wanted.path) ?? matchTarget(wanted, targets)
}

/** A name without its provider is not taken for a target, but it tells which one was meant. */
async function understand(text: string, deps: DiscoverDeps): Promise<TargetText> {
  try {
    return parseTargetText(text)
  } catch (error) {
    const { targets } = await discover(deps)
    const meant = targets.filter(({ path }) => path.toLowerCase() === text.trim().toLowerCase())
    if (meant.length === 0) throw error
    const { kind, code, message } = asPimError(error)
    const names = meant.map((target) => `\`${printable(formatTarget(target))}\``).join(' or ')
    throw new PimError(kind, code, message, { hint: `write ${names}`, cause: error })
  }
}

function aliasOf(word: string, aliases: Settings['aliases']): readonly string[] | undefined {
  const name = Object.keys(aliases).find((alias) => alias.toLowerCase() === word.toLowerCase())
  return name === undefined ? undefined : aliases[name]
}

/** A provider that could not say what one is eligible for. */
interface ProviderTrouble {
  readonly provider: ProviderId
  readonly error: PimError
}

export interface Discovery {
  readonly targets: readonly Target[]
  readonly troubles: readonly ProviderTrouble[]
}

/** Everything one may elevate to. A provider that fails is named, and hides no other. */
export async function discover(
  deps: Pick<DiscoverDeps, 'provider'>,
  only?: ProviderId,
): Promise<Discovery> {
  const asked = providerIds.filter((id) => only === undefined || id === only)
  const answers = await Promise.all(
    asked.map(async (id) => {
      try {
        return { targets: await (await deps.provider(id)).targets() }
      } catch (error) {
        return { trouble: { provider: id, error: asPimError(error) } }
      }
    }),
  )
  return {
    targets: answers
      .flatMap((answer) => answer.targets ?? [])
      .toSorted((one, other) => formatTarget(one).localeCompare(formatTarget(other))),
    troubles: answers.flatMap((answer) => answer.trouble ?? []),
  }
}

/** What each target demands; undefined where it could not be read, with the reason among the troubles. */
export async function readRequirements(
  targets: readonly Target[],
  deps: Pick<DiscoverDeps, 'provider'>,
): Promise<ReadonlyMap<string, Requirements | PimError>> {
  const read = targets.map(async (target): Promise<[string, Requirements | PimError]> => {
    try {
      const provider = await deps.provider(target.provider)
      return [formatTarget(target), await provider.requirements(target)]
    } catch (error) {
      return [formatTarget(target), asPimError(error)]
    }
  })
  return new Map(await Promise.all(read))
}
