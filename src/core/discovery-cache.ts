import type { Identity } from './identity/identity.ts'
import type { Findings } from './provider.ts'
import type { ProviderId } from './target.ts'

/** What a provider said the last time it was asked, and when. */
export interface KnownFindings {
  readonly readAt: Date
  readonly targets: Findings['targets']
  readonly active: Findings['active']
  /** For whom it was read; absent where nobody in particular is asked. */
  readonly identity?: Identity
}

/**
 * What providers said, kept so that names complete and are found without asking again. An entry is
 * only found under the configuration that it was read with. Whatever cannot be read counts as absent.
 */
export interface FindingsCache {
  readonly get: (provider: ProviderId, configuration: string) => Promise<KnownFindings | undefined>
  readonly put: (provider: ProviderId, configuration: string, known: KnownFindings) => Promise<void>
  /** Something there was changed by us: what was known is no longer so. */
  readonly drop: (provider: ProviderId) => Promise<void>
}
