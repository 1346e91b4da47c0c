import { describe, expect, test } from 'vitest'
import { Secret } from '../../../../src/core/credentials.ts'
import type { StoreName } from '../../../../src/core/store-item.ts'
import { PimError } from '../../../../src/core/errors.ts'
import { memoryIndex } from '../../../core/identity/sign-in-index.ts'
import type { SignInIndex } from '../../../../src/core/identity/sign-in.ts'
import {
  createAccounts,
  type SignedInAccount,
} from '../../../../src/providers/microsoft/sign-in/accounts.ts'
import { createKept } from '../../../../src/providers/microsoft/tokens/secret-storage.ts'
import { keepCache } from '../../../../src/providers/microsoft/sign-in/msal.ts'
import { createShelf } from '../../../../src/providers/microsoft/tokens/token-cache.ts'
import { createTokenItems } from '../../../../src/providers/microsoft/session/stored-tokens.ts'
import type { HeldToken } from '../../../../src/providers/microsoft/tokens/token.ts'
import { testStore, type TestStore } from '../fixture.ts'

const now = (): Date => new Date('2026-03-01T12:00:00Z')

function keptIn(stores: TestStore, env: Record<string, string> = {}) {
  return createKept({ env, platform: 'linux', settings: async () => ({}), stores })
}

function account(name: string): SignedInAccount {
  return {
    tenantId: `tenant-of-${name}`,
    username: `${name}@example.com`,
    objectId: name,
    homeAccountId: `${name}.tenant`,
    clientId: 'client',
    authority: 'https://login.example',
    signedInBy: 'browser',
    store: 'keychain',
  }
}

function held(token: string, minutes = 60): HeldToken {
  return {
    token: new Secret(token),
    expiresAt: new Date(now().getTime() + minutes * 60_000),
    obtainedAt: now(),
    tenantId: 'tenant',
    objectId: 'me',
    username: 'me@example.com',
    scopes: ['User.Read'],
    directoryRoles: undefined,
    contexts: [],
    mfa: undefined,
  }
}

describe('what is kept', () => {
  test.each(['keychain', 'keyring', 'file'] as const)('is found in the %s', async (name) => {
    const stores = testStore(name)
    await keptIn(stores).write('key', new Secret('value'))
    const later = keptIn(stores, { PIM_STORE_PASSPHRASE: 'pass' })
    expect((await later.read('key'))?.reveal()).toBe('value')
    expect(stores.calls.probes).toBe(1)
  })

  test('is looked for in the store that was chosen, and in no other', async () => {
    const stores = testStore('keychain')
    const opened: string[] = []
    const watched: TestStore = { ...stores, open: (name) => (opened.push(name), stores.open(name)) }
    await keptIn(watched, { PIM_CREDENTIAL_STORE: 'file' }).read('key')
    expect(opened).toEqual(['file'])
  })

  test('a store that does not work holds nothing', async () => {
    const stores = testStore('file')
    stores.items.set('key', 'value')
    const broken: TestStore = {
      ...stores,
      open: (name) => {
        const fail = async () => {
          throw new PimError('unavailable', 'store-unavailable', 'locked')
        }
        const store = stores.open(name)
        return name === 'file' ? store : { ...store, glance: fail, remove: fail }
      },
    }
    const kept = keptIn(broken, { PIM_STORE_PASSPHRASE: 'pass' })
    expect((await kept.read('key'))?.reveal()).toBe('value')
    expect(await kept.remove('key')).toBe(true)
  })
})

test('what the library keeps stays in the store where it was put, whichever is chosen', async () => {
  const [keychain, file] = [testStore('keychain'), testStore('file')]
  const stores = {
    ...keychain,
    open: (name: StoreName) => (name === 'file' ? file : keychain).open(name),
  }
  await keepCache('account', new Secret('{}'), 'file', keptIn(stores))
  expect([keychain.items.size, file.items.size]).toEqual([0, 1])
})

describe('where tokens were put', () => {
  const item = { store: 'file', key: 'microsoft-token-1', source: 'azure-cli|a' } as const

  test('is known to the next process, once each, and beside the accounts', async () => {
    const index = memoryIndex()
    await createAccounts(index).remember(account('alice'))
    for (const each of [item, item]) await createTokenItems(index).add(each)
    await createAccounts(index).remember(account('bob'))
    expect(await createTokenItems(index).list()).toEqual([item])
    await createTokenItems(index).remove([item])
    expect(await createTokenItems(index).list()).toEqual([])
    expect(await createAccounts(index).list()).toHaveLength(2)
  })
})

describe('the accounts', () => {
  const names = async (index: SignInIndex) =>
    (await createAccounts(index).list()).map(({ objectId }) => objectId)

  test('the latest comes first, each once', async () => {
    const index = memoryIndex()
    const accounts = createAccounts(index)
    for (const name of ['alice', 'bob', 'alice']) await accounts.remember(account(name))
    expect((await accounts.list()).map(({ objectId }) => objectId)).toEqual(['alice', 'bob'])
    expect(await names(index)).toEqual(['alice', 'bob'])
  })

  test('who is forgotten is gone', async () => {
    const index = memoryIndex()
    const accounts = createAccounts(index)
    await accounts.remember(account('alice'))
    await accounts.remember(account('bob'))
    await accounts.forget([account('alice')])
    expect((await accounts.list()).map(({ objectId }) => objectId)).toEqual(['bob'])
    expect(await names(index)).toEqual(['bob'])
  })

  test.each(['', null, { accounts: [{ tenantId: 1 }] }, []])(
    'what cannot be read is nobody: %j',
    async (content) => {
      const index = memoryIndex(content)
      expect(await names(index)).toEqual([])
      await createAccounts(index).remember(account('alice'))
      expect(await names(index)).toEqual(['alice'])
    },
  )
})

describe('tokens that are kept', () => {
  test('outlive the process, each in its slot, and show nowhere', async () => {
    const stores = testStore()
    const shelf = createShelf('arm', keptIn(stores), now)
    await shelf.put('', held('plain'))
    await shelf.put('c1', held('stepped-up'))
    const tokens = await createShelf('arm', keptIn(stores), now).fresh()
    expect([...tokens].map(([slot, { token }]) => [slot, token.reveal()])).toEqual([
      ['', 'plain'],
      ['c1', 'stepped-up'],
    ])
    expect(tokens.get('c1')).toEqual(held('stepped-up'))
    expect(JSON.stringify([...tokens])).not.toContain('stepped-up')
  })

  test('of another source or endpoint are others', async () => {
    const stores = testStore()
    await createShelf('arm', keptIn(stores), now).put('', held('token'))
    expect((await createShelf('graph', keptIn(stores), now).fresh()).size).toBe(0)
  })

  test('two processes that keep different ones lose none', async () => {
    const stores = testStore()
    const [one, other] = [keptIn(stores), keptIn(stores)]
    const shelves = [createShelf('arm', one, now), createShelf('arm', other, now)] as const
    await Promise.all(shelves.map((shelf) => shelf.fresh()))
    await shelves[0].put('', held('plain'))
    await shelves[1].put('c1', held('stepped-up'))
    expect((await createShelf('arm', keptIn(stores), now).fresh()).size).toBe(2)
  })

  test('are gone five minutes before they end, or after half of a shorter life', async () => {
    const at = (minutes: number) => () => new Date(now().getTime() + minutes * 60_000)
    const stores = testStore()
    const shelf = createShelf('arm', keptIn(stores), now)
    await shelf.put('', held('long', 60))
    await shelf.put('c1', held('short', 4))
    const freshAt = async (minutes: number) =>
      [...(await createShelf('arm', keptIn(stores), at(minutes)).fresh()).keys()].join()
    expect(await freshAt(1)).toBe(',c1')
    expect(await freshAt(2)).toBe('')
    expect((await createShelf('arm', keptIn(stores), at(54.9)).fresh()).size).toBe(1)
    expect((await createShelf('arm', keptIn(stores), at(55)).fresh()).size).toBe(0)
  })

  test('that no store takes serve the process', async () => {
    const stores = testStore()
    const broken: TestStore = {
      ...stores,
      choose: async () => {
        throw new PimError('unavailable', 'store-unavailable', 'locked')
      },
    }
    const shelf = createShelf('arm', keptIn(broken), now)
    await shelf.put('', held('token'))
    expect((await shelf.fresh()).size).toBe(1)
  })

  test.each(['', 'no json', '{"":{"token":1}}'])(
    'that cannot be read are none: %j',
    async (text) => {
      const stores = testStore()
      const shelf = createShelf('arm', keptIn(stores), now)
      await shelf.put('', held('token'))
      for (const key of stores.items.keys()) stores.items.set(key, text)
      expect((await createShelf('arm', keptIn(stores), now).fresh()).size).toBe(0)
    },
  )
})
