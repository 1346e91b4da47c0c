import { join } from 'node:path'
import type { AuditLog } from './core/audit.ts'
import {
  Secret,
  type CredentialStore,
  type CredentialStores,
  type StoreName,
  type StoreNotes,
} from './core/credentials.ts'
import type { ElevationRecords } from './core/elevation.ts'
import type { FindingsCache } from './core/findings.ts'
import type { Flights } from './core/flight.ts'
import type { DesktopNotice } from './core/notice.ts'
import { printable } from './core/printable.ts'
import { parseStoreChoice, type Settings, type StoreChoice } from './core/settings.ts'
import type { SignInIndex } from './core/sign-in.ts'
import type { Uses } from './core/uses.ts'
import type { Host } from './host.ts'
import type { ConfigDocument } from './system/config-file.ts'
import type { StoreDiagnosis, StorePlace } from './system/credential-stores.ts'
import type { Folders } from './system/folders.ts'
import type { Keys } from './system/keys.ts'
import type { Io } from './ui/io.ts'

/** Made when it is first asked for, once. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

export function lazyRecords({ state }: Folders): ElevationRecords {
  const load = once(async () => {
    const { createElevationRecords } = await import('./system/elevation-file.ts')
    return createElevationRecords(join(state, 'elevations'))
  })
  return {
    list: async () => (await load()).list(),
    read: async () => (await load()).read(),
    of: async (target) => (await load()).of(target),
    put: async (elevation) => (await load()).put(elevation),
    remove: async (elevation) => (await load()).remove(elevation),
  }
}

/** Where what providers said is kept for a while. */
export function findingsFolder({ cache }: Folders): string {
  return join(cache, 'findings')
}

export function lazyFindings(folders: Folders): FindingsCache {
  const load = once(async () => {
    const { createFindingsCache } = await import('./system/findings-file.ts')
    return createFindingsCache(findingsFolder(folders))
  })
  return {
    get: async (provider, configuration) => (await load()).get(provider, configuration),
    put: async (provider, configuration, known) =>
      (await load()).put(provider, configuration, known),
    drop: async (provider) => (await load()).drop(provider),
  }
}

export function lazySignInIndex({ state }: Folders, flights: Flights): SignInIndex {
  const load = once(async () => {
    const { createSignInIndex } = await import('./system/sign-in-file.ts')
    return createSignInIndex(state, flights)
  })
  return {
    read: async () => (await load()).read(),
    change: async (change) => (await load()).change(change),
  }
}

interface ConfigAccess {
  readonly configDocument: () => Promise<ConfigDocument>
  /** In one replacement, while nobody else does; nothing is written that could not be read back. */
  readonly changeConfig: (change: (document: ConfigDocument) => ConfigDocument) => Promise<void>
}

/** The configuration file as it is written, and the one way to change it. */
export function lazyConfig({ configFile: path }: Folders, flights: Flights): ConfigAccess {
  const load = () => import('./system/config-file.ts')
  const undisturbed = { signal: new AbortController().signal, patienceSeconds: 10 }
  return {
    configDocument: async () => (await load()).readDocument(path),
    changeConfig: async (change) => {
      const { readDocument, writeDocument } = await load()
      await flights.run(`config:${path}`, undisturbed, async () =>
        writeDocument(path, change(await readDocument(path))),
      )
    },
  }
}

export function lazyFlights(host: Host, { state }: Folders, now: () => Date): Flights {
  const load = once(async () => {
    const { createFlights } = await import('./system/flights.ts')
    const { pid } = host
    return createFlights({ folder: join(state, 'flights'), command: 'pim', pid, now })
  })
  return { run: async (key, options, work) => (await load()).run(key, options, work) }
}

export function lazyUses({ state }: Folders): Uses {
  const load = once(async () => {
    const { createUses } = await import('./system/uses.ts')
    return createUses(join(state, 'uses'))
  })
  return {
    begin: async (id) => (await load()).begin(id),
    isUsed: async (id) => (await load()).isUsed(id),
  }
}

export function lazyAudit(
  { pid, uid }: Host,
  { state }: Folders,
  stores: CredentialStores,
  likely: () => Promise<readonly StoreName[]>,
  now: () => Date,
): AuditLog {
  const folder = join(state, 'audit')
  const load = once(async () => {
    const [{ createAuditLog }, { createStoredAnchor }] = await Promise.all([
      import('./system/audit-file.ts'),
      import('./system/stored-anchor.ts'),
    ])
    const anchor = createStoredAnchor({ stores, folder, likely })
    return createAuditLog({ folder, now, anchor, uid, pid, command: 'pim' })
  })
  return {
    path: join(folder, 'audit.jsonl'),
    append: async (event) => (await load()).append(event),
    ensureWritable: async () => (await load()).ensureWritable(),
    ensureSound: async () => (await load()).ensureSound(),
    read: async function* read(reading) {
      yield* (await load()).read(reading)
    },
    records: async () => (await load()).records(),
    verify: async () => (await load()).verify(),
    restart: async (reason) => (await load()).restart(reason),
  }
}

export interface StoreChecks {
  /** What each credential store of this machine says of itself. */
  readonly diagnoseStores: () => Promise<readonly StoreDiagnosis[]>
  /** The names under which a credential store holds the audit log's anchor. */
  readonly anchorKeys: () => Promise<readonly string[]>
}

export function lazyStoreChecks(place: StorePlace, { state }: Folders): StoreChecks {
  return {
    diagnoseStores: async () =>
      (await import('./system/credential-stores.ts')).diagnoseStores(place),
    anchorKeys: async () =>
      (await import('./system/stored-anchor.ts')).anchorKeys(join(state, 'audit')),
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
    notes: lazyStoreNotes(state),
  }
}

function lazyStoreNotes(state: string): StoreNotes {
  const load = once(async () => {
    const { createStoreNotes } = await import('./system/store-notes.ts')
    return createStoreNotes(join(state, 'keeping'))
  })
  return {
    begin: async (items) => (await load()).begin(items),
    sweep: async (settle) => (await load()).sweep(settle),
  }
}

/** The stores that would be tried for something new. Nothing is opened. */
export async function likelyStores(
  { env }: Host,
  place: StorePlace,
  settings: () => Promise<Settings>,
): Promise<readonly StoreName[]> {
  const { candidates } = await import('./system/credential-stores.ts')
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
  const load = () => import('./system/credential-stores.ts')
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

interface NoticePorts {
  readonly showOnDesktop: (notice: DesktopNotice) => Promise<void>
  readonly openKeys: (leave: () => void) => Promise<Keys>
}

/** How a person is told of what comes, and the keys by which they answer. */
export function lazyNotices({ env, platform, terminal }: Host): NoticePorts {
  return {
    showOnDesktop: async (notice) => {
      const { showOnDesktop } = await import('./system/desktop-notice.ts')
      await showOnDesktop(notice, { env, platform })
    },
    openKeys: async (leave) => {
      const { openKeys } = await import('./system/keys.ts')
      return openKeys(terminal().input, leave)
    },
  }
}

interface InputPorts {
  readonly readInput: () => Promise<string>
  readonly readLine: (descriptor: number) => Promise<string>
}

/** What is written to this process, by no person at a terminal. */
export function lazyInput(host: Host): InputPorts {
  return {
    readInput: async () => (await import('./system/input.ts')).readInput(host.stdin()),
    readLine: async (descriptor) =>
      (await import('./system/line.ts')).readLine(descriptor, { onStuck: host.onStuck }),
  }
}
