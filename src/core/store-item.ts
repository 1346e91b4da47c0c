/**
 * Where secrets are kept: the operating system's keychain, the Linux kernel's keyring, a file
 * encrypted under a passphrase, or the memory of this process.
 */
export const storeNames = ['keychain', 'keyring', 'file', 'memory'] as const

export type StoreName = (typeof storeNames)[number]

/** One item of a credential store, by its key. */
export interface StoreItem {
  readonly store: StoreName
  readonly key: string
}
