import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { onTestFinished, vi } from 'vitest'
import {
  Secret,
  type CredentialStore,
  type CredentialStores,
} from '../../../src/core/credentials.ts'
import type { StoreName } from '../../../src/core/store-item.ts'
import { milliseconds, type Duration } from '../../../src/core/time/duration.ts'
import type { Identity, IdentityChoice } from '../../../src/core/identity/identity.ts'
import type { AzureSettings } from '../../../src/core/settings/settings.ts'
import {
  createMicrosoftSession,
  type MicrosoftDeps,
  type MicrosoftSession,
} from '../../../src/providers/microsoft/session/session.ts'
import { startTenant, type Tenant } from '../../../sandbox/microsoft/tenant.ts'
import { memoryIndex } from '../../core/identity/sign-in-index.ts'
import { temporaryFolder } from '../../system/temporary-folder.ts'

export const signal = new AbortController().signal

/** A credential store in memory that outlives every session of the test, and says so. */
export interface TestStore extends CredentialStores {
  readonly items: Map<string, string>
  /** How often it was read from and written to. */
  readonly calls: { reads: number; writes: number; probes: number }
}

export function testStore(name: StoreName = 'keychain'): TestStore {
  const items = new Map<string, string>()
  const calls = { reads: 0, writes: 0, probes: 0 }
  const read = async (key: string): Promise<Secret | undefined> => {
    calls.reads += 1
    const value = items.get(key)
    return value === undefined ? undefined : new Secret(value)
  }
  const store: CredentialStore = {
    name,
    read,
    glance: read,
    write: async (key, secret) => {
      calls.writes += 1
      items.set(key, secret.reveal())
    },
    remove: async (key) => items.delete(key),
  }
  const empty: CredentialStore = { ...store, read: none, glance: none, remove: async () => false }
  return {
    items,
    calls,
    open: (wanted) => (wanted === name ? store : { ...empty, name: wanted }),
    choose: async () => {
      calls.probes += 1
      return store
    },
  }
}

async function none(): Promise<undefined> {
  return undefined
}

export interface RoomOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly azure?: AzureSettings
  readonly store?: TestStore
  readonly mayBeAsked?: boolean
  readonly openBrowser?: (url: string) => Promise<void>
  /** Who was named for the command. */
  readonly choice?: IdentityChoice
  /** Who holds what is asked about. */
  readonly identity?: Identity
}

/** A tenant, a person with a browser, and sessions on one machine. */
export interface Room {
  readonly tenant: Tenant
  readonly store: TestStore
  readonly env: Readonly<Record<string, string | undefined>>
  readonly deps: MicrosoftDeps
  readonly session: MicrosoftSession
  /** What the person was told. */
  readonly said: string[]
  /** How often a browser was opened. */
  readonly opened: { count: number }
  /** How long the session wanted to wait, each time. */
  readonly waits: number[]
  /** The next process on the same machine. */
  readonly next: (options?: RoomOptions) => MicrosoftSession
  readonly advance: (span: Duration) => void
  /** What the authority was asked since last asked. */
  readonly asked: () => readonly string[]
}

/** Starts one for the running test, at noon of 2026-03-01. */
export async function openRoom(options: RoomOptions = {}): Promise<Room> {
  const folder = temporaryFolder()
  const tenant = await startTenant({ folder, now: () => new Date() })
  onTestFinished(() => tenant.stop())
  // Its certificate goes by the clock of the machine.
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T12:00:00Z') })
  onTestFinished(() => void vi.useRealTimers())
  setDefaultCACertificates([...getCACertificates('default'), tenant.ca])
  const store = options.store ?? testStore()
  const index = memoryIndex()
  const said: string[] = []
  const opened = { count: 0 }
  const waits: number[] = []
  const env = surroundings({ ...tenant.environment, HOME: folder, ...options.env })
  const depsOf = (more: RoomOptions): MicrosoftDeps => ({
    env: more.env === undefined ? env : { ...env, ...more.env },
    platform: 'linux',
    now: () => new Date(),
    sleep: async ({ seconds }) => void waits.push(seconds),
    settings: async () => {
      const azure = more.azure ?? options.azure
      return azure === undefined ? {} : { azure }
    },
    stores: store,
    ...(more.choice !== undefined && { choice: more.choice }),
    ...(more.identity !== undefined && { identity: more.identity }),
    signInIndex: index,
    person: {
      mayBeAsked: more.mayBeAsked ?? options.mayBeAsked ?? true,
      openBrowser: async (url) => {
        opened.count += 1
        await (more.openBrowser ?? options.openBrowser ?? browse)(url)
      },
      say: (text) => void said.push(text),
      show: (text) => void said.push(text),
    },
  })
  const deps = depsOf({})
  let seen = 0
  return {
    tenant,
    store,
    env,
    deps,
    session: createMicrosoftSession(deps),
    said,
    opened,
    waits,
    next: (more = {}) => createMicrosoftSession(depsOf(more)),
    advance: (span) => void vi.setSystemTime(Date.now() + milliseconds(span)),
    asked: () => {
      const calls = tenant.calls.slice(seen)
      seen = tenant.calls.length
      return calls
        .filter(({ surface }) => surface === 'authority')
        .map(({ operation }) => operation)
    },
  }
}

/** A browser that looks at the page it is sent to. */
export async function browse(url: string): Promise<void> {
  await fetch(url).then((answer) => answer.text())
}

/** Lets the SDK, which reads the process's own environment, see these variables and no others of its kind. */
function surroundings(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  for (const name of Object.keys(process.env)) {
    if (/^(AZURE|MSI|IDENTITY|AZD)_|_proxy$/i.test(name)) vi.stubEnv(name, undefined)
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  return env
}

/** Everything that must never be seen: each token that the store holds. */
export function secretsIn({ items }: TestStore): readonly string[] {
  return [...items.values()].flatMap((text) => text.match(/[\w-]{40,}(\.[\w-]{20,}){0,2}/g) ?? [])
}
