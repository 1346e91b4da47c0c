import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { AuditLogOptions } from '../../../src/system/audit/write-lock.ts'
import { anchor, log, logWith, path, requested, useRoom } from './fixture.ts'

useRoom()

const locked = () => Promise.reject(new Error('locked'))

test('a record says for ever that the anchor was missing or unreadable, and verify repeats it', async () => {
  await log.append(requested)
  await logWith({ anchor: { ...anchor, read: async () => 'missing' } }).append(requested)
  await logWith({ anchor: { ...anchor, begun: locked, read: locked } }).append(requested)
  await logWith({ anchor: { ...anchor, read: async () => undefined } }).append(requested)
  const lone = { read: async () => undefined, isLasting: async () => false }
  await logWith({ anchor: { ...anchor, ...lone } }).append(requested)
  expect(await log.verify()).toMatchObject({
    ok: true,
    records: 5,
    anchorGaps: [
      { seq: 2, first: 1, last: 1, anchor: 'missing' },
      { seq: 3, first: 1, last: 2, anchor: 'unreadable' },
      { seq: 4, first: 1, last: 3, anchor: 'behind' },
    ],
  })
})

/** What a process says that writes two records. */
async function said(with_: Partial<AuditLogOptions> = {}): Promise<readonly string[]> {
  const warnings: string[] = []
  const writer = logWith({ ...with_, warn: (message) => warnings.push(message) })
  await writer.append(requested)
  await writer.append(requested)
  return warnings
}

test('a person is told once a process, and of nothing where there is nothing', async () => {
  expect(await said()).toEqual([])
  expect(await said()).toEqual([])
  expect(await said({ anchor: { ...anchor, begun: locked, read: locked } })).toEqual([
    expect.stringMatching(/could not be compared with its anchor, .*: locked$/),
  ])
  const missing = async () => 'missing' as const
  expect(await said({ anchor: { ...anchor, read: missing } })).toEqual([
    expect.stringContaining('no longer in the credential store, so records up to 6 may'),
  ])
  await writeFile(path, (await readFile(path, 'utf8')).replace('"seq":1', '"seq": 1'))
  expect(await said()).toEqual([expect.stringContaining('the audit log is broken: record 1')])
})

test('an anchor that is missing is told of by the record after a check that found nothing else', async () => {
  await log.append(requested)
  const warnings: string[] = []
  const writer = logWith({
    anchor: { ...anchor, read: async () => 'missing' },
    warn: (message) => warnings.push(message),
  })
  await writer.ensureSound()
  expect(warnings).toEqual([])
  await writer.append(requested)
  expect(warnings).toHaveLength(1)
})
