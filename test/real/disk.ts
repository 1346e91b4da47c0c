import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'vitest'

import { requirePart } from './parts.ts'
import type { Cloud } from './pim.ts'

export function mount(...words: readonly string[]): boolean {
  return spawnSync('mount', words, { stdio: 'ignore' }).status === 0
}

export function unmount(folder: string): void {
  spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' })
}

export const canMount =
  process.platform === 'linux' &&
  requirePart('mount', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pim-mount-'))
    const isMounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
    if (isMounted) unmount(folder)
    rmSync(folder, { recursive: true })
    return isMounted
  })

/** A small file system of its own under the state folder; the compile cache stays outside. */
export function mountState(cloud: Cloud, mode: 'rw' | 'ro' = 'rw'): Disk {
  const folder = join(cloud.env['PIM_HOME'] ?? '', 'state')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  expect(mount('-t', 'tmpfs', '-o', `size=256k,mode=700,${mode}`, 'tmpfs', folder)).toBe(true)
  const filling = join(folder, 'filling')
  return {
    log: join(folder, 'audit', 'audit.jsonl'),
    fill: () => {
      expect(() => writeFileSync(filling, Buffer.alloc(1_000_000))).toThrow('ENOSPC')
    },
    free: () => rmSync(filling),
    freeze: () => expect(mount('-o', 'remount,ro', folder)).toBe(true),
    thaw: () => expect(mount('-o', 'remount,rw', folder)).toBe(true),
    [Symbol.dispose]: () => unmount(folder),
  }
}

export interface Disk extends Disposable {
  readonly log: string
  readonly fill: () => void
  readonly free: () => void
  readonly freeze: () => void
  readonly thaw: () => void
}

export const env = { PIM_JUSTIFICATION: 'restart the queue' }
export const elevating: readonly (readonly [code: number, words: readonly string[]])[] = [
  [7, ['elevate', 'aws:sandbox-admin']],
  [125, ['exec', 'aws:sandbox-admin', '--', 'echo', 'ran']],
  [7, ['env', 'aws:sandbox-admin']],
  [7, ['credentials', 'aws:sandbox-admin']],
]

/** Nothing is elevated, nobody is called, nothing is handed out, and it does not take long. */
export async function expectRefusals(cloud: Cloud, why: RegExp): Promise<void> {
  const before = cloud.sts.calls.length
  for (const [code, words] of elevating) {
    const ended = await cloud.pim(['--json', ...words], { env, limitSeconds: 45 })
    const { error } = JSON.parse(ended.err.split('\n').find((line) => line.startsWith('{')) ?? '{}')
    expect([words[0], ended.code, error]).toMatchObject([
      words[0],
      code,
      { exitCode: 7, message: expect.stringMatching(why) },
    ])
    if (words[0] !== 'elevate') expect(ended.out).toBe('')
  }
  expect(cloud.sts.calls.slice(before)).toEqual([])
}

export async function expectToWork(cloud: Cloud): Promise<void> {
  for (const [, words] of elevating) {
    const { code, err } = await cloud.pim([...words], { env })
    expect([words[0], code, err.includes('error:')]).toEqual([words[0], 0, false])
  }
  await expectIntactLog(cloud)
}

export async function expectIntactLog(cloud: Cloud): Promise<void> {
  const { code, out } = await cloud.pim(['audit', 'verify', '--json'])
  expect([code, JSON.parse(out)]).toMatchObject([0, { ok: true, anchor: 'matched' }])
}

export const full = /the disk is full/
export const readOnly = /cannot be written/
