import { writeFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { writeLongLog } from './long-log.ts'
import { openCloud } from './pim.ts'

/** `npm run test:load` asks for 200 callers and 100,000 records. */
const callers = Number(process.env['PIM_TEST_CALLERS'] ?? 25)
const records = Number(process.env['PIM_TEST_RECORDS'] ?? 20_000)

test(
  `${callers} cold callers with a log of ${records} records share one elevation`,
  { timeout: 900_000 },
  async () => {
    await using cloud = await openCloud()
    const path = writeLongLog(cloud, records)
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
