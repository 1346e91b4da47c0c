import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings, writeDocument } from '../../../src/system/files/config-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

function sparse(path: string, size: number): void {
  writeFileSync(path, '')
  truncateSync(path, size)
}

const place = (): string => join(temporaryFolder(), 'config.json')

test('without a file the settings are empty', async () => {
  expect(await readSettings(place())).toMatchObject({ aliases: {}, targets: {} })
})

test('a link is followed, as people link their dotfiles', async () => {
  const path = place()
  writeFileSync(`${path}.real`, '{"duration": "30m"}')
  symlinkSync(`${path}.real`, path)
  expect(await readSettings(path)).toMatchObject({ duration: { seconds: 1800 } })
})

describe('what is no file of settings is refused at once', () => {
  const places: [string, (path: string) => unknown][] = [
    ['a folder', (path) => mkdirSync(path)],
    ['a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path])],
    ['a device without an end', (path) => symlinkSync('/dev/zero', path)],
    ['a terabyte', (path) => sparse(path, 2 ** 40)],
    ['a link in a circle', (path) => symlinkSync(path, path)],
    ['no JSON', (path) => writeFileSync(path, 'duration: 30m')],
    ['another kind of JSON', (path) => writeFileSync(path, '"duration"')],
    [
      'a name that is lost',
      (path) => writeFileSync(path, '{"aliases": {"constructor": ["aws:x"]}}'),
    ],
    ['a prototype', (path) => writeFileSync(path, '{"__proto__": {"duration": "30m"}}')],
    ['a setting nobody knows', (path) => writeFileSync(path, '{"frob": 1}')],
  ]
  test.skipIf(process.platform === 'win32').each(places)('%s', async (_, make) => {
    const path = place()
    make(path)
    await expect(readSettings(path)).rejects.toMatchObject({
      code: 'config-invalid',
      exitCode: 2,
      message: expect.stringContaining(path),
      hint: expect.stringContaining('--config'),
    })
  })
})

test('what could not be read back is not written, and the file is not blamed', async () => {
  const path = place()
  writeFileSync(path, '{"duration": "30m"}')
  const error: unknown = await writeDocument(path, { duration: 'soon' }).catch((e: unknown) => e)
  expect(error).toMatchObject({
    code: 'invalid-setting',
    exitCode: 2,
    message: expect.stringMatching(/^`duration` /),
    hint: expect.stringContaining('nothing was changed'),
  })
  expect(JSON.stringify(error)).not.toContain(path)
  expect(readFileSync(path, 'utf8')).toBe('{"duration": "30m"}')
})
