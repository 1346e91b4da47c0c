import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { foldersFor } from '../../../src/system/files/folders.ts'
import { startPim } from '../../pim.ts'

test('PIM_HOME holds everything', () => {
  expect(foldersFor({ env: { PIM_HOME: '/p' }, platform: 'linux' })).toEqual({
    configFile: join('/p', 'config.json'),
    state: join('/p', 'state'),
    cache: join('/p', 'cache'),
  })
})

describe('a place that depends on where one stands is refused', () => {
  test.each(['pim', './pim', '../pim', '~/pim'])('PIM_HOME=%s', async (PIM_HOME) => {
    expect(() => foldersFor({ env: { PIM_HOME }, platform: 'linux' })).toThrow(
      expect.objectContaining({
        code: 'relative-home',
        exitCode: 2,
        message: expect.stringContaining(PIM_HOME),
      }),
    )
  })

  test('by every command that would keep something there', async () => {
    const pim = await startPim({ PIM_HOME: 'pim-relative' })
    for (const argv of ['status', 'list', 'elevate aws:sandbox-admin -j why']) {
      const ended = await pim.run(argv)
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toContain('PIM_HOME=pim-relative is not an absolute path')
    }
    expect(pim.sandbox.sts.calls).toEqual([])
  })
})
