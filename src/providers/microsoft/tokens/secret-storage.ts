import type { CredentialStore, Secret } from '../../../core/credentials.ts'
import type { StoreName } from '../../../core/store-item.ts'
import { asPimError } from '../../../core/errors.ts'
import { parseStoreChoice } from '../../../core/settings/settings.ts'
import type { MicrosoftDeps } from '../deps.ts'

/** What this machine keeps of Microsoft, in whichever credential store it was put. */
export interface Kept {
  /** Undefined where no store holds it; a store that does not work holds nothing. */
  readonly read: (key: string) => Promise<Secret | undefined>
  /** Resolves with where it went. Throws where the chosen store does not work. */
  readonly write: (key: string, secret: Secret) => Promise<StoreName>
  readonly remove: (key: string) => Promise<boolean>
  /** What was put into this very store. Throws where the store does not work: that is no answer. */
  readonly readFrom: (store: StoreName, key: string) => Promise<Secret | undefined>
  readonly writeTo: (store: StoreName, key: string, secret: Secret) => Promise<void>
  readonly removeFrom: (store: StoreName, key: string) => Promise<void>
}

type KeptDeps = Pick<MicrosoftDeps, 'env' | 'platform' | 'settings' | 'stores'>

export function createKept(deps: KeptDeps): Kept {
  // Where something was found, the rest is too.
  let found: CredentialStore | undefined
  const candidates = async (): Promise<readonly CredentialStore[]> =>
    found === undefined ? storesOf(deps) : [found]
  return {
    read: async (key) => {
      for (const store of await candidates()) {
        const secret = await ifItWorks(() => store.glance(key))
        if (secret === undefined) continue
        found = store
        return secret
      }
      return undefined
    },
    write: async (key, secret) => {
      const store = await deps.stores.choose()
      await store.write(key, secret)
      found = store
      return store.name
    },
    remove: async (key) => {
      const removed = await Promise.all(
        (await storesOf(deps)).map((store) => ifItWorks(() => store.remove(key))),
      )
      return removed.includes(true)
    },
    readFrom: (store, key) => deps.stores.open(store).read(key),
    writeTo: (store, key, secret) => deps.stores.open(store).write(key, secret),
    removeFrom: async (store, key) => {
      await deps.stores.open(store).remove(key)
    },
  }
}

/** Unprobed, in the order in which one would be chosen. */
async function storesOf({
  env,
  platform,
  settings,
  stores,
}: KeptDeps): Promise<readonly CredentialStore[]> {
  const choice = parseStoreChoice(env.PIM_CREDENTIAL_STORE) ?? (await settings()).credentialStore
  if (choice !== undefined && choice !== 'auto') return [stores.open(choice)]
  const names: StoreName[] = [
    'keychain',
    ...(platform === 'linux' ? (['keyring'] as const) : []),
    ...(env.PIM_STORE_PASSPHRASE ? (['file'] as const) : []),
    'memory',
  ]
  return names.map((name) => stores.open(name))
}

async function ifItWorks<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await call()
  } catch (error) {
    if (asPimError(error).kind === 'unavailable' || asPimError(error).kind === 'usage') {
      return undefined
    }
    throw error
  }
}
