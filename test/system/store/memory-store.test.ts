import { expect, test } from 'vitest'

import { Secret } from '../../../src/core/credentials.ts'
import { createMemoryStore } from '../../../src/system/store/memory-store.ts'

test('memory keeps secrets for this store only', async () => {
  const store = createMemoryStore()
  expect(await store.read('k')).toBeUndefined()
  await store.write('k', new Secret('v'))
  expect((await store.read('k'))?.reveal()).toBe('v')
  expect(await createMemoryStore().read('k')).toBeUndefined()
  expect(await store.remove('k')).toBe(true)
  expect(await store.remove('k')).toBe(false)
  expect(store.name).toBe('memory')
})
