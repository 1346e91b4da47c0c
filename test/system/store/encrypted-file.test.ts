import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  readSealedFile,
  seal,
  unseal,
  writeSealedFile,
} from '../../../src/system/store/encrypted-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const text = fc.string({ unit: 'grapheme' })
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('sealed bytes', () => {
  test('open under the same key and context', () => {
    fc.assert(
      fc.property(key, text, text, (key, plaintext, context) => {
        expect(unseal(key, seal(key, plaintext, context), context)).toBe(plaintext)
      }),
    )
  })

  test('do not open once any bit is flipped', () => {
    fc.assert(
      fc.property(key, text, fc.nat(), fc.nat(7), (key, plaintext, at, bit) => {
        const sealed = seal(key, plaintext, 'context')
        const index = at % sealed.length
        sealed[index] = (sealed[index] ?? 0) ^ (1 << bit)
        expect(unseal(key, sealed, 'context')).toBeUndefined()
      }),
    )
  })

  test('do not open cut short, lengthened, elsewhere or under another key', () => {
    const key = randomBytes(32)
    const sealed = seal(key, 'value', 'aws:prod')
    for (let length = 0; length < sealed.length; length++)
      expect(unseal(key, sealed.subarray(0, length), 'aws:prod')).toBeUndefined()
    expect(unseal(key, Buffer.concat([sealed, Buffer.from('x')]), 'aws:prod')).toBeUndefined()
    expect(unseal(key, sealed, 'aws:dev')).toBeUndefined()
    expect(unseal(randomBytes(32), sealed, 'aws:prod')).toBeUndefined()
  })

  test('are never the same twice, and do not hold the value', () => {
    const key = randomBytes(32)
    const sealed = Array.from({ length: 200 }, () => seal(key, 'a-secret-value', 'c'))
    expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(200)
    expect(sealed.some((bytes) => bytes.includes('a-secret-value'))).toBe(false)
  })
})

describe('a sealed file', () => {
  test('that was tampered with is an error with a hint, never junk', async () => {
    const file = { path: join(temporaryFolder(), 'file'), key: randomBytes(32), context: 'k' }
    expect(await readSealedFile(file)).toBeUndefined()
    await writeSealedFile(file, 'value')
    expect(await readSealedFile(file)).toBe('value')
    const bytes = readFileSync(file.path)
    for (const damaged of [bytes.subarray(0, -1), Buffer.alloc(0), Buffer.from('value')]) {
      writeFileSync(file.path, damaged)
      await expect(readSealedFile(file)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'store-corrupt',
        hint: expect.stringContaining('remove it'),
      })
    }
  })

  test('copied over another one does not open there', async () => {
    const folder = temporaryFolder()
    const key = randomBytes(32)
    const prod = { path: join(folder, 'prod'), key, context: 'prod' }
    const dev = { path: join(folder, 'dev'), key, context: 'dev' }
    await writeSealedFile(prod, 'prod-value')
    await writeSealedFile(dev, 'dev-value')
    writeFileSync(prod.path, readFileSync(dev.path))
    await expect(readSealedFile(prod)).rejects.toMatchObject({ code: 'store-corrupt' })
  })
})
