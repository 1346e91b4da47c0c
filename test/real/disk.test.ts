import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { requirePart } from './parts.ts'
import { openCloud, until, type Cloud } from './pim.ts'

function mount(...words: readonly string[]): boolean {
  return spawnSync('mount', words, { stdio: 'ignore' }).status === 0
}

function unmount(folder: string): void {
  spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' })
}

const canMount =
  process.platform === 'linux' &&
  requirePart('mount', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pim-mount-'))
    const isMounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
    if (isMounted) unmount(folder)
    rmSync(folder, { recursive: true })
    return isMounted
  })

/** A small file system of its own under the state folder; the compile cache stays outside. */
function mountState(cloud: Cloud, mode: 'rw' | 'ro' = 'rw'): Disk {
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

interface Disk extends Disposable {
  readonly log: string
  readonly fill: () => void
  readonly free: () => void
  readonly freeze: () => void
  readonly thaw: () => void
}

const env = { PIM_JUSTIFICATION: 'restart the queue' }
const elevating: readonly (readonly [code: number, words: readonly string[]])[] = [
  [7, ['elevate', 'aws:sandbox-admin']],
  [125, ['exec', 'aws:sandbox-admin', '--', 'echo', 'ran']],
  [7, ['env', 'aws:sandbox-admin']],
  [7, ['credentials', 'aws:sandbox-admin']],
]

/** Nothing is elevated, nobody is called, nothing is handed out, and it does not take long. */
async function expectRefusals(cloud: Cloud, why: RegExp): Promise<void> {
  const before = cloud.sts.calls.length
  for (const [code, words] of elevating) {
    const ended = await cloud.pim(['--json', ...words], { env, limitSeconds: 60 })
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

async function expectToWork(cloud: Cloud): Promise<void> {
  for (const [, words] of elevating) {
    const { code, err } = await cloud.pim([...words], { env })
    expect([words[0], code, err.includes('error:')]).toEqual([words[0], 0, false])
  }
  await expectIntactLog(cloud)
}

async function expectIntactLog(cloud: Cloud): Promise<void> {
  const { code, out } = await cloud.pim(['audit', 'verify', '--json'])
  expect([code, JSON.parse(out)]).toMatchObject([0, { ok: true, anchor: 'matched' }])
}

const full = /no space is left on the disk/
const readOnly = /cannot be written/

describe.skipIf(!canMount)('elevates nothing, and calls nobody, where the log', () => {
  test('cannot be begun, since the disk is full', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    disk.fill()
    await expectRefusals(cloud, full)
    disk.free()
    await expectToWork(cloud)
  })

  test('cannot be gone on with, since the disk is full', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    await cloud.pim(['exec', 'aws:sandbox-no-tags', '--', 'true'], { env })
    disk.fill()
    await expectRefusals(cloud, full)
    disk.free()
    await expectToWork(cloud)
  })

  test('cannot be begun, since the file system is read-only', async () => {
    await using cloud = await openCloud()
    using _disk = mountState(cloud, 'ro')
    await expectRefusals(cloud, readOnly)
  })

  test('cannot be gone on with, since the file system is read-only', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    await cloud.pim(['exec', 'aws:sandbox-no-tags', '--', 'true'], { env })
    disk.freeze()
    await expectRefusals(cloud, readOnly)
    await expectIntactLog(cloud)
    disk.thaw()
    await expectToWork(cloud)
  })
})

describe.skipIf(!canMount)('what is live and kept', () => {
  const wayOut = ['credentials', 'env'] as const
  const hindered = (disk: Disk) =>
    [
      [disk.fill, disk.free],
      [disk.freeze, disk.thaw],
    ] as const

  test('and on record as handed out is handed out still, and the log can be checked', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    await expectToWork(cloud)
    const recorded = cloud.records().length
    for (const [hinder, mend] of hindered(disk)) {
      hinder()
      for (const way of wayOut) {
        const { code, out } = await cloud.pim([way, 'aws:sandbox-admin'], { env })
        expect([way, code, out]).toEqual([way, 0, expect.stringContaining('ASIA')])
      }
      await expectIntactLog(cloud)
      mend()
    }
    expect(cloud.records()).toHaveLength(recorded)
  })

  const issued = (cloud: Cloud) =>
    cloud.records().filter(({ event }) => event === 'credentials.issued').length

  test('is handed out on a full disk for as long as the log has room, and never off the record', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    await cloud.pim(['elevate', 'aws:sandbox-admin'], { env })
    disk.fill()
    for (let handedOut = 0; ; handedOut += 1) {
      const { code, out, err } = await cloud.pim(['credentials', 'aws:sandbox-admin'])
      if (code === 0) {
        expect(err).toMatch(
          /warning: .* could not note that it was handed out: .* the disk is full/,
        )
        expect(issued(cloud)).toBe(handedOut + 1)
        continue
      }
      expect([code, out, err]).toEqual([7, '', expect.stringMatching(full)])
      expect([issued(cloud), handedOut > 0]).toEqual([handedOut, true])
      return
    }
  })

  test('and not yet on record as handed out is not, where nothing can be written', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    await cloud.pim(['elevate', 'aws:sandbox-admin'], { env })
    disk.freeze()
    for (const way of wayOut) {
      const { code, out, err } = await cloud.pim([way, 'aws:sandbox-admin'], { env })
      expect([way, code, out]).toEqual([way, 7, ''])
      expect(err).toContain('cannot be written: the file system is read-only')
    }
  })
})

describe.skipIf(!canMount)('a disk that fills up while AWS is asked', () => {
  /** Leaves so little room behind the record of the request that the next one is cut short. */
  const almostFilling = async (cloud: Cloud, { log }: Disk): Promise<string> => {
    const block = 4096
    const size = () => (existsSync(log) ? statSync(log).size : 0)
    const short = 'why'
    const request = async () => {
      await cloud.pim(['exec', 'aws:sandbox-admin', '-j', short, '--', 'true'])
      const [, last] = cloud.records().filter(({ event }) => event === 'elevation.requested')
      return JSON.stringify(last ?? cloud.records()[0]).length + 1
    }
    for (;;) {
      const length = await request()
      const missing = block - 100 - ((size() + length) % block)
      if (missing > 0 && missing < 400) return short + '.'.repeat(missing)
    }
  }

  test('costs the outcome, not the log: nothing is handed out, and it is mended', async () => {
    await using cloud = await openCloud()
    using disk = mountState(cloud)
    const justification = await almostFilling(cloud, disk)
    const recorded = cloud.records().length
    const called = cloud.calls('AssumeRole').length
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 1500 })
    const running = cloud.startPim(['credentials', 'aws:sandbox-admin'], {
      env: { PIM_JUSTIFICATION: justification },
    })
    await until('the call', () => cloud.calls('AssumeRole').length === called + 1)
    disk.fill()
    expect(await running.ended).toMatchObject({
      code: 7,
      out: '',
      err: expect.stringMatching(full),
    })
    expect(cloud.records().slice(recorded)).toMatchObject([{ event: 'elevation.requested' }])
    expect(statSync(disk.log).size % 4096).toBe(0)
    await expectRefusals(cloud, full)

    disk.free()
    await expectToWork(cloud)
    expect(cloud.records().slice(recorded)).toMatchObject([
      { event: 'elevation.requested' },
      { event: 'audit.recovered' },
      { event: 'elevation.requested' },
      { event: 'elevation.active' },
      { event: 'command.started' },
      { event: 'command.finished' },
      { event: 'credentials.issued', channel: 'env' },
      { event: 'credentials.issued', channel: 'credential_process' },
    ])
  })
})
