import { identityKey, type IdentityChoice } from '../core/identity/identity.ts'
import type { LoadProvider, Provider } from '../core/provider.ts'
import type { Globals } from './globals.ts'
import type { ProviderDeps } from '../providers/index.ts'

/** One of each provider for each identity; those of one identity share its tokens. */
export function providerLoader(deps: ProviderDeps): LoadProvider {
  const loaded = new Map<string, Promise<Provider>>()
  const depsOf = new Map<string, ProviderDeps>()
  return (id, identity) => {
    const key = identity === undefined ? '' : identityKey(identity)
    const bound = depsOf.get(key) ?? (identity === undefined ? deps : { ...deps, identity })
    depsOf.set(key, bound)
    const provider =
      loaded.get(`${id} ${key}`) ??
      import('../providers/index.ts').then(({ loadProvider }) => loadProvider(id, bound))
    loaded.set(`${id} ${key}`, provider)
    return provider
  }
}

/** The identity that a person named on the command line. */
export function identityChoice({ tenant, account }: Globals): IdentityChoice {
  return {
    ...(tenant !== undefined && { tenant }),
    ...(account !== undefined && { account }),
  }
}
