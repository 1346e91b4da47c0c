import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { Secret } from '../../../src/core/credentials.ts'
import {
  chooseStore,
  diagnoseStores,
  openStore,
  type StorePlace,
} from '../../../src/system/store/credential-stores.ts'
import { nativeKeyring } from './native-keyring.ts'
import { temporaryFolder } from '../temporary-folder.ts'

function place(changes: Partial<StorePlace> = {}): StorePlace {
  return {
    platform: 'darwin',
    stateFolder: temporaryFolder(),
    env: {},
    passphrase: undefined,
    onStuck: () => {},
    opened: new Map(),
    loadKeyring: nativeKeyring().load,
    isContainer: () => false,
    ...changes,
  }
}

const passphrase = new Secret('correct horse')
const broken = () => Promise.reject(new Error('Cannot find native binding'))

describe('`auto`', () => {
  test('takes the keychain where it works, and leaves nothing of the trial behind', async () => {
    const { load, items } = nativeKeyring()
    const { store, tried } = await chooseStore('auto', place({ loadKeyring: load, passphrase }))
    expect(store.name).toBe('keychain')
    expect(tried).toEqual([])
    expect([...items]).toEqual([])
  })

  test('with a passphrase takes the encrypted file next, never the kernel’s keyring', async () => {
    const here = place({ platform: 'linux', passphrase })
    const { store, tried } = await chooseStore('auto', here)
    expect(store.name).toBe('file')
    expect(tried.map(({ name, problem }) => [name, problem.code])).toEqual([
      ['keychain', 'store-unavailable'],
    ])
  })

  test('on Linux without a desktop takes the kernel’s keyring where that works', async () => {
    const { store, tried } = await chooseStore('auto', place({ platform: 'linux' }))
    expect(store.name).toBe('keyring')
    expect(tried.map(({ name }) => name)).toEqual(['keychain'])
  })

  test('in a container leaves the kernel’s keyring alone, which others of the machine read', async () => {
    const here = place({ platform: 'linux', isContainer: () => true })
    const { store, tried } = await chooseStore('auto', here)
    expect([store.name, tried.map(({ name }) => name)]).toEqual(['memory', ['keychain']])
    const keyring = (await diagnoseStores(here)).find(({ name }) => name === 'keyring')
    expect(keyring?.message).toContain('`auto` does not choose it here')
  })

  test('keeps nothing for the next run, and nothing on disk, where nothing works', async () => {
    const here = place({ loadKeyring: broken })
    const { store, tried } = await chooseStore('auto', here)
    expect(store.name).toBe('memory')
    expect(tried.map(({ name }) => name)).toEqual(['keychain'])
    await store.write('k', new Secret('v'))
    expect((await openStore('memory', here).read('k'))?.reveal()).toBe('v')
    expect(readdirSync(here.stateFolder)).toEqual([])
  })

  test('does not take an encrypted file of another passphrase', async () => {
    const here = place({ loadKeyring: broken, passphrase })
    await openStore('file', here).write('k', new Secret('v'))
    const other = { ...here, passphrase: new Secret('other'), opened: new Map() }
    const { store, tried } = await chooseStore('auto', other)
    expect(store.name).toBe('memory')
    expect(tried.map(({ problem }) => problem.code)).toContain('store-passphrase-wrong')
  })

  test('does not take a keychain that forgets', async () => {
    const native = await nativeKeyring().load()
    class AsyncEntry extends native.AsyncEntry {
      override getPassword = async () => null
    }
    const here = place({ loadKeyring: async () => ({ ...native, AsyncEntry }) })
    const { store, tried } = await chooseStore('auto', here)
    expect(store.name).toBe('memory')
    expect(tried[0]?.problem.message).toContain('does not keep')
  })
})

describe('a store chosen by name', () => {
  test('works or throws, and never becomes another', async () => {
    const here = place({ platform: 'linux', passphrase })
    await expect(chooseStore('keychain', here)).rejects.toMatchObject({
      code: 'store-unavailable',
      hint: expect.stringContaining('PIM_CREDENTIAL_STORE=file'),
    })
    expect((await chooseStore('file', here)).store.name).toBe('file')
    expect((await chooseStore('memory', here)).store.name).toBe('memory')
  })

  test.each([undefined, new Secret('')])('`file` needs a passphrase', async (passphrase) => {
    await expect(chooseStore('file', place({ passphrase }))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('PIM_STORE_PASSPHRASE'),
    })
  })

  test('`keyring` exists on Linux only', () => {
    expect(() => openStore('keyring', place())).toThrow('only Linux')
  })

  test('is opened without a native call', () => {
    const calls: string[] = []
    const { load } = nativeKeyring({ onCall: (name) => calls.push(name) })
    expect(openStore('keychain', place({ loadKeyring: load })).name).toBe('keychain')
    expect(calls).toEqual([])
  })
})

describe('the limit of the platform', () => {
  test.each([
    ['win32', 'keychain', 1270, false],
    ['win32', 'keychain', 1290, true],
    ['linux', 'keyring', 1900, false],
    ['linux', 'keyring', 2000, true],
    ['darwin', 'keychain', 50_000, false],
    ['darwin', 'keychain', 70_000, true],
  ] as const)('%s %s: %i characters are sealed: %s', async (platform, name, length, isSealed) => {
    const { load, items } = nativeKeyring()
    const here = place({ platform, loadKeyring: load })
    const store = openStore(name, here)
    await store.write('k', new Secret('x'.repeat(length)))
    expect(existsSync(join(here.stateFolder, 'sealed'))).toBe(isSealed)
    expect([...items.values()].join('').includes('xxx')).toBe(!isSealed)
    expect((await store.read('k'))?.reveal()).toHaveLength(length)
  })
})

describe('`pim doctor`', () => {
  test('has a line for every store of the platform', async () => {
    const lines = await diagnoseStores(
      place({ platform: 'linux', passphrase, loadKeyring: broken }),
    )
    expect(lines.map(({ name, status }) => [name, status])).toEqual([
      ['keychain', 'warn'],
      ['keyring', 'warn'],
      ['file', 'ok'],
      ['memory', 'ok'],
    ])
    expect(lines[1]).toMatchObject({
      message: expect.stringContaining('could not be loaded'),
      hint: expect.any(String),
    })
  })

  test('says that the passphrase is not set', async () => {
    const lines = await diagnoseStores(place())
    expect(lines.map(({ name, status }) => [name, status])).toEqual([
      ['keychain', 'ok'],
      ['file', 'warn'],
      ['memory', 'ok'],
    ])
    expect(lines[1]?.message).toContain('`PIM_STORE_PASSPHRASE` is not set')
  })
})
