import { join } from 'node:path'
import type { AuditLog } from '../core/audit/audit.ts'
import type { CredentialStores } from '../core/credentials.ts'
import type { StoreName } from '../core/store-item.ts'
import type { ElevationRecords } from '../core/elevation/elevation.ts'
import type { FindingsCache } from '../core/discovery-cache.ts'
import type { Flights } from '../core/elevation/single-flight.ts'
import type { DesktopNotice } from '../core/notice.ts'
import type { SignInIndex } from '../core/identity/sign-in.ts'
import type { Uses } from '../core/elevation/usage.ts'
import type { Host } from './host.ts'
import type { ConfigDocument } from '../system/files/config-file.ts'
import type { Folders } from '../system/files/folders.ts'
import type { Keys } from '../system/terminal/keys.ts'

/** Made when it is first asked for, once. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

export function lazyRecords({ now, uptimeSeconds }: Host, { state }: Folders): ElevationRecords {
  const load = once(async () => {
    const { createElevationRecords } = await import('../system/state/elevation-file.ts')
    return createElevationRecords(join(state, 'elevations'), () => {
      const seconds = uptimeSeconds()
      return seconds === undefined ? undefined : { at: now(), uptimeSeconds: seconds }
    })
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
    const { createFindingsCache } = await import('../system/state/discovery-cache-file.ts')
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
    const { createSignInIndex } = await import('../system/state/sign-in-file.ts')
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
  const load = () => import('../system/files/config-file.ts')
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
    const { createFlights } = await import('../system/state/single-flight.ts')
    const { pid } = host
    return createFlights({ folder: join(state, 'flights'), command: 'pim', pid, now })
  })
  return { run: async (key, options, work) => (await load()).run(key, options, work) }
}

export function lazyUses({ state }: Folders): Uses {
  const load = once(async () => {
    const { createUses } = await import('../system/state/usage.ts')
    return createUses(join(state, 'uses'))
  })
  return {
    begin: async (id) => (await load()).begin(id),
    isUsed: async (id) => (await load()).isUsed(id),
  }
}

interface AuditParts {
  readonly folders: Folders
  readonly stores: CredentialStores
  readonly likely: () => Promise<readonly StoreName[]>
  readonly now: () => Date
  readonly warn: (message: string) => void
}

export function lazyAudit(
  { pid, uid }: Host,
  { folders, stores, likely, now, warn }: AuditParts,
): AuditLog {
  const folder = join(folders.state, 'audit')
  const load = once(async () => {
    const [{ createAuditLog }, { createStoredAnchor }] = await Promise.all([
      import('../system/audit/log.ts'),
      import('../system/audit/anchor-store.ts'),
    ])
    const anchor = createStoredAnchor({ stores, folder, likely })
    return createAuditLog({ folder, now, anchor, uid, pid, command: 'pim', warn })
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

interface NoticePorts {
  readonly showOnDesktop: (notice: DesktopNotice) => Promise<void>
  readonly openKeys: (leave: () => void) => Promise<Keys>
}

/** How a person is told of what comes, and the keys by which they answer. */
export function lazyNotices({ env, platform, terminal }: Host): NoticePorts {
  return {
    showOnDesktop: async (notice) => {
      const { showOnDesktop } = await import('../system/process/desktop-notice.ts')
      await showOnDesktop(notice, { env, platform })
    },
    openKeys: async (leave) => {
      const { openKeys } = await import('../system/terminal/keys.ts')
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
    readInput: async () => (await import('../system/terminal/input.ts')).readInput(host.stdin()),
    readLine: async (descriptor) =>
      (await import('../system/terminal/line.ts')).readLine(descriptor, { onStuck: host.onStuck }),
  }
}
