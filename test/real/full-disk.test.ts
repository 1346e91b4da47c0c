import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { canMount, elevating, env, expectToWork, full, mount, mountState, unmount } from './disk.ts'
import { openCloud, until } from './pim.ts'

describe.skipIf(!canMount)('with the encrypted file as the store', () => {
  // As the sandbox sets it.
  const store = { PIM_CREDENTIAL_STORE: 'file' }

  test('a full disk is exit code 7 too, before anything is asked for', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    disk.fill()
    for (const [code, words] of elevating) {
      const ended = await cloud.pim(words, { env: { ...env, ...store }, limitSeconds: 45 })
      expect([words[0], ended.code, ended.out]).toEqual([words[0], code, ''])
      expect(ended.err).toMatch(full)
    }
    expect(cloud.sts.calls).toEqual([])
  })

  test('a disk that fills up while AWS is asked leaves no elevation that passes for active', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    await cloud.pim(['exec', 'aws:sandbox-no-tags', '--', 'true'], { env: { ...env, ...store } })
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 3000 })
    const called = cloud.calls('AssumeRole').length
    const running = cloud.startPim(['elevate', 'aws:sandbox-admin', '-j', 'x y'], { env: store })
    await until('the call', () => cloud.calls('AssumeRole').length === called + 1)
    // The log's own block has room for the outcome, and nothing else has any.
    disk.fill()
    const { code, out, err } = await running.ended
    expect([code, out]).toEqual([expect.toBeOneOf([6, 7]), ''])
    expect(err).toContain('thr')
    disk.free()
    const status = await cloud.pim(['status', '--json'], { env: store })
    expect(JSON.parse(status.out).elevations).toEqual([])
    await expectToWork(cloud)
  })
})

describe.skipIf(!canMount)('settings', () => {
  /** The folder of the configuration, which is PIM_HOME, on a small file system. */
  test('that a full disk does not take stay as they were, which is said', async () => {
    await using cloud = await openCloud()
    const home = join(cloud.folder, 'small')
    mkdirSync(home, { mode: 0o700 })
    expect(mount('-t', 'tmpfs', '-o', 'size=20m,mode=700', 'tmpfs', home)).toBe(true)
    try {
      const here = { PIM_HOME: home }
      await cloud.pim(['config', 'set', 'duration', '30m'], { env: here })
      const path = join(home, 'config.json')
      const before = readFileSync(path, 'utf8')
      expect(() => writeFileSync(join(home, 'filling'), Buffer.alloc(40_000_000))).toThrow('ENOSPC')
      for (const words of [
        ['config', 'set', 'duration', '1h'],
        ['config', 'unset', 'duration'],
        ['alias', 'set', 'prod', 'aws:sandbox-admin'],
      ]) {
        const { code, out, err } = await cloud.pim(words, { env: here })
        expect([words, code, out]).toEqual([words, 6, ''])
        expect(err).toMatch(/cannot be written, and stays as it was: the disk is full/)
        expect(err).toContain('hint: ')
      }
      expect(readFileSync(path, 'utf8')).toBe(before)
      expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([])
      rmSync(join(home, 'filling'))
      const set = await cloud.pim(['config', 'set', 'duration', '1h'], { env: here })
      expect(set.code).toBe(0)
    } finally {
      unmount(home)
    }
  })
})
