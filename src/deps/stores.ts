import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Secret, type CredentialStore, type CredentialStores } from '../core/credentials.ts'
import type { StoreName } from '../core/store-item.ts'
import { printable } from '../core/printable.ts'
import { parseStoreChoice, type Settings, type StoreChoice } from '../core/settings/settings.ts'
import type { Host } from './host.ts'
import { once } from './ports.ts'
import type { StoreDiagnosis, StorePlace } from '../system/store/credential-stores.ts'
import type { UnfinishedNotes } from '../core/unfinished.ts'
import type { Folders } from '../system/files/folders.ts'
import type { Io } from '../ui/output/io.ts'
export interface StoreChecks {
  /** What each credential store of this machine says of itself. */
  readonly diagnoseStores: () => Promise<readonly StoreDiagnosis[]>
  /** The names under which a credential store holds the audit log's anchor. */
  readonly anchorKeys: () => Promise<readonly string[]>
}

export function lazyStoreChecks(place: StorePlace, { state }: Folders): StoreChecks {
  return {
    diagnoseStores: async () =>
      (await import('../system/store/credential-stores.ts')).diagnoseStores(place),
    anchorKeys: async () =>
      (await import('../system/audit/anchor-store.ts')).anchorKeys(join(state, 'audit')),
  }
}

/** What the credential stores are opened with; one map of opened stores for the whole process. */
export function storePlace(
  { env, platform, onStuck, stretch }: Host,
  { state }: Folders,
): StorePlace {
  const passphrase = env.PIM_STORE_PASSPHRASE
  return {
    platform,
    stateFolder: state,
    env,
    passphrase: passphrase === undefined || passphrase === '' ? undefined : new Secret(passphrase),
    onStuck,
    stretch,
    opened: new Map(),
    notes: lazyNotes(state),
  }
}

function lazyNotes(state: string): UnfinishedNotes {
  const folder = join(state, 'keeping')
  const load = once(async () => {
    const { createUnfinishedNotes } = await import('../system/state/unfinished-notes.ts')
    return createUnfinishedNotes(folder)
  })
  return {
    begin: async (work) => (await load()).begin(work),
    // `pim status` runs in shell prompts, where there is nothing to finish nearly always.
    sweep: async (settle) => {
      if (existsSync(folder) && readdirSync(folder).length > 0) await (await load()).sweep(settle)
    },
  }
}

/** The stores that would be tried for something new. Nothing is opened. */
export async function likelyStores(
  { env }: Host,
  place: StorePlace,
  settings: () => Promise<Settings>,
): Promise<readonly StoreName[]> {
  const { candidates } = await import('../system/store/credential-stores.ts')
  return candidates(await storeChoice(env, settings), place)
}

async function storeChoice(
  env: Host['env'],
  settings: () => Promise<Settings>,
): Promise<StoreChoice> {
  const set = parseStoreChoice(env.PIM_CREDENTIAL_STORE) ?? (await settings()).credentialStore
  return set ?? 'auto'
}

export function lazyStores(
  { env }: Host,
  place: StorePlace,
  settings: () => Promise<Settings>,
  io: Io,
): CredentialStores {
  const load = () => import('../system/store/credential-stores.ts')
  const choose = once(async (): Promise<CredentialStore> => {
    const choice = await storeChoice(env, settings)
    const { store, tried } = await (await load()).chooseStore(choice, place)
    for (const { name, problem } of tried) {
      io.detail(`not kept in the ${name}: ${printable(problem.message)}`)
    }
    io.detail(`credentials are kept in: ${store.name}`)
    const shortcoming = store.name === 'memory' ? tried.at(-1)?.problem.message : undefined
    return shortcoming === undefined ? store : { ...store, shortcoming }
  })
  return {
    open: (name) => {
      const opened = async (): Promise<CredentialStore> => (await load()).openStore(name, place)
      return {
        name,
        read: async (key) => (await opened()).read(key),
        glance: async (key) => (await opened()).glance(key),
        write: async (key, secret) => (await opened()).write(key, secret),
        remove: async (key) => (await opened()).remove(key),
        others: async (known) => (await opened()).others?.(known),
      }
    },
    choose,
    ...(place.notes && { notes: place.notes }),
  }
}
