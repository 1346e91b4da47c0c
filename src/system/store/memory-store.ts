import type { CredentialStore, Secret } from '../../core/credentials.ts'

/** Keeps secrets for as long as this process lives, and nowhere else. */
export function createMemoryStore(): CredentialStore {
  const secrets = new Map<string, Secret>()
  return {
    name: 'memory',
    read: async (key) => secrets.get(key),
    glance: async (key) => secrets.get(key),
    write: async (key, secret) => void secrets.set(key, secret),
    remove: async (key) => secrets.delete(key),
  }
}
