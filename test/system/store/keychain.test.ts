import { describe, expect, test, vi } from 'vitest'

import { Secret } from '../../../src/core/credentials.ts'
import {
  createKeychain,
  type KeyringModule,
  loadKeyring,
} from '../../../src/system/store/keychain.ts'
import { nativeKeyring } from './native-keyring.ts'

const value = 'a-secret-value'

function keychain(load: () => Promise<KeyringModule>, onStuck = () => {}) {
  return createKeychain({
    name: 'keychain',
    store: undefined,
    service: 'pim-test',
    timeoutSeconds: 0.05,
    env: {},
    loadKeyring: load,
    onStuck,
  })
}

describe('the keychain', () => {
  test('keeps, gives back and removes', async () => {
    const store = keychain(nativeKeyring().load)
    expect(await store.read('k')).toBeUndefined()
    await store.write('k', new Secret(value))
    expect((await store.read('k'))?.reveal()).toBe(value)
    expect(await store.remove('k')).toBe(true)
    expect(await store.remove('k')).toBe(false)
  })

  test('lists what nobody refers to, where the system lets it', async () => {
    const store = keychain(nativeKeyring().load)
    for (const key of ['known', 'left']) await store.write(key, new Secret(value))
    expect(await store.others?.(['known'])).toEqual(['left'])
    const common = { service: 's', timeoutSeconds: 1, env: {}, onStuck: () => {} }
    const loaded = { loadKeyring: nativeKeyring().load, ...common }
    const keyring = createKeychain({ name: 'keyring', store: 'keyutils', ...loaded })
    expect(await keyring.others?.([])).toBeUndefined()
  })

  test('reads with one entry and one call', async () => {
    const calls: string[] = []
    const store = keychain(nativeKeyring({ onCall: (name) => calls.push(name) }).load)
    expect(calls).toEqual([])
    await store.read('k')
    expect(calls).toEqual(['constructor', 'get'])
  })

  test('pins the store on Linux, so that the library cannot fall back silently', async () => {
    const options: unknown[] = []
    const { load } = nativeKeyring({ onOptions: (given) => options.push(given) })
    const common = { service: 's', timeoutSeconds: 1, env: {}, onStuck: () => {} }
    const loaded = { loadKeyring: load, ...common }
    await createKeychain({ name: 'keychain', store: undefined, ...loaded }).read('k')
    expect(options).toEqual([{}])
    await createKeychain({ name: 'keyring', store: 'keyutils', ...loaded }).read('k')
    expect(new Set(options.slice(1))).toEqual(new Set([{ linux: { store: 'keyutils' } }]))
  })

  test('that never answers is given up in time, reported once and not asked again', async () => {
    const onStuck = vi.fn()
    const calls: string[] = []
    const { load } = nativeKeyring({ hangs: true, onCall: (name) => calls.push(name) })
    const store = keychain(load, onStuck)
    const failure = { kind: 'unavailable', code: 'store-unavailable' }
    await expect(store.write('k', new Secret(value))).rejects.toMatchObject(failure)
    await expect(store.read('k')).rejects.toMatchObject(failure)
    expect(calls).toEqual(['constructor', 'set'])
    expect(onStuck).toHaveBeenCalledTimes(1)
  })

  test('is asked again once the call that was stuck has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<string | null>()
    const answers = [promise, Promise.resolve('later')]
    const { load } = nativeKeyring()
    const native = await load()
    class AsyncEntry extends native.AsyncEntry {
      override getPassword = async () => answers.shift() ?? null
    }
    const store = keychain(async () => ({ ...native, AsyncEntry }))
    await expect(store.read('k')).rejects.toThrow('did not answer')
    resolve('too late')
    await promise
    await vi.waitFor(async () => expect((await store.read('k'))?.reveal()).toBe('later'))
  })
})

describe('an error of the keychain', () => {
  const prefix = "Couldn't access platform storage: "
  test.each([
    [`${prefix}Secret Service: unlock prompt was dismissed`, 'it is locked'],
    [`${prefix}Secret Service: no result found`, 'no default keyring'],
    [`${prefix}AccessDenied`, 'access to it is denied'],
    [
      'Platform failure: DBus error: Did not receive a reply. Possible causes include: the message bus security policy blocked the reply.',
      'does not answer',
    ],
    ['something \u001b[31mnew', 'something \\u{1b}[31mnew'],
  ])('%s is put so that one can act on it', async (failure, words) => {
    const store = keychain(nativeKeyring({ failure }).load)
    await expect(store.write('k', new Secret(value))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-unavailable',
      message: expect.stringContaining(words),
      hint: expect.stringContaining('PIM_CREDENTIAL_STORE=file'),
      cause: expect.objectContaining({ message: failure }),
    })
  })

  test('that is a native module that does not load is no crash', async () => {
    const store = keychain(() => Promise.reject(new Error('Cannot find native binding')))
    await expect(store.read('k')).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'store-unavailable',
      message: expect.stringContaining('could not be loaded'),
    })
  })

  test('never holds the value', async () => {
    const store = keychain(nativeKeyring({ failure: 'refused' }).load)
    const error: unknown = await store.write('k', new Secret(value)).catch((thrown) => thrown)
    expect(JSON.stringify(error) + String(error)).not.toContain(value)
  })
})

test('the native module of this platform loads', async () => {
  expect(await loadKeyring()).toHaveProperty('AsyncEntry')
})
