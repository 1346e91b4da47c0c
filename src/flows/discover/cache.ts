import { milliseconds, minutes, hours, type Duration } from '../../core/time/duration.ts'
import type { FindingsCache } from '../../core/discovery-cache.ts'
import type { Identity } from '../../core/identity/identity.ts'
import type { Findings, Provider } from '../../core/provider.ts'

export interface FindingsDeps {
  readonly findings: FindingsCache
  readonly now: () => Date
  readonly signal: AbortSignal
}

/** How old an answer may be: for a list, for finding a target by its name, for completing a word. */
export const freshness = {
  now: { seconds: 0 },
  list: minutes(5),
  name: hours(1),
  word: hours(24 * 30),
} as const satisfies Record<string, Duration>

/** What a provider knows, and when it said so where that was not just now. */
export interface Found extends Findings {
  /** For whom it was read; absent where nobody in particular is asked. */
  readonly identity?: Identity
  readonly readAt?: Date
}

/**
 * What a provider knows of us, at most `maxAge` old. An answer with troubles is not kept: it would
 * look whole the next time. Who hands out sessions reads a local file, which is never older than now.
 */
export async function findingsOf(
  provider: Provider,
  maxAge: Duration,
  deps: FindingsDeps,
): Promise<Found> {
  if (provider.access === 'session') return provider.discover(deps.signal)
  const known = await knownFindings(provider, maxAge, deps)
  if (known !== undefined) return known
  const [answer, { identity }] = await Promise.all([
    provider.discover(deps.signal),
    provider.whoAmI(deps.signal),
  ])
  const found: Found = { ...answer, identity }
  if (found.troubles.length === 0) {
    const { targets, active } = found
    const entry = { readAt: deps.now(), targets, active, identity }
    // Without a cache everything works, only slower.
    await deps.findings
      .put(provider.id, await provider.configuration(), entry)
      .catch(() => undefined)
  }
  return found
}

/** What is known without asking anybody. */
export async function knownFindings(
  provider: Provider,
  maxAge: Duration,
  { findings, now }: FindingsDeps,
): Promise<Found | undefined> {
  if (maxAge.seconds === 0) return undefined
  const known = await findings.get(provider.id, await provider.configuration())
  if (known === undefined) return undefined
  const age = now().getTime() - known.readAt.getTime()
  // A time to come means that a clock was set; nobody knows how old it is.
  if (age < 0 || age > milliseconds(maxAge)) return undefined
  return { ...known, troubles: [] }
}
