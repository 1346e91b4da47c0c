import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { type CredentialStore, Secret } from '../../../src/core/credentials.ts'
import { createMemoryStore } from '../../../src/system/store/memory-store.ts'
import { keepOversize } from '../../../src/system/store/envelope-store.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const large = 'x'.repeat(500)
const fits = (item: string) => item.length <= 300

function setUp(inner: CredentialStore = createMemoryStore()) {
  const folder = join(temporaryFolder(), 'sealed')
  const files = () => (existsSync(folder) ? readdirSync(folder) : [])
  const store = keepOversize(inner, { folder, fits })
  const read = async (key: string) => (await store.read(key))?.reveal()
  return { inner, folder, files, store, read }
}

describe('a store for oversize values', () => {
  test('keeps any value, plain or sealed, under any key', async () => {
    const { store, read } = setUp()
    const value = fc.string({ unit: 'grapheme', maxLength: 900 })
    await fc.assert(
      fc.asyncProperty(fc.string(), value, async (key, value) => {
        await store.write(key, new Secret(value))
        expect(await read(key)).toBe(value)
      }),
    )
  })

  test('takes a value that looks like its own marks for a value', async () => {
    const { store, read } = setUp()
    for (const value of ['sealed:{"sealed":1}', 'plain:x', '{"sealed":1,"key":"AAAA"}', '']) {
      await store.write('k', new Secret(value))
      expect(await read('k')).toBe(value)
    }
  })

  test('writes no file for a value that fits', async () => {
    const { store, files } = setUp()
    await store.write('k', new Secret('small'))
    expect(files()).toEqual([])
  })

  test('keeps nothing of a large value readable, in the file or in the item', async () => {
    const { inner, store, folder, files } = setUp()
    await store.write('aws:prod', new Secret(large))
    const [name = ''] = files()
    expect(readFileSync(join(folder, name)).includes('xxxx')).toBe(false)
    expect(name).not.toContain('prod')
    expect((await inner.read('aws:prod'))?.reveal()).not.toContain('xxxx')
  })

  test('removes item and file', async () => {
    const { inner, store, files, read } = setUp()
    await store.write('k', new Secret(large))
    await store.write('other', new Secret(large))
    expect(await store.remove('k')).toBe(true)
    expect(await inner.read('k')).toBeUndefined()
    expect(files()).toHaveLength(1)
    expect(await read('other')).toBe(large)
    expect(await store.remove('k')).toBe(false)
  })

  test('leaves one file after many writes, and none after a small one', async () => {
    const { store, files } = setUp()
    for (const value of [large, `${large}2`, `${large}3`]) await store.write('k', new Secret(value))
    expect(files()).toHaveLength(1)
    await store.write('k', new Secret('small'))
    expect(files()).toEqual([])
  })
})

describe('what a crash or a stranger leaves behind', () => {
  test('a failed item write keeps the old value', async () => {
    const inner = createMemoryStore()
    const { store, files, folder, read } = setUp(inner)
    await store.write('k', new Secret(large))
    const failing = { ...inner, write: () => Promise.reject(new Error('power cut')) }
    const broken = keepOversize(failing, { folder, fits })
    await expect(broken.write('k', new Secret(`${large}new`))).rejects.toThrow('power cut')
    expect(await read('k')).toBe(large)
    expect(files()).toHaveLength(1)
  })

  test('a file without its item is nothing, and goes with the next removal', async () => {
    const { inner, store, files, read } = setUp()
    await store.write('k', new Secret(large))
    await inner.remove('k')
    expect(await read('k')).toBeUndefined()
    await store.remove('k')
    expect(files()).toEqual([])
  })

  test('an item without its file is nothing, and can be written again', async () => {
    const { store, files, folder, read } = setUp()
    const { unlinkSync } = await import('node:fs')
    await store.write('k', new Secret(large))
    for (const name of files()) unlinkSync(join(folder, name))
    expect(await read('k')).toBeUndefined()
    await store.write('k', new Secret(`${large}2`))
    expect(await read('k')).toBe(`${large}2`)
  })

  test('a damaged file is an error until it is written or removed', async () => {
    const { store, files, folder, read } = setUp()
    await store.write('k', new Secret(large))
    const [name = ''] = files()
    writeFileSync(join(folder, name), 'junk')
    await expect(read('k')).rejects.toMatchObject({ code: 'store-corrupt' })
    await store.write('k', new Secret(large))
    expect(await read('k')).toBe(large)
  })

  test.each([
    'other program',
    'sealed:{',
    'sealed:{"sealed":1,"key":"","file":"../../etc/passwd"}',
  ])('an item pim did not write is refused, not guessed at: %s', async (text) => {
    const { inner, store, read } = setUp()
    await inner.write('k', new Secret(text))
    await expect(read('k')).rejects.toMatchObject({ code: 'store-corrupt' })
    await store.write('k', new Secret('mine'))
    expect(await read('k')).toBe('mine')
  })
})
