import { join } from 'node:path'

import { type CredentialStore, Secret } from '../../core/credentials.ts'
import type { StoreName } from '../../core/store-item.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import type { StoreChoice } from '../../core/settings/settings.ts'
import type { UnfinishedNotes } from '../../core/unfinished.ts'
import { isContainer } from './container.ts'
import { createKeychain, type KeyringModule, loadKeyring } from './keychain.ts'
import { createMemoryStore } from './memory-store.ts'
import { missingPassphrase } from './missing-passphrase.ts'
import type { Stretch } from './key-derivation.ts'
import { keepOversize } from './envelope-store.ts'
import type { Environment } from './session-bus.ts'

/** The machine and the process that stores are opened for. */
export interface StorePlace {
  readonly platform: NodeJS.Platform
  readonly stateFolder: string
  readonly env: Environment
  readonly passphrase: Secret | undefined
  /** Makes the key of the encrypted file of the passphrase; scrypt where absent. */
  readonly stretch?: Stretch | undefined
  /** Called when a keychain call outlived its limit: `process.exit` would then wait for it. */
  readonly onStuck: () => void
  /** The stores opened so far: one of each in a process. Give an empty map. */
  readonly opened: Map<StoreName, CredentialStore>
  /** Whether the kernel's keyring is shared with who knows whom; looked up unless told. */
  readonly isContainer?: () => boolean
  /** Where it is noted what is tried out, since a killed process cleans up nothing. */
  readonly notes?: UnfinishedNotes
  readonly service?: string
  /** How long a person has to answer a keychain's prompt. */
  readonly timeoutSeconds?: number
  readonly loadKeyring?: () => Promise<KeyringModule>
}

export interface TriedStore {
  readonly name: StoreName
  readonly problem: PimError
}

export interface ChosenStore {
  readonly store: CredentialStore
  /** What did not work before it, in the order it was tried. */
  readonly tried: readonly TriedStore[]
}

export interface StoreDiagnosis {
  readonly name: StoreName
  readonly status: 'ok' | 'warn'
  readonly message: string
  readonly hint?: string
}

/** The store of that name, not probed and nothing loaded until it is used. */
export function openStore(name: StoreName, place: StorePlace): CredentialStore {
  const opened = place.opened.get(name) ?? create(name, place)
  place.opened.set(name, opened)
  return opened
}

/**
 * The store to keep new secrets in, tried out by writing, reading and removing a random value.
 * `auto` takes the first that works, in the end this process's memory; a store chosen by name
 * works or throws.
 */
export async function chooseStore(choice: StoreChoice, place: StorePlace): Promise<ChosenStore> {
  const tried: TriedStore[] = []
  for (const name of candidates(choice, place)) {
    // One after the other: a prompt to unlock must not appear for a store that is not needed.
    const outcome = await tryOut(name, place)
    if (!(outcome instanceof PimError)) return { store: outcome, tried }
    if (choice !== 'auto') throw outcome
    tried.push({ name, problem: outcome })
  }
  return { store: openStore('memory', place), tried }
}

/** For every store that this platform has, whether it works; never throws. */
export async function diagnoseStores(place: StorePlace): Promise<readonly StoreDiagnosis[]> {
  const names: StoreName[] = ['keychain', ...kernelKeyring(place), 'file', 'memory']
  return Promise.all(names.map((name) => diagnose(name, place)))
}

function create(name: StoreName, place: StorePlace): CredentialStore {
  switch (name) {
    case 'keychain':
      return createNative('keychain', place)
    case 'keyring':
      if (place.platform === 'linux') return createNative('keyring', place)
      throw new PimError('unavailable', 'store-unavailable', 'only Linux has a kernel keyring', {
        hint: 'elevate again to keep it in another store',
      })
    case 'file':
      if (place.passphrase === undefined) throw missingPassphrase(place.env)
      return createLazyFile(join(place.stateFolder, 'store'), place.passphrase, place.stretch)
    case 'memory':
      return createMemoryStore()
  }
}

/** The encrypted file's cryptography takes 5 ms to load, which a keychain's reader should not pay. */
function createLazyFile(
  folder: string,
  passphrase: Secret,
  stretch: Stretch | undefined,
): CredentialStore {
  let opened: Promise<CredentialStore> | undefined
  const open = (): Promise<CredentialStore> =>
    (opened ??= import('./passphrase-file.ts').then(({ createPassphraseFile }) =>
      createPassphraseFile({ folder, passphrase, stretch }),
    ))
  return {
    name: 'file',
    read: async (key) => (await open()).read(key),
    glance: async (key) => (await open()).read(key),
    write: async (key, secret) => (await open()).write(key, secret),
    remove: async (key) => (await open()).remove(key),
    others: async (known) => (await open()).others?.(known),
  }
}

function createNative(name: 'keychain' | 'keyring', place: StorePlace): CredentialStore {
  const linuxStore = name === 'keyring' ? 'keyutils' : 'secret-service'
  const keychain = createKeychain({
    name,
    store: place.platform === 'linux' ? linuxStore : undefined,
    service: place.service ?? 'pim-cli',
    timeoutSeconds: place.timeoutSeconds ?? 30,
    env: place.env,
    loadKeyring: place.loadKeyring ?? loadKeyring,
    onStuck: place.onStuck,
  })
  const fits = (item: string) => fitsItem(item, name, place.platform)
  return keepOversize(keychain, { folder: join(place.stateFolder, 'sealed'), fits })
}

function fitsItem(item: string, name: StoreName, platform: NodeJS.Platform): boolean {
  // CRED_MAX_CREDENTIAL_BLOB_SIZE; the library stores UTF-16.
  if (platform === 'win32') return item.length * 2 <= 2560
  // keyrings(7): 20,000 bytes for all keys of a user.
  const limit = name === 'keyring' ? 2000 : 64 * 1024
  return Buffer.byteLength(item) <= limit
}

/**
 * The stores to try, in order. Whoever set a passphrase wants the file. A container's keyring is the
 * machine's: what it holds, other containers of the same user read.
 */
export function candidates(choice: StoreChoice, place: StorePlace): readonly StoreName[] {
  if (choice !== 'auto') return [choice]
  if (place.passphrase !== undefined) return ['keychain', 'file']
  return isInContainer(place) ? ['keychain'] : ['keychain', ...kernelKeyring(place)]
}

function isInContainer({ platform, env, isContainer: told }: StorePlace): boolean {
  return platform === 'linux' && (told?.() ?? isContainer(env))
}

function kernelKeyring({ platform }: StorePlace): StoreName[] {
  return platform === 'linux' ? ['keyring'] : []
}

async function tryOut(name: StoreName, place: StorePlace): Promise<CredentialStore | PimError> {
  const key = `probe-${crypto.randomUUID()}`
  const value = crypto.randomUUID()
  // Where nothing can be noted a store may work all the same.
  const note = await place.notes?.begin({ items: [{ store: name, key }] }).catch(() => undefined)
  try {
    const store = openStore(name, place)
    await store.write(key, new Secret(value))
    const kept = await store.read(key)
    await store.remove(key)
    if (kept?.reveal() === value) return store
    return new PimError('unavailable', 'store-unavailable', `the ${name} does not keep values`, {
      hint: 'choose another store with `PIM_CREDENTIAL_STORE`',
    })
  } catch (thrown) {
    return asPimError(thrown)
  } finally {
    await note?.end().catch(() => undefined)
  }
}

const working: Record<StoreName, string> = {
  keychain: "the system's keychain works",
  keyring:
    "the kernel's keyring works; it forgets when the machine restarts or after three days unused",
  file: 'the encrypted file works',
  memory: "this process's memory always works, and keeps nothing for the next run",
}

const sharedKeyring =
  "the kernel's keyring works, but other containers may read it; `auto` does not choose it here"

async function diagnose(name: StoreName, place: StorePlace): Promise<StoreDiagnosis> {
  const outcome = await tryOut(name, place)
  if (!(outcome instanceof PimError)) {
    const isShared = name === 'keyring' && isInContainer(place)
    return { name, status: 'ok', message: isShared ? sharedKeyring : working[name] }
  }
  const hint = outcome.hint === undefined ? {} : { hint: outcome.hint }
  return { name, status: 'warn', message: outcome.message, ...hint }
}
