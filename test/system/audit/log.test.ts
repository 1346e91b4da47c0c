import { existsSync } from 'node:fs'
import { appendFile, chmod, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { hashLine } from '../../../src/core/audit/chain.ts'
import {
  folder,
  path,
  anchor,
  log,
  requested,
  torn,
  logWith,
  content,
  forgetAnchor,
  expectRefusal,
  useRoom,
} from './fixture.ts'
import { startWorker } from '../processes.ts'

useRoom()

describe('appending', () => {
  test('writes one chained line a record and anchors its head', async () => {
    const first = await log.append(requested)
    const second = await log.append({ event: 'elevation.active', elevationId: 'e1' })
    const lines = content().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[2]).toBe('')
    expect(first).toEqual({ seq: 1, hash: hashLine(Buffer.from(lines[0]!)) })
    expect(second).toEqual({ seq: 2, hash: hashLine(Buffer.from(lines[1]!)) })
    expect(anchor.kept()?.anchored).toEqual({ head: second })
    expect(await log.verify()).toEqual({
      ok: true,
      records: 2,
      head: second,
      anchor: 'matched',
      unknownOutcome: [],
    })
  })

  test('makes the folder and the file for their owner only', async () => {
    await log.append(requested)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    }
  })

  test('tightens a folder and a file that others could read', async () => {
    await log.append(requested)
    await chmod(folder, 0o755)
    await chmod(path, 0o644)
    await log.append(requested)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('chains on to a line that is longer than a block', async () => {
    for (const size of [4000, 4096, 5000, 100_000]) {
      await log.append({ ...requested, justification: 'ä'.repeat(size) })
    }
    expect(await log.verify()).toMatchObject({ ok: true, records: 4 })
  })

  test('goes on when the head cannot be anchored, or read back', async () => {
    const locked = () => Promise.reject(new Error('locked'))
    const lone = logWith({
      anchor: {
        begun: locked,
        read: locked,
        announce: async () => {},
        isLasting: async () => false,
        write: locked,
        replace: locked,
      },
    })
    await lone.append(requested)
    await lone.append(requested)
    expect(await lone.verify()).toMatchObject({
      ok: true,
      records: 2,
      anchor: 'unreadable',
      anchorProblem: 'locked',
    })
  })

  test('goes on when the anchor is behind', async () => {
    const first = await log.append(requested)
    await log.append(requested)
    anchor.put(first)
    expect(await log.verify()).toMatchObject({
      ok: true,
      records: 2,
      anchor: 'behind',
      unanchored: { first: 2, last: 2 },
    })
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, records: 3, anchor: 'matched' })
  })

  test('says for ever which records the anchor did not know, since the next one covers them', async () => {
    await log.append(requested)
    const stranger = logWith({ anchor: { ...anchor, write: async () => {} } })
    await stranger.append(requested)
    await stranger.append(requested)
    await log.append(requested)
    await log.append(requested)
    const said = (await log.records()).map((record) => record['unanchoredFrom'])
    expect(said).toEqual([undefined, undefined, 2, 2, undefined])
  })

  test('keeps one chain for many at once in one process', async () => {
    await Promise.all(Array.from({ length: 20 }, () => log.append(requested)))
    expect(await log.verify()).toMatchObject({ ok: true, records: 20, anchor: 'matched' })
  })

  test('keeps one chain for many processes', async () => {
    const workers = Array.from({ length: 8 }, () => startWorker(['append', folder, '25']))
    const ends = await Promise.all(workers.map((worker) => worker.ended))
    expect(ends).toEqual(Array(8).fill({ code: 0, errors: '' }))
    expect(await log.verify()).toMatchObject({ ok: true, records: 200, anchor: 'matched' })
    const records = await log.records()
    for (const { child } of workers) {
      const own = records.filter((record) => record['by'] === child.pid)
      expect(own.map((record) => record['count'])).toEqual([...Array(25).keys()].map((n) => n + 1))
    }
  })

  test('keeps one chain though processes are killed at it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const workers = [1, 2, 3].map(() => startWorker(['append', folder, '1000', 'x'.repeat(9000)]))
      while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10))
      await new Promise((resolve) => setTimeout(resolve, 400 + round * 7))
      for (const { child } of workers) child.kill('SIGKILL')
      await Promise.all(workers.map((worker) => worker.ended))
    }
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, anchor: 'matched' })
  })
})

describe('a torn last line', () => {
  beforeEach(async () => {
    await log.append(requested)
    await log.append(requested)
  })

  test('is no fault, and is closed and noted by the next record', async () => {
    const before = content()
    await appendFile(path, torn)
    expect(await log.verify()).toMatchObject({ ok: true, records: 2 })
    const head = await log.append(requested)
    expect(head.seq).toBe(4)
    expect(content().startsWith(`${before}${torn}\n{"v":1,"seq":3,`)).toBe(true)
    const [, second, recovered] = await log.records()
    expect(recovered).toMatchObject({
      seq: 3,
      event: 'audit.recovered',
      tornBytes: torn.length,
      afterSeq: second?.seq,
      prev: hashLine(Buffer.from(torn)),
    })
    expect(await log.verify()).toMatchObject({ ok: true, records: 4, anchor: 'matched' })
  })

  test('is closed again when its recovery was torn too', async () => {
    await appendFile(path, `${torn}\n{"v":1,"seq":3,"time":"2026-03-01T09`)
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, records: 4, anchor: 'matched' })
  })

  test('counts as a record when only its newline is missing', async () => {
    await log.append(requested)
    await truncate(path, content().length - 1)
    await forgetAnchor()
    await log.append(requested)
    expect((await log.records()).map(({ seq, event }) => `${seq} ${event}`)).toEqual([
      '1 elevation.requested',
      '2 elevation.requested',
      '3 elevation.requested',
      '4 audit.recovered',
      '5 elevation.requested',
    ])
    expect(await log.verify()).toMatchObject({ ok: true, records: 5 })
  })

  test('may be the only line', async () => {
    await forgetAnchor()
    await writeFile(path, torn)
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, records: 2 })
  })

  test('does not hide that records are missing', async () => {
    await truncate(path, content().length - 1)
    await expectRefusal('audit-broken', 'it ends with record 1, but record 2 was written')
  })

  test('is not what a stranger left behind it', async () => {
    await appendFile(path, `${torn}\njunk`)
    await expectRefusal('audit-broken', 'the line after record 2 is not a record')
  })
})

describe('a disk without room', () => {
  // A limit on the size of files cuts a write short and then fails, as a full disk does.
  const appendWithin = async (kib: number) =>
    await startWorker(['append', folder, '1', 'x'.repeat(3000)], kib).ended

  test('elevates nothing, and failing again and again leaves no more junk', async () => {
    await log.append(requested)
    await log.append(requested)
    const sound = content()
    const { code, errors } = await appendWithin(2)
    expect(code).toBe(1)
    expect(JSON.parse(errors)).toMatchObject({ code: 'audit-unwritable', exitCode: 7 })
    expect(errors).toContain('the file would grow larger than is allowed')
    const full = content()
    expect(full).toHaveLength(2048)
    expect(full.startsWith(sound)).toBe(true)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect((await appendWithin(2)).code).toBe(1)
    }
    expect(content()).toBe(full)
    expect(await log.verify()).toMatchObject({ ok: true, records: 2, anchor: 'matched' })
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, records: 4, anchor: 'matched' })
  })
})

describe('where there is no log yet', () => {
  test('there is nothing to read and nothing wrong, and nothing is made', async () => {
    expect(await log.records()).toEqual([])
    expect(await log.verify()).toMatchObject({ ok: true, records: 0, anchor: 'absent' })
    expect(existsSync(folder)).toBe(false)
  })

  test('an anchor tells that there was one', async () => {
    anchor.put({ seq: 4, hash: hashLine(Buffer.from('x')) })
    expect(await log.verify()).toMatchObject({ ok: false, reason: 'truncated', firstBadSeq: 1 })
  })
})
