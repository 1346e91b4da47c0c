import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { Secret } from '../../../src/core/credentials.ts'
import { createPassphraseFile } from '../../../src/system/store/passphrase-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const open = (folder: string, passphrase = 'correct horse') =>
  createPassphraseFile({ folder, passphrase: new Secret(passphrase) })

describe('the encrypted file', () => {
  test('gives a later process what an earlier one kept', async () => {
    const folder = join(temporaryFolder(), 'store')
    await open(folder).write('aws:prod', new Secret('value'))
    const later = open(folder)
    expect((await later.read('aws:prod'))?.reveal()).toBe('value')
    expect(await later.read('aws:dev')).toBeUndefined()
    expect(await later.remove('aws:prod')).toBe(true)
    expect(await later.remove('aws:prod')).toBe(false)
    expect(await open(folder).read('aws:prod')).toBeUndefined()
  })

  test('shows neither values nor target names nor the passphrase on disk', async () => {
    const folder = temporaryFolder()
    await open(folder).write('aws:prod', new Secret('a-secret-value'))
    const names = readdirSync(folder)
    const all = names.map((name) => name + readFileSync(join(folder, name), 'latin1')).join('\n')
    for (const hidden of ['prod', 'a-secret-value', 'correct horse'])
      expect(all).not.toContain(hidden)
  })

  test('writes nothing when it is only read', async () => {
    const folder = join(temporaryFolder(), 'store')
    expect(await open(folder).read('k')).toBeUndefined()
    expect(await open(folder).remove('k')).toBe(false)
    expect(() => readdirSync(folder)).toThrow('ENOENT')
  })

  test('says that the passphrase is wrong, and does not print it', async () => {
    const folder = temporaryFolder()
    await open(folder).write('k', new Secret('value'))
    const store = open(folder, 'wrong staple')
    for (const attempt of [store.read('k'), store.write('k', new Secret('x')), store.remove('k')]) {
      const error = await attempt.catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        kind: 'unavailable',
        code: 'store-passphrase-wrong',
        hint: expect.stringContaining(folder),
      })
      expect(JSON.stringify(error)).not.toContain('staple')
    }
    expect((await open(folder).read('k'))?.reveal()).toBe('value')
  })

  test('refuses an empty passphrase', () => {
    expect(() => open(temporaryFolder(), '')).toThrowError(
      expect.objectContaining({ kind: 'usage', code: 'store-passphrase-missing', exitCode: 2 }),
    )
  })

  test('takes a passphrase typed in another Unicode form for the same', async () => {
    const folder = temporaryFolder()
    await open(folder, 'caf\u00e9').write('k', new Secret('value'))
    expect((await open(folder, 'cafe\u0301').read('k'))?.reveal()).toBe('value')
  })

  test('is set up once by several processes that start together', async () => {
    const folder = temporaryFolder()
    const stores = ['a', 'b', 'c'].map((key) => ({ key, store: open(folder) }))
    await Promise.all(stores.map(({ key, store }) => store.write(key, new Secret(key))))
    const later = open(folder)
    for (const { key } of stores) expect((await later.read(key))?.reveal()).toBe(key)
  })

  test.each(['', 'junk', '{"version":2}', '{"version":1,"kdf":"scrypt","N":2,"r":8,"p":1}'])(
    'refuses a header it did not write: %s',
    async (header) => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'header.json'), header)
      await expect(open(folder).read('k')).rejects.toMatchObject({ code: 'store-corrupt' })
      await expect(open(folder).write('k', new Secret('v'))).rejects.toMatchObject({
        code: 'store-corrupt',
        message: expect.stringContaining('header.json'),
      })
    },
  )

  test('starts anew once its folder is removed', async () => {
    const folder = join(temporaryFolder(), 'store')
    await open(folder, 'old').write('k', new Secret('old'))
    rmSync(folder, { recursive: true })
    await open(folder, 'new').write('k', new Secret('new'))
    expect((await open(folder, 'new').read('k'))?.reveal()).toBe('new')
  })

  test('files swapped by hand do not open', async () => {
    const folder = temporaryFolder()
    const store = open(folder)
    await store.write('one', new Secret('1'))
    const [one = ''] = readdirSync(folder).filter((name) => name !== 'header.json')
    await store.write('two', new Secret('2'))
    const [two = ''] = readdirSync(folder).filter((name) => name !== 'header.json' && name !== one)
    writeFileSync(join(folder, one), readFileSync(join(folder, two)))
    await expect(store.read('one')).rejects.toMatchObject({ code: 'store-corrupt' })
  })
})
