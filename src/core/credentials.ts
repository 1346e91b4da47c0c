import type { StoreName } from './store-item.ts'
import type { UnfinishedNotes } from './unfinished.ts'

/**
 * A value that must not be printed. It shows as `[secret]` in templates, JSON and the console; the
 * value leaves only through `reveal()`, which is easy to search for.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

/**
 * A place for short-lived secrets. Every call ends within its own time limit; a store that does not
 * answer, is locked or refuses throws `PimError` of kind `unavailable`, code `store-unavailable`.
 */
export interface CredentialStore {
  readonly name: StoreName
  /** Resolves undefined where nothing is kept under this key. */
  readonly read: (key: string) => Promise<Secret | undefined>
  /** `read`, by the shortest way there is, for a process that will ask for nothing else. */
  readonly glance: (key: string) => Promise<Secret | undefined>
  readonly write: (key: string, secret: Secret) => Promise<void>
  /** Resolves false where there was nothing to remove. */
  readonly remove: (key: string) => Promise<boolean>
  /**
   * What it holds beside these keys: other keys, or names of files where keys cannot be told.
   * Undefined where it cannot be listed.
   */
  readonly others?: (known: readonly string[]) => Promise<readonly string[] | undefined>
  /** Why no store that lasts was chosen instead of this one. */
  readonly shortcoming?: string
}

/** The stores of this machine. */
export interface CredentialStores {
  /** A store by its name, unprobed: for what a record says is kept there. */
  readonly open: (name: StoreName) => CredentialStore
  /** The configured store, or the first that works; `memory` where nothing else does. Probed once a process. */
  readonly choose: () => Promise<CredentialStore>
  /** Absent where no store outlives this process. */
  readonly notes?: UnfinishedNotes
}
