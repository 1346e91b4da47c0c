import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sealRecord } from '../../../src/core/audit/chain.ts'
import type { AuditHead } from '../../../src/core/audit/audit.ts'
import { createMemoryStore } from '../../../src/system/store/memory-store.ts'
import { createStoredAnchor } from '../../../src/system/audit/anchor-store.ts'
import { withLock } from '../../../src/system/files/lock.ts'
import {
  anchor,
  content,
  folder,
  log,
  logWith,
  path,
  requested,
  root,
  thrownBy,
  torn,
  useRoom,
} from './fixture.ts'

useRoom()

/** Keeps the log to itself, as another process that writes a record does. */
async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  const holder = { pid: 4711, command: 'pim release', since: new Date('2026-03-01T08:59:00Z') }
  return withLock(join(folder, 'audit.lock'), { holder, patienceSeconds: 1 }, work)
}

describe('while another process writes', () => {
  test('a log is checked all the same', async () => {
    await log.append(requested)
    await whileLocked(async () => {
      await log.ensureWritable()
      await log.ensureSound()
      expect(await log.verify()).toMatchObject({ ok: true, anchor: 'matched' })
    })
  })

  test('a record that is half written is looked at again when it is whole', async () => {
    await log.append(requested)
    const before = content()
    let found: ReturnType<typeof log.verify> | undefined
    await whileLocked(async () => {
      await appendFile(path, torn)
      found = log.verify()
      await new Promise((resolve) => setTimeout(resolve, 200))
      await truncate(path, before.length)
    })
    expect(await found).toEqual({ ...(await log.verify()), ok: true })
    expect((await found)?.message).toBeUndefined()
  })

  test('whoever waited in vain ends with 6 and hears who kept the log', async () => {
    await log.append(requested)
    const hasty = logWith({ patienceSeconds: 0.1 })
    const error = await whileLocked(() => thrownBy(hasty.append(requested)))
    expect(error).toMatchObject({ kind: 'unavailable', code: 'audit-locked', exitCode: 6 })
    expect(error.message).toMatch(
      /`pim release` \(process 4711, since 2026-03-01 \d\d:59 \(\d+h ago\)\)/,
    )
  })
})

describe('what was checked before', () => {
  const checkedSeq = () => anchor.kept()?.anchored.checked?.head.seq

  test('lies with the anchor, out of reach of whoever can write to the log', async () => {
    await log.append(requested)
    await log.append(requested)
    expect(checkedSeq()).toBeUndefined()
    await log.ensureSound()
    await log.append(requested)
    expect(checkedSeq()).toBe(2)
    // Other processes pass it on, and go on from there.
    const other = logWith({})
    await other.append(requested)
    expect(checkedSeq()).toBe(2)
    await other.ensureSound()
    await other.append(requested)
    expect(checkedSeq()).toBe(4)
  })

  test.each([
    ['in the part that was checked', 'e1', /record [12]/],
    ['behind it', 'e4', /record [45]/],
  ])('hides no change %s', async (_, id, message) => {
    for (const elevationId of ['e1', 'e2', 'e3']) await log.append({ ...requested, elevationId })
    await log.ensureSound()
    for (const elevationId of ['e4', 'e5']) await log.append({ ...requested, elevationId })
    expect(checkedSeq()).toBe(3)
    await writeFile(path, content().replace(`"${id}"`, '"e9"'))
    const error = await thrownBy(logWith({}).ensureSound())
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-broken' })
    expect(error.message).toMatch(message)
  })

  test('does not count where it is not of this log', async () => {
    await log.append(requested)
    await log.ensureSound()
    await log.append(requested)
    const { logId, anchored } = anchor.kept()!
    const checked = { ...anchored.checked!, bytes: 10 }
    await anchor.write(logId, { ...anchored, checked })
    await logWith({}).ensureSound()
    expect(await log.verify()).toMatchObject({ ok: true, records: 2 })
  })
})

test('a log of many parts, with torn lines between them, is checked and read from both ends', async () => {
  let head: AuditHead | undefined
  const lines: string[] = []
  for (let seq = 1; seq <= 3000; seq += 1) {
    const sealed = sealRecord(
      { ...requested, elevationId: `e${seq}`, why: 'x'.repeat(900) },
      head,
      new Date(0),
    )
    lines.push(`${sealed.line}\n`)
    head = sealed.head
  }
  await log.ensureWritable()
  writeFileSync(path, lines.join(''))
  await appendFile(path, '{"v":1,"seq":3001,"ti')
  await log.append(requested)
  await log.ensureSound()
  expect(await log.verify()).toMatchObject({ ok: true, records: 3002, anchor: 'matched' })
  const seqs = async (reading: Parameters<typeof log.read>[0]) => {
    const found: number[] = []
    for await (const { seq } of log.read(reading)) found.push(seq)
    return found
  }
  const all = Array.from({ length: 3002 }, (_, index) => index + 1)
  expect(await seqs({})).toEqual(all)
  expect(await seqs({ order: 'newest-first' })).toEqual(all.toReversed())
  expect(await seqs({ limit: 3 })).toEqual([3000, 3001, 3002])
  expect(await seqs({ limit: 2, order: 'newest-first' })).toEqual([3002, 3001])
  expect(await seqs({ mentioning: ['e1500'] })).toEqual([1500])
  expect(await seqs({ limit: 1, isWanted: ({ seq }) => seq % 1000 === 7 })).toEqual([2007])
})

describe('the id in the first record', () => {
  /** An anchor as pim has it, in a store that outlives folders. */
  const store = { ...createMemoryStore(), name: 'keychain' as const }
  const storedLog = (state: string) => {
    const audit = join(state, 'audit')
    const stores = { open: () => store, choose: async () => store }
    const stored = createStoredAnchor({ stores, folder: audit, likely: async () => ['keychain'] })
    return logWith({ folder: audit, anchor: stored })
  }

  test('is written once, also where the first line was torn', async () => {
    await log.append(requested)
    await log.append(requested)
    const [first, second] = await log.records()
    expect(first?.['logId']).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).not.toHaveProperty('logId')
    anchor.forget()
    await writeFile(path, '{"v":1,"se')
    await log.append(requested)
    const [recovered, next] = await log.records()
    expect(recovered).toMatchObject({ event: 'audit.recovered', logId: anchor.kept()?.logId })
    expect(next).not.toHaveProperty('logId')
    expect(await log.verify()).toMatchObject({ ok: true, anchor: 'matched' })
  })

  test('tells a fresh home from one whose log was deleted', async () => {
    const state = join(root, 'state')
    const begun = storedLog(state)
    for (let count = 0; count < 3; count += 1) await begun.append(requested)
    rmSync(join(state, 'audit'), { recursive: true })
    expect(await thrownBy(storedLog(state).append(requested))).toMatchObject({
      code: 'audit-broken',
      message: expect.stringContaining('record 3 was written'),
    })
    expect(await storedLog(state).verify()).toMatchObject({ ok: false, reason: 'truncated' })
    rmSync(state, { recursive: true })
    await storedLog(state).append(requested)
    await storedLog(state).ensureSound()
    expect(await storedLog(state).verify()).toMatchObject({ ok: true, anchor: 'matched' })
  })

  test('lets no other log take the place of the one that was begun', async () => {
    const state = join(root, 'begun')
    const begun = storedLog(state)
    for (let count = 0; count < 3; count += 1) await begun.append(requested)
    const forged = storedLog(join(root, 'forged'))
    for (let count = 0; count < 5; count += 1) await forged.append(requested)
    const path2 = join(state, 'audit', 'audit.jsonl')
    const { readFileSync } = await import('node:fs')
    writeFileSync(path2, readFileSync(join(root, 'forged', 'audit', 'audit.jsonl')))
    expect(await storedLog(state).verify()).toMatchObject({ ok: false, reason: 'rewritten' })
    expect(await thrownBy(storedLog(state).ensureSound())).toMatchObject({ code: 'audit-broken' })
    await storedLog(state).restart('somebody put another log there')
    expect(await storedLog(state).verify()).toMatchObject({ ok: true, anchor: 'matched' })
    // The other folder's own log is whole.
    expect(await forged.verify()).toMatchObject({ ok: true, anchor: 'matched' })
  })

  test('is missing from logs of the version before, which go on', async () => {
    const state = join(root, 'old')
    const old = storedLog(state)
    await old.ensureWritable()
    const first = sealRecord(requested, undefined, new Date(0))
    writeFileSync(join(state, 'audit', 'audit.jsonl'), `${first.line}\n`)
    await old.append(requested)
    expect(await old.verify()).toMatchObject({ ok: true, records: 2, anchor: 'matched' })
    rmSync(join(state, 'audit'), { recursive: true })
    expect(await storedLog(state).verify()).toMatchObject({ ok: false, reason: 'truncated' })
    expect(existsSync(join(state, 'audit'))).toBe(false)
  })
})
