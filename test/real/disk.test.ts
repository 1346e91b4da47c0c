import { existsSync, statSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import {
  canMount,
  env,
  expectIntactLog,
  expectRefusals,
  expectToWork,
  full,
  mountState,
  readOnly,
  type Disk,
} from './disk.ts'
import { openCloud, until, type Cloud } from './pim.ts'

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
      { event: 'elevation.released', reason: 'its credentials were not kept' },
      { event: 'command.started' },
      { event: 'command.finished' },
      { event: 'credentials.issued', channel: 'env' },
      { event: 'credentials.issued', channel: 'credential_process' },
    ])
  })
})
