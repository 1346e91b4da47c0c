import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFlights } from '../../../src/system/state/single-flight.ts'
import { createSignInIndex } from '../../../src/system/state/sign-in-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

function indexIn(folder: string) {
  const now = () => new Date()
  const flights = createFlights({
    folder: join(folder, 'flights'),
    command: 'pim',
    pid: process.pid,
    now,
  })
  return createSignInIndex(folder, flights)
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

test('who signs in at the same time is not lost, and only the owner can read it', async () => {
  const folder = temporaryFolder()
  const names = ['alice', 'bob', 'carol', 'dave']
  await Promise.all(
    names.map((name) => indexIn(folder).change((before) => [...list(before), name])),
  )
  expect(new Set(list(await indexIn(folder).read()))).toEqual(new Set(names))
  expect(statSync(join(folder, 'sign-ins.json')).mode & 0o777).toBe(0o600)
})

test.each(['', '{'])('what cannot be read is an error, and stays as it is: %j', async (text) => {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'sign-ins.json'), text)
  const damaged = { kind: 'unavailable', code: 'sign-ins-unreadable' }
  await expect(indexIn(folder).read()).rejects.toMatchObject(damaged)
  const change = indexIn(folder).change((before) => [...list(before), 'alice'])
  await expect(change).rejects.toMatchObject(damaged)
  expect(readFileSync(join(folder, 'sign-ins.json'), 'utf8')).toBe(text)
})
