import { describeIdentity, howToLeave } from '../core/cloud-identity.ts'
import type { Duration } from '../core/duration.ts'
import { asPimError, PimError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { printable } from '../core/printable.ts'
import type { LoadProvider, Provider, Standing } from '../core/provider.ts'
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
import { findingsOf, freshness, knownFindings, type FindingsDeps, type Found } from './findings.ts'

export interface DiscoverDeps extends FindingsDeps {
  readonly provider: LoadProvider
  readonly settings: () => Promise<Settings>
}

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
  return Promise.all(texts.map((text) => resolveTarget(text, ask, deps)))
}

/** What is known already will do where it holds the name; else the provider is asked anew. */
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

/** A provider that could not say everything. `isSetUp` is false where nobody ever led pim there. */
export interface ProviderTrouble {
  /** Absent where it is this machine's own state that cannot be read. */
  readonly provider?: ProviderId
  /** For whom it was asked, where it was not for whoever is in use. */
  readonly identity?: Identity
  readonly error: PimError
  readonly isSetUp: boolean
}

export interface Discovery {
  readonly targets: readonly Target[]
  /** What is active at its provider, by the target's text form. */
  readonly active: ReadonlyMap<string, Standing>
  /** For whom each provider answered. */
  readonly identities: ReadonlyMap<ProviderId, Identity>
  readonly troubles: readonly ProviderTrouble[]
  /** When the oldest part of it was read; absent where all of it is of now. */
  readonly readAt?: Date
}

/** Everything one may elevate to. A provider that fails is named, and hides no other. */
export async function discover(
  deps: Omit<DiscoverDeps, 'settings'>,
  { only, maxAge = freshness.list }: { only?: ProviderId | undefined; maxAge?: Duration } = {},
): Promise<Discovery> {
  const answers = await Promise.all(
    only === undefined
      ? providerIds.map((id) => answerIfSetUp(id, maxAge, deps))
      : [answerOf(only, maxAge, deps)],
  )
  const readAt = answers
    .flatMap(({ found }) => found?.readAt ?? [])
    .toSorted((one, other) => one.getTime() - other.getTime())[0]
  return {
    targets: sorted(answers.flatMap(({ found }) => found?.targets ?? [])),
    active: new Map(
      answers.flatMap(({ id, found }) =>
        (found?.active ?? []).map((standing) => [
          formatTarget({ provider: id, path: standing.path }),
          standing,
        ]),
      ),
    ),
    identities: new Map(
      answers.flatMap(({ id, found }) =>
        found?.identity === undefined ? [] : [[id, found.identity]],
      ),
    ),
    troubles: answers.flatMap(({ troubles }) => troubles),
    ...(readAt !== undefined && { readAt }),
  }
}

interface Answer {
  readonly id: ProviderId
  readonly found?: Found
  readonly troubles: readonly ProviderTrouble[]
}

/** Where nobody led pim, it does not knock; the trouble says how to lead it there. */
async function answerIfSetUp(
  id: ProviderId,
  maxAge: Duration,
  deps: Omit<DiscoverDeps, 'settings'>,
): Promise<Answer> {
  if (await isSetUp(id, deps)) return answerOf(id, maxAge, deps)
  const error = new PimError('sign-in', 'not-set-up', 'nobody is signed in', {
    hint: '`pim login azure` signs in to Microsoft',
  })
  return { id, troubles: [{ provider: id, error, isSetUp: false }] }
}

/** What cannot even say so is asked all the same, for the error to show. */
async function isSetUp(id: ProviderId, deps: Pick<DiscoverDeps, 'provider'>): Promise<boolean> {
  try {
    return await (await deps.provider(id)).isSetUp()
  } catch {
    return true
  }
}

async function answerOf(
  id: ProviderId,
  maxAge: Duration,
  deps: Omit<DiscoverDeps, 'settings'>,
): Promise<Answer> {
  try {
    const provider = await deps.provider(id)
    const found = await findingsOf(provider, maxAge, deps)
    const troubles = found.troubles.map((error) => ({ provider: id, error, isSetUp: true }))
    return { id, found, troubles }
  } catch (thrown) {
    return { id, troubles: [{ provider: id, error: asPimError(thrown), isSetUp: true }] }
  }
}

/** What can be named without asking anybody, for the completion of words. */
export async function discoverKnown(
  deps: Omit<DiscoverDeps, 'settings'>,
): Promise<Pick<Discovery, 'targets'>> {
  const answers = await Promise.all(
    providerIds.map(async (id) => {
      const provider = await deps.provider(id)
      if (provider.access === 'grant') return knownFindings(provider, freshness.word, deps)
      return provider.discover(deps.signal).catch(() => undefined)
    }),
  )
  return { targets: sorted(answers.flatMap((found) => found?.targets ?? [])) }
}

function sorted(targets: readonly Target[]): readonly Target[] {
  return targets.toSorted((one, other) => formatTarget(one).localeCompare(formatTarget(other)))
}
