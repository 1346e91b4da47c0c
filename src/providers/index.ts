import type { Provider } from '../core/provider.ts'
import type { Settings } from '../core/settings.ts'
import type { ProviderId } from '../core/target.ts'

/** What every provider is built from. */
export interface ProviderDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly settings: () => Promise<Settings>
}

/** Every provider, and how to load it: none costs anything until it is used. */
const providers = {
  aws: async (deps: ProviderDeps) => (await import('./aws/provider.ts')).createAwsProvider(deps),
} satisfies Record<ProviderId, (deps: ProviderDeps) => Promise<Provider>>

export function loadProvider(id: ProviderId, deps: ProviderDeps): Promise<Provider> {
  return providers[id](deps)
}
