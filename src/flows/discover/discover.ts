import type { Duration } from '../../core/time/duration.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import type { Identity } from '../../core/identity/identity.ts'
import type { LoadProvider, Standing } from '../../core/provider.ts'
import type { Settings } from '../../core/settings/settings.ts'
import { formatTarget, providerIds, type ProviderId, type Target } from '../../core/target.ts'
import { findingsOf, freshness, knownFindings, type FindingsDeps, type Found } from './cache.ts'

export interface DiscoverDeps extends FindingsDeps {
  readonly provider: LoadProvider
  readonly settings: () => Promise<Settings>
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
  const error = new PimError('sign-in', 'not-set-up', 'not signed in', {
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
