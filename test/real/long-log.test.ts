import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

import { describe, expect, test } from 'vitest'

import { writeLongLog } from './long-log.ts'
import { openCloud, pimFile, run, type Cloud } from './pim.ts'

const records = Number(process.env['PIM_TEST_RECORDS'] ?? 100_000)

/** Less than the log is long: who held all of it in memory would not end. */
const littleMemory = { NODE_OPTIONS: '--max-old-space-size=40' }

interface Printed {
  readonly code: number | null
  readonly lines: number
  readonly last: string
}

/** Counts what is printed, which is too much to keep. */
async function print(words: readonly string[], cloud: Cloud): Promise<Printed> {
  const child = spawn(process.execPath, [pimFile, ...words], {
    env: { ...cloud.env, ...littleMemory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let lines = 0
  let last = ''
  for await (const line of createInterface({ input: child.stdout })) {
    lines += 1
    last = line
  }
  return { code: (await ended)[0], lines, last }
}

describe(`a log of ${records} records`, { timeout: 600_000 }, () => {
  test('is listed, filtered and checked in little memory', async () => {
    await using cloud = await openCloud()
    writeLongLog(cloud, records)
    const list = await print(['audit'], cloud)
    expect([list.code, list.lines]).toEqual([0, records + 1])
    expect(list.last).toMatch(new RegExp(`^${records} .*elevation.active +e${records / 2} `))
    const all = await print(['audit', '--json'], cloud)
    expect([all.code, all.last]).toEqual([0, '}'])
    expect(all.lines).toBeGreaterThan(records * 10)
    const many = await print(['audit', '--limit', String(records - 1)], cloud)
    expect([many.code, many.lines, many.last]).toEqual([0, records, list.last])
    const few = await cloud.pim(['audit', '--json', '--id', 'e7'], { env: littleMemory })
    expect(JSON.parse(few.out).records.map(({ seq }: { seq: number }) => seq)).toEqual([13, 14])
    const verified = await cloud.pim(['audit', 'verify', '--json'], { env: littleMemory })
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, records, anchor: 'absent' })
  })

  test('ends without a word where its reader has seen enough', async () => {
    await using cloud = await openCloud()
    writeLongLog(cloud, records)
    for (const form of ['', '--json']) {
      const line = `"$NODE" "$PIM" audit ${form} | head -n 1; echo "\${PIPESTATUS[0]}"`
      const env = { ...cloud.env, NODE: process.execPath, PIM: pimFile }
      const { out, err } = await run('bash', ['-c', line], { env })
      expect([out.trim().split('\n').length, out.trim().at(-1), err]).toEqual([2, '0', ''])
    }
  })
})

test('the newest records are read from the end: what lies before them is not touched', async () => {
  await using cloud = await openCloud()
  const path = writeLongLog(cloud, 50)
  const lines = readFileSync(path)
  // A hole that takes no room on the disk, and minutes to read.
  const hole = 64 * 1024 ** 3
  truncateSync(path, hole)
  writeFileSync(path, lines, { flag: 'a' })
  expect(statSync(path).size).toBe(hole + lines.length)
  const { code, out } = await cloud.pim(['audit', '--limit', '10', '--json'], { limitSeconds: 45 })
  const seqs = JSON.parse(out).records.map(({ seq }: { seq: number }) => seq)
  expect([code, seqs]).toEqual([0, [41, 42, 43, 44, 45, 46, 47, 48, 49, 50]])
})

test('`--json` is the document that it was, whatever the number of records', async () => {
  await using cloud = await openCloud()
  const path = writeLongLog(cloud, 205)
  const stored: unknown[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    stored.push(JSON.parse(line))
  }
  for (const count of [1, 99, 100, 101, 205]) {
    const { out } = await cloud.pim(['audit', '--json', '--limit', String(count)])
    const document = { schema: 'pim.audit/v1', records: stored.slice(-count) }
    expect(out).toBe(`${JSON.stringify(document, undefined, 2)}\n`)
  }
  const none = await cloud.pim(['audit', '--json', '--id', 'nobody'])
  expect(none.out).toBe(
    `${JSON.stringify({ schema: 'pim.audit/v1', records: [] }, undefined, 2)}\n`,
  )
})
