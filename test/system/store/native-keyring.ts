import type { KeyringModule } from '../../../src/system/store/keychain.ts'

interface Behaviour {
  /** Thrown by every call, as the native module would. */
  readonly failure?: string
  /** Never answers. */
  readonly hangs?: boolean
  /** Called with the options of each entry. */
  readonly onOptions?: (options: unknown) => void
  /** Called before each native call. */
  readonly onCall?: (name: string) => void
}

/** A keychain in memory with the native module's shape, since no test may depend on a desktop. */
export function nativeKeyring(behaviour: Behaviour = {}) {
  const items = new Map<string, string>()
  const refuse = (name: string) => {
    behaviour.onCall?.(name)
    if (behaviour.failure !== undefined) throw new Error(behaviour.failure)
  }
  const answer = async <T>(work: () => T): Promise<T> => {
    const result = work()
    if (behaviour.hangs) await new Promise(() => {})
    return result
  }
  class Entry {
    readonly id: string

    constructor(service: string, username: string, options?: unknown) {
      behaviour.onCall?.('constructor')
      behaviour.onOptions?.(options)
      this.id = `${service}/${username}`
    }

    getPassword = () => {
      refuse('get')
      return items.get(this.id) ?? null
    }
    setPassword = (value: string) => {
      refuse('set')
      items.set(this.id, value)
    }
    deletePassword = () => {
      refuse('delete')
      return items.delete(this.id)
    }
  }
  class AsyncEntry {
    readonly entry: Entry

    constructor(service: string, username: string, options?: unknown) {
      this.entry = new Entry(service, username, options)
    }

    getPassword = () => answer(() => this.entry.getPassword())
    setPassword = (value: string) => answer(() => this.entry.setPassword(value))
    deletePassword = () => answer(() => this.entry.deletePassword())
  }
  const findCredentialsAsync = (service: string) =>
    answer(() => {
      refuse('find')
      return [...items]
        .filter(([id]) => id.startsWith(`${service}/`))
        .map(([id, password]) => ({ account: id.slice(service.length + 1), password }))
    })
  const load = async (): Promise<KeyringModule> => ({ AsyncEntry, Entry, findCredentialsAsync })
  return { items, load }
}
