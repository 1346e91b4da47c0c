import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { createUses } from '../../../src/system/state/usage.ts'
import { startWorker } from '../processes.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('is used from the first that begins to the last that ends', async () => {
  const folder = join(temporaryFolder(), 'uses')
  const [mine, theirs] = [createUses(folder), createUses(folder)]
  expect(await mine.isUsed('e1')).toBe(false)
  const one = await mine.begin('e1')
  const other = await theirs.begin('e1')
  expect([await mine.isUsed('e1'), await mine.isUsed('e2')]).toEqual([true, false])
  await one.end()
  expect(await mine.isUsed('e1')).toBe(true)
  await other.end()
  await other.end()
  expect(await theirs.isUsed('e1')).toBe(false)
})

test('leaves nothing behind once it is found unused', async () => {
  const folder = join(temporaryFolder(), 'uses')
  const uses = createUses(folder)
  await (await uses.begin('e1')).end()
  await uses.isUsed('e1')
  expect(readdirSync(folder)).toEqual([])
})

test('an id leads to no other folder', async () => {
  const folder = join(temporaryFolder(), 'state', 'uses')
  await (await createUses(folder).begin('../../e1')).end()
  expect(existsSync(join(folder, '..', '..', 'e1.lock'))).toBe(false)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('a process that is killed has ended its use', async () => {
  const folder = join(temporaryFolder(), 'uses')
  const worker = startWorker(['use', folder])
  await worker.ready
  const uses = createUses(folder)
  expect(await uses.isUsed('e1')).toBe(true)
  worker.child.kill('SIGKILL')
  await worker.ended
  expect(await uses.isUsed('e1')).toBe(false)
})

test('looking, however often, neither keeps anybody from beginning nor passes for a use', async () => {
  const folder = join(temporaryFolder(), 'uses')
  const [one, other] = [createUses(folder), createUses(folder)]
  for (let time = 0; time < 50; time += 1) {
    await (await one.begin('e1')).end()
    const [use, ...seen] = await Promise.all([
      one.begin('e2'),
      one.isUsed('e1'),
      other.isUsed('e1'),
    ])
    expect([...seen, await other.isUsed('e2')]).toEqual([false, false, true])
    const looks = Promise.all([one.isUsed('e2'), other.isUsed('e2')])
    const another = await other.begin('e2')
    expect(await looks).toEqual([true, true])
    await Promise.all([use.end(), another.end()])
  }
})
