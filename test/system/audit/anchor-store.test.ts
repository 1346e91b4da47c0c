import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CredentialStore, CredentialStores } from '../../../src/core/credentials.ts'
import type { StoreName } from '../../../src/core/store-item.ts'
import { PimError } from '../../../src/core/errors.ts'
import { createMemoryStore } from '../../../src/system/store/memory-store.ts'
import { unnamedLog } from '../../../src/system/audit/anchor.ts'
import { createStoredAnchor } from '../../../src/system/audit/anchor-store.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const head = (seq: number) => ({ head: { seq, hash: `sha256:${'0'.repeat(64)}` } })
const id = 'a-log'
const likely: readonly StoreName[] = ['keychain', 'keyring', 'file']

/** A machine with these stores, of which `chosen` is in use and `closed` do not open. */
function machine(made = new Map<StoreName, CredentialStore>(), state0 = temporaryFolder()) {
  const folder = join(state0, 'audit')
  const written: string[] = []
  const state = { chosen: 'keychain' as StoreName, closed: new Set<StoreName>() }
  const open = (name: StoreName): CredentialStore => {
    const store = made.get(name) ?? createMemoryStore()
    made.set(name, store)
    const guarded = <T>(work: () => Promise<T>): Promise<T> =>
      state.closed.has(name)
        ? Promise.reject(new PimError('unavailable', 'store-unavailable', `${name} is locked`))
        : work()
    return {
      ...store,
      name,
      read: (key) => guarded(() => store.read(key)),
      write: (key, secret) => {
        written.push(name)
        return guarded(() => store.write(key, secret))
      },
    }
  }
  const stores: CredentialStores = { open, choose: async () => open(state.chosen) }
  const anchor = createStoredAnchor({ stores, folder, likely: async () => likely })
  return { anchor, state, written, folder, forget: (name: StoreName) => made.delete(name) }
}

describe('reading', () => {
  test('finds nothing where nothing was put, and writes nothing', async () => {
    const { anchor, written, folder } = machine()
    expect(await anchor.read(id)).toBeUndefined()
    expect([written, existsSync(folder)]).toEqual([[], false])
  })

  test('finds it in the store it was put into, whichever is chosen now', async () => {
    const { anchor, state, written } = machine()
    state.chosen = 'file'
    await anchor.write(id, head(1))
    state.chosen = 'keychain'
    state.closed.add('keychain')
    expect(await anchor.read(id)).toEqual(head(1))
    expect(new Set(written)).toEqual(new Set(['file']))
  })

  test('fails with the reason where that store does not open', async () => {
    const { anchor, state } = machine()
    await anchor.write(id, head(1))
    state.closed.add('keychain')
    await expect(anchor.read(id)).rejects.toThrow('keychain is locked')
  })

  test('says that it is missing where that store holds none, and no other does', async () => {
    const { anchor, state, forget } = machine()
    await anchor.write(id, head(1))
    forget('keychain')
    expect(await anchor.read(id)).toBe('missing')
    state.closed.add('keyring')
    expect(await anchor.read(id)).toBe('missing')
  })

  test('says that it is missing where the note is gone as well', async () => {
    const { anchor, forget, folder } = machine()
    await anchor.write(id, head(1))
    forget('keychain')
    rmSync(join(folder, 'anchor.json'))
    expect(await anchor.read(id)).toBe('missing')
    // Logs of the version before may never have had a note.
    expect(await anchor.read(unnamedLog)).toBeUndefined()
  })

  test('finds none, and misses none, before the first record is anchored', async () => {
    const { anchor, state } = machine()
    await anchor.announce(id)
    expect(await anchor.read(id)).toBeUndefined()
    await anchor.write(id, head(1))
    await anchor.announce('another')
    expect(await anchor.read(id)).toEqual(head(1))
    expect(await anchor.isLasting()).toBe(true)
    state.chosen = 'memory'
    expect(await anchor.isLasting()).toBe(false)
  })

  test.each(['keyring', 'file'] as const)(
    'without the note looks into the %s too',
    async (name) => {
      const { anchor, state, folder } = machine()
      state.chosen = name
      await anchor.write(id, head(2))
      rmSync(join(folder, 'anchor.json'))
      expect(await anchor.read(id)).toEqual(head(2))
      state.closed.add('keychain')
      expect(await anchor.read(id)).toEqual(head(2))
      state.closed.add(name)
      await expect(anchor.read(id)).rejects.toThrow('keychain is locked')
    },
  )
})

describe('writing', () => {
  test('notes where, in a file without a secret', async () => {
    const { anchor, state, folder } = machine()
    const note = () => JSON.parse(readFileSync(join(folder, 'anchor.json'), 'utf8')) as unknown
    await anchor.write(id, head(1))
    expect(note()).toEqual({ store: 'keychain', log: id })
    state.chosen = 'file'
    await anchor.write(id, head(2))
    expect(note()).toEqual({ store: 'file', log: id })
    expect(await anchor.read(id)).toEqual(head(2))
  })

  test('in memory alone is none: what an earlier store holds still counts', async () => {
    const { anchor, state } = machine()
    await anchor.write(id, head(1))
    state.chosen = 'memory'
    await anchor.write(id, head(2))
    expect(await anchor.read(id)).toEqual(head(1))
  })

  test('in memory from the beginning is said to be none, though other stores do not open', async () => {
    const { anchor, state } = machine()
    state.chosen = 'memory'
    for (const name of likely) state.closed.add(name)
    await anchor.write(id, head(1))
    expect(await anchor.read(id)).toBeUndefined()
  })
})

describe('the log that was begun in a state folder', () => {
  test('is known from its first anchor on, and another does not take its place', async () => {
    const { anchor, folder } = machine()
    expect(await anchor.begun()).toBeUndefined()
    await anchor.write(id, head(1))
    expect(await anchor.begun()).toBe(id)
    rmSync(folder, { recursive: true })
    await anchor.write('a-forged-log', head(1))
    expect([await anchor.begun(), await anchor.read(id)]).toEqual([id, head(1)])
  })

  test('is another after a restart, and of the one before nothing is left', async () => {
    const { anchor } = machine()
    await anchor.write(id, head(7))
    await anchor.replace('a-new-log', head(1))
    expect([await anchor.begun(), await anchor.read('a-new-log')]).toEqual(['a-new-log', head(1)])
    expect(await anchor.read(id)).toBeUndefined()
  })

  test('is none in a folder that was made anew under the same path', async () => {
    const made = new Map<StoreName, CredentialStore>()
    const state = join(temporaryFolder(), 'state')
    mkdirSync(state)
    await machine(made, state).anchor.write(id, head(7))
    rmSync(state, { recursive: true })
    mkdirSync(join(state, 'audit'), { recursive: true })
    const { anchor } = machine(made, state)
    expect(await anchor.begun()).toBeUndefined()
    await anchor.write('a-new-log', head(1))
    expect(await anchor.begun()).toBe('a-new-log')
    // What another container with the same path has written stays as it is.
    expect(await anchor.read(id)).toEqual(head(7))
  })

  test('may be one of the version before, which has no id and goes by its path', async () => {
    const { anchor, state, folder } = machine()
    state.chosen = 'file'
    await anchor.write(unnamedLog, head(3))
    expect(JSON.parse(readFileSync(join(folder, 'anchor.json'), 'utf8'))).toMatchObject({
      store: 'file',
    })
    expect([await anchor.begun(), await anchor.read(unnamedLog)]).toEqual([unnamedLog, head(3)])
  })
})
