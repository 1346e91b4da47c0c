import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import {
  createPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from '../../../src/system/files/private-file.ts'
import { readPrivateFile } from '../../../src/system/files/private-file-read.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const posix = process.platform !== 'win32'

describe('a private file', () => {
  test('comes back as it was written and is gone once removed', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 'file')
    expect(readPrivateFile(path)).toBeUndefined()
    await replacePrivateFile(path, Buffer.from('one'))
    await replacePrivateFile(path, Buffer.from('two'))
    expect(String(readPrivateFile(path))).toBe('two')
    expect(await removePrivateFile(path)).toBe(true)
    expect(await removePrivateFile(path)).toBe(false)
  })

  test('is created once, and the second writer learns that it came too late', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const attempts = ['a', 'b', 'c', 'd'].map((text) => createPrivateFile(path, Buffer.from(text)))
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1)
    expect(readdirSync(folder)).toEqual(['file'])
  })

  test('is rid of what a killed writer left beside it, and not of what is being written', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    const longAgo = new Date(Date.now() - 3_600_000)
    mkdirSync(folder, { recursive: true })
    for (const name of ['file.left.tmp', 'file.now.tmp', 'other.left.tmp']) {
      writeFileSync(join(folder, name), '')
      if (name !== 'file.now.tmp') utimesSync(join(folder, name), longAgo, longAgo)
    }
    await replacePrivateFile(path, Buffer.from('one'))
    expect(readdirSync(folder).toSorted()).toEqual(['file', 'file.now.tmp', 'other.left.tmp'])
  })

  test.runIf(posix)('is its owner’s only, in a folder that is tightened', async () => {
    const folder = join(temporaryFolder(), 'loose')
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    await replacePrivateFile(join(folder, 'file'), Buffer.from('x'))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o600)
  })

  test.runIf(posix)('is not read through a symbolic link', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'elsewhere'), 'planted')
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'))
    await expect((async () => readPrivateFile(join(folder, 'link')))()).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining('symbolic link'),
    })
  })

  test.runIf(posix)('replaces a symbolic link instead of writing through it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'elsewhere'), 'untouched')
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'))
    await replacePrivateFile(join(folder, 'link'), Buffer.from('mine'))
    expect(String(readPrivateFile(join(folder, 'elsewhere')))).toBe('untouched')
    expect(String(readPrivateFile(join(folder, 'link')))).toBe('mine')
  })

  test.runIf(posix)('that is a named pipe is refused without waiting for its writer', async () => {
    const path = join(temporaryFolder(), 'pipe')
    execFileSync('mkfifo', [path])
    await expect((async () => readPrivateFile(path))()).rejects.toMatchObject({
      code: 'store-corrupt',
    })
  })

  test('that cannot be written says why and leaves nothing behind', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    await expect(
      replacePrivateFile(join(folder, 'file', 'below'), Buffer.from('x')),
    ).rejects.toMatchObject({ kind: 'unavailable', code: 'store-unavailable' })
    mkdirSync(join(folder, 'occupied'))
    await expect(
      replacePrivateFile(join(folder, 'occupied'), Buffer.from('x')),
    ).rejects.toMatchObject({ code: 'store-unavailable', hint: expect.any(String) })
    expect(readdirSync(folder).toSorted()).toEqual(['file', 'occupied'])
  })
})
