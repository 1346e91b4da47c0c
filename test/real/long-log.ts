import { hash } from 'node:crypto'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Cloud } from './pim.ts'

/** Writes a log of this many records that holds, as it would be after years; resolves with its path. */
export function writeLongLog(cloud: Cloud, records: number): string {
  const folder = join(cloud.env['PIM_HOME'] ?? '', 'state', 'audit')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'audit.jsonl')
  let lines: string[] = []
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
    if (lines.length < 10_000 && seq < records) continue
    appendFileSync(path, lines.join(''), { mode: 0o600 })
    lines = []
  }
  return path
}
