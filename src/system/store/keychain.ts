import { createRequire } from 'node:module'
import { type CredentialStore, Secret } from '../../core/credentials.ts'
import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Environment } from './session-bus.ts'

/** The part of `@napi-rs/keyring` that is used. */
export interface KeyringModule {
  readonly AsyncEntry: EntryConstructor<KeyringEntry>
  readonly Entry: EntryConstructor<SynchronousEntry>
  readonly findCredentialsAsync: (service: string) => Promise<readonly FoundItem[]>
}

interface FoundItem {
  readonly account: string
  readonly password: string
}

type EntryConstructor<T> = new (
  service: string,
  username: string,
  options?: { linux?: { store?: LinuxStore } },
) => T

interface KeyringEntry {
  getPassword: () => Promise<string | null>
  setPassword: (password: string) => Promise<void>
  deletePassword: () => Promise<boolean>
}

interface SynchronousEntry {
  getPassword: () => string | null
  setPassword: (password: string) => void
  deletePassword: () => boolean
}

type LinuxStore = 'secret-service' | 'keyutils'

export interface KeychainOptions {
  readonly name: 'keychain' | 'keyring'
  /** Pins the store on Linux, where the library would fall back to another one silently. */
  readonly store: LinuxStore | undefined
  readonly service: string
  readonly timeoutSeconds: number
  readonly env: Environment
  readonly loadKeyring: () => Promise<KeyringModule>
  /** Called when a native call outlived its limit: its thread is lost, and `process.exit` would wait for it. */
  readonly onStuck: () => void
}

/** The operating system's keychain, or the Linux kernel's keyring, through `@napi-rs/keyring`. */
export function createKeychain(options: KeychainOptions): CredentialStore {
  const call = createCaller(options)
  const inHaste = { ...options, timeoutSeconds: Math.min(options.timeoutSeconds, hasteSeconds) }
  // Each entry of its own is a connection of its own, and a new one takes 8 ms.
  const entries = new Map<string, KeyringEntry>()
  const ask = <T>(key: string, question: (entry: KeyringEntry) => Promise<T>): Promise<T> =>
    call(
      async () => {
        const entry = entries.get(key) ?? (await openEntry(key, options))
        entries.set(key, entry)
        return () => question(entry)
      },
      { onFailure: () => entries.delete(key) },
    )
  return {
    name: options.name,
    read: async (key) => asSecret(await ask(key, (entry) => entry.getPassword())),
    glance: async (key) => {
      const byEntry = () => ask(key, (entry) => entry.getPassword())
      if (options.store !== 'secret-service') return asSecret(await byEntry())
      const found = call(() => findItem(key, options), { limits: inHaste })
      return asSecret(await found.catch(byEntry))
    },
    write: (key, secret) => ask(key, (entry) => entry.setPassword(secret.reveal())),
    remove: (key) => ask(key, (entry) => entry.deletePassword()),
    others: async (known) => {
      // What the kernel keeps is found by its name only.
      if (options.store === 'keyutils') return undefined
      const keys = await call(() => listKeys(options))
      return keys.filter((key) => !known.includes(key))
    },
  }
}

function asSecret(value: string | null): Secret | undefined {
  return value === null ? undefined : new Secret(value)
}

/**
 * One item, found among ours by a call that runs in a thread of its own from beginning to end. An
 * entry connects on the main thread, and the bus must be knocked at before that, which would cost
 * `pim credentials` 7 ms on every call. Where it fails, an entry tells why.
 */
async function findItem(
  key: string,
  options: KeychainOptions,
): Promise<() => Promise<string | null>> {
  const { findCredentialsAsync } = await loadOrExplain(options)
  return async () => {
    const items = await findCredentialsAsync(options.service)
    return items.find(({ account }) => account === key)?.password ?? null
  }
}

async function listKeys(options: KeychainOptions): Promise<() => Promise<readonly string[]>> {
  const { findCredentialsAsync } = await loadOrExplain(options)
  return async () => (await findCredentialsAsync(options.service)).map(({ account }) => account)
}

/** The native module, loaded when it is first needed. */
export async function loadKeyring(): Promise<KeyringModule> {
  // From CommonJS, import() would bring the loader of ES modules along, at 2 ms.
  const module: KeyringModule = createRequire(import.meta.url)('@napi-rs/keyring')
  return module
}

interface Circumstances {
  readonly limits?: KeychainOptions
  readonly onFailure?: () => void
}

/** A program that asks for credentials on every call should not be kept waiting for long. */
const hasteSeconds = 5

/** Asks the native module, within the time limit. What is prepared first cannot get stuck. */
function createCaller(options: KeychainOptions) {
  let stuckAfter: KeychainOptions | undefined
  return async <T>(
    prepare: () => Promise<() => Promise<T>>,
    { limits = options, onFailure = () => {} }: Circumstances = {},
  ): Promise<T> => {
    // Every further call would cost another thread and another wait.
    if (stuckAfter !== undefined) throw silent(stuckAfter)
    try {
      const question = await prepare()
      const answer = question()
      return await withinLimit(answer, limits, () => {
        stuckAfter = limits
        options.onStuck()
        const free = () => (stuckAfter = undefined)
        answer.then(free, free)
      })
    } catch (thrown) {
      onFailure()
      throw explain(thrown, options)
    }
  }
}

/** Its sockets take 3 ms to load, for a store that few platforms have. */
async function knockAtBus(env: Environment): Promise<void> {
  const { awaitSessionBus } = await import('./session-bus.ts')
  await awaitSessionBus(env)
}

async function openEntry(key: string, options: KeychainOptions): Promise<KeyringEntry> {
  const { service, store } = options
  const bus = store === 'secret-service' ? knockAtBus(options.env) : undefined
  const [{ AsyncEntry, Entry }] = await Promise.all([loadOrExplain(options), bus])
  const linux = store === undefined ? {} : { linux: { store } }
  if (store !== 'keyutils') return new AsyncEntry(service, key, linux)
  // Without a session keyring of its own, as in a container, a process gets one with its first
  // entry, and that entry still looks into the old one: keyctl_get_persistent(3), keyrings(7).
  void new Entry(service, key, linux)
  return onThisThread(new Entry(service, key, linux))
}

// That session keyring belongs to the thread that made the entry; the library's other threads are
// refused. The kernel answers at once, so nothing waits here.
function onThisThread(entry: SynchronousEntry): KeyringEntry {
  return {
    getPassword: async () => entry.getPassword(),
    setPassword: async (password) => entry.setPassword(password),
    deletePassword: async () => entry.deletePassword(),
  }
}

async function loadOrExplain(options: KeychainOptions): Promise<KeyringModule> {
  try {
    return await options.loadKeyring()
  } catch (cause) {
    throw new PimError(
      'unavailable',
      'store-unavailable',
      `cannot use ${label(options)}: its native module could not be loaded`,
      { cause, hint: `install pim again with its optional dependencies, or ${fileInstead}` },
    )
  }
}

// An AbortSignal would not do: it stops what is queued, never what a native thread is waiting in.
async function withinLimit<T>(
  answer: Promise<T>,
  options: KeychainOptions,
  onLimit: () => void,
): Promise<T> {
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    onLimit()
    limit.reject(silent(options))
  }, options.timeoutSeconds * 1000)
  try {
    return await Promise.race([answer, limit.promise])
  } finally {
    clearTimeout(timer)
  }
}

function silent(options: KeychainOptions): PimError {
  return new PimError(
    'unavailable',
    'store-unavailable',
    `${label(options)} did not answer within ${options.timeoutSeconds} s; it may be waiting for you to unlock it`,
    { hint: `unlock it and try again, or ${fileInstead}` },
  )
}

function label({ store }: Pick<KeychainOptions, 'store'>): string {
  if (store === 'keyutils') return "the kernel's keyring"
  return store === 'secret-service' ? 'the keychain (Secret Service)' : "the system's keychain"
}

const fileInstead = 'set `PIM_CREDENTIAL_STORE=file` with `PIM_STORE_PASSPHRASE`'

// The library tells its errors apart by their words only; words nobody foresaw are quoted.
const explanations: [words: RegExp, why: string, hint: string][] = [
  [/prompt was dismissed|\blocked\b/i, 'it is locked', 'unlock it'],
  [/no result found/i, 'it has no default keyring', 'log in to the desktop once to create one'],
  [/not provided by any|ServiceUnknown/i, 'no Secret Service is running', 'start one'],
  [/not receive a reply|NoReply/i, 'it does not answer', 'restart the Secret Service'],
  [/quota/i, 'it is full', 'remove items that you no longer need'],
  [/AccessDenied|denied/i, 'access to it is denied here', 'allow it (containers often do not)'],
  [/longer than|too long/i, 'the name or value is too long for it', 'use a shorter name'],
]

function explain(thrown: unknown, options: KeychainOptions): PimError {
  if (thrown instanceof PimError) return thrown
  const words = thrown instanceof Error ? thrown.message : String(thrown)
  const known = explanations.find(([pattern]) => pattern.test(words))
  const why = known?.[1] ?? printable(words.slice(0, 200))
  return new PimError('unavailable', 'store-unavailable', `cannot use ${label(options)}: ${why}`, {
    cause: thrown,
    hint: `${known?.[2] ?? 'check it with `pim doctor`'}, or ${fileInstead}`,
  })
}
