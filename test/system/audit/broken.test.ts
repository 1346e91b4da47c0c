import { existsSync, readFileSync } from 'node:fs'
import { appendFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { hashLine } from '../../../src/core/audit/chain.ts'
import type { AuditHead } from '../../../src/core/audit/audit.ts'
import {
  folder,
  path,
  anchor,
  log,
  requested,
  logWith,
  content,
  thrownBy,
  useRoom,
} from './fixture.ts'

useRoom()

describe('a log that is not as it was left', () => {
  let heads: AuditHead[]
  beforeEach(async () => {
    heads = [await log.append(requested), await log.append(requested), await log.append(requested)]
  })

  test.each([
    ['cut', () => truncate(path, content().indexOf('\n') + 1), /ends with record 1, but record 3/],
    ['emptied', () => truncate(path, 0), /ends with record 0, but record 3/],
    ['removed', () => rm(path), /ends with record 0, but record 3/],
    [
      'changed in its newest record',
      () => writeFile(path, content().replace(/aws:prod(?=[^\n]*\n$)/, 'aws:test')),
      /record 3 is not the one that was written/,
    ],
    ['made to end with junk', () => appendFile(path, 'junk\n'), /line after record 3 is not a/],
  ])('takes no more records when it is %s', async (_what, change, message) => {
    await change()
    const error = await thrownBy(log.append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-broken' })
    expect(error.message).toMatch(message)
    expect(error.hint).toContain('`pim audit verify`')
    expect((await log.verify()).ok).toBe(false)
  })

  test.each([
    ['cut', () => truncate(path, content().indexOf('\n') + 1), /ends with record 1/],
    ['removed', () => rm(path), /ends before its first record, but record 3 was written/],
    [
      'changed in its first record',
      () => writeFile(path, content().replace('aws:prod', 'aws:test')),
      /record [12]/,
    ],
    ['made to end with junk', () => appendFile(path, 'junk\n'), /line after record 3/],
  ])('is not sound when it is %s, and stays as it is', async (_what, change, message) => {
    await change()
    const before = existsSync(path) ? content() : ''
    const error = await thrownBy(log.ensureSound())
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-broken', exitCode: 7 })
    expect(error.message).toMatch(message)
    expect(error.hint).toContain('`pim audit verify`')
    expect(existsSync(path) ? content() : '').toBe(before)
  })

  test('is named at the first bad record, and the readable rest can still be read', async () => {
    const [one, , three] = content().split('\n')
    await writeFile(path, `${one}\njunk\n${three}\n`)
    expect(await log.verify()).toMatchObject({
      ok: false,
      reason: 'malformed',
      firstBadSeq: 2,
      head: heads[0],
    })
    expect((await log.records()).map(({ seq }) => seq)).toEqual([1, 3])
  })

  test('is set aside whole by a restart, and the new log says so', async () => {
    await writeFile(path, content().replace('aws:prod', 'aws:test'))
    const broken = content()
    const { head, previousPath } = await log.restart('checked with security, OPS-1')
    expect(readFileSync(previousPath!, 'utf8')).toBe(broken)
    expect(previousPath).toBe(join(folder, 'audit-2026-03-01T09-00-00.000Z-broken.jsonl'))
    expect(await log.records()).toMatchObject([
      {
        seq: 1,
        event: 'audit.recovered',
        restarted: true,
        justification: 'checked with security, OPS-1',
        previousFile: 'audit-2026-03-01T09-00-00.000Z-broken.jsonl',
        previousFileHash: hashLine(Buffer.from(broken)),
        anchorHead: heads[2],
      },
    ])
    expect(anchor.kept()?.anchored).toEqual({ head })
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, records: 2, anchor: 'matched' })
  })

  test('overwrites no log that was set aside before', async () => {
    for (let round = 0; round < 3; round += 1) {
      await appendFile(path, 'junk\n')
      await log.restart('again')
    }
    const names = await readdir(folder)
    expect(names.filter((name) => name.includes('broken'))).toHaveLength(3)
  })

  test('can be restarted when it is gone', async () => {
    await rm(path)
    expect(await log.restart('it was removed')).not.toHaveProperty('previousPath')
    expect(await log.records()).toMatchObject([{ restarted: true, anchorHead: heads[2] }])
    expect(await log.verify()).toMatchObject({ ok: true, anchor: 'matched' })
  })

  test('is not silently restarted over an anchor that stays', async () => {
    await appendFile(path, 'junk\n')
    const stuck = logWith({
      anchor: { ...anchor, replace: () => Promise.reject(new Error('locked')) },
    })
    const error = await thrownBy(stuck.restart('why'))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-anchor-unwritable' })
  })
})

test('a log that holds is sound, as is one not yet begun, and nothing is written', async () => {
  await log.ensureSound()
  expect(await log.records()).toEqual([])
  await log.append(requested)
  const before = content()
  await log.ensureSound()
  expect(content()).toBe(before)
})

test('a log that holds cannot be restarted', async () => {
  await log.append(requested)
  const before = content()
  expect(await thrownBy(log.restart('why not'))).toMatchObject({
    kind: 'usage',
    code: 'audit-intact',
  })
  expect(content()).toBe(before)
})
