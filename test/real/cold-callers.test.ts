import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { openCloud, type Cloud } from './pim.ts'

/** `npm run test:load` asks for 200 callers and 100,000 records. */
const callers = Number(process.env['PIM_TEST_CALLERS'] ?? 25)
const records = Number(process.env['PIM_TEST_RECORDS'] ?? 20_000)

/** A log of this many records that holds, as it would be after years. */
function writeLongLog(cloud: Cloud): string {
  const folder = join(cloud.env['PIM_HOME'] ?? '', 'state', 'audit')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lines: string[] = []
  let prev = `sha256:${'0'.repeat(64)}`
  for (let seq = 1; seq <= records; seq += 1) {
    const isRequest = seq % 2 === 1
    const line = JSON.stringify({
      v: 1,
      seq,
      time: new Date(1_700_000_000_000 + seq * 1000).toISOString(),
      event: isRequest ? 'elevation.requested' : 'elevation.active',
      elevationId: `e${Math.ceil(seq / 2)}`,
      target: 'aws:sandbox-admin',
      justification: 'restart the queue of the payments service',
      actor: { user: 'alice', host: 'laptop' },
      prev,
    })
    prev = `sha256:${hash('sha256', line)}`
    lines.push(`${line}\n`)
  }
  const path = join(folder, 'audit.jsonl')
  writeFileSync(path, lines.join(''), { mode: 0o600 })
  return path
}

test(
  `${callers} cold callers with a log of ${records} records share one elevation`,
  { timeout: 900_000 },
  async () => {
    await using cloud = await openCloud()
    const path = writeLongLog(cloud)
    const answers = await Promise.all(
      Array.from({ length: callers }, () =>
        cloud.pim(['credentials', 'aws:sandbox-admin'], {
          env: { PIM_JUSTIFICATION: 'nightly job' },
          limitSeconds: 880,
        }),
      ),
    )
    const worst = answers.find(({ code }) => code !== 0)
    expect([worst?.code, worst?.err]).toEqual([undefined, undefined])
    expect(new Set(answers.map(({ out }) => out)).size).toBe(1)
    expect(JSON.parse(answers[0]?.out ?? '')).toMatchObject({ Version: 1 })
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
    const slowest = Math.max(...answers.map(({ milliseconds }) => milliseconds))
    console.log(`${callers} callers, ${records} records: the last was answered after ${slowest} ms`)
    expect(cloud.records().slice(records)).toMatchObject([
      { event: 'elevation.requested' },
      { event: 'elevation.active' },
      { event: 'credentials.issued' },
    ])
    const verified = await cloud.pim(['audit', 'verify', '--json'], { limitSeconds: 120 })
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, records: records + 3 })

    // Whoever is broken is refused as broken, by whomever it was found; and nobody is called.
    writeFileSync(path, '{"v":1}\n', { flag: 'r+' })
    const env = { PIM_JUSTIFICATION: 'nightly job' }
    const refused = await Promise.all(
      Array.from({ length: Math.min(callers, 20) }, () =>
        cloud.pim(['credentials', 'aws:sandbox-no-tags'], { env, limitSeconds: 300 }),
      ),
    )
    expect(new Set(refused.map(({ code, out }) => `${code} ${out}`))).toEqual(new Set(['7 ']))
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
  },
)
