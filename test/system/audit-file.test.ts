import { existsSync, readFileSync } from 'node:fs'
import {
  appendFile,
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashLine } from '../../src/core/audit-chain.ts'
import type { AuditEvent, AuditHead, AuditLog } from '../../src/core/audit.ts'
import { PimError } from '../../src/core/errors.ts'
import { createAuditLog, type AuditAnchor } from '../../src/system/audit-file.ts'
import { fileAnchor } from './audit-anchor.ts'
import { startWorker } from './processes.ts'

let root: string
let folder: string
let path: string
let anchor: AuditAnchor
let log: AuditLog

const uid = process.getuid?.()
const now = () => new Date('2026-03-01T09:00:00Z')
const requested: AuditEvent = {
  event: 'elevation.requested',
  elevationId: 'e1',
  target: 'aws:prod',
}
const torn = '{"v":1,"seq":3,"time":"2026-0'

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pim-audit-'))
  folder = join(root, 'audit')
  path = join(folder, 'audit.jsonl')
  anchor = fileAnchor(folder)
  log = logWith({})
})
afterEach(() => rm(root, { recursive: true }))

function logWith(change: Partial<Parameters<typeof createAuditLog>[0]>): AuditLog {
  return createAuditLog({ folder, now, anchor, uid, pid: 1, command: 'pim test', ...change })
}

const content = () => readFileSync(path, 'utf8')
const forgetAnchor = () => rm(join(root, 'anchor'), { force: true })

async function thrownBy(promise: Promise<unknown>): Promise<PimError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(PimError)
  return error as PimError
}

/** Nothing was written, and the error is one that a person can act on. */
async function expectRefusal(code: string, message: string | RegExp): Promise<void> {
  const before = existsSync(path) ? content() : undefined
  const error = await thrownBy(log.append(requested))
  expect(error).toMatchObject({ kind: 'audit', code, exitCode: 7 })
  expect(error.message).toMatch(message)
  expect(error.hint).toBeTruthy()
  expect(existsSync(path) ? content() : undefined).toBe(before)
}

describe('appending', () => {
  test('writes one chained line a record and anchors its head', async () => {
    const first = await log.append(requested)
    const second = await log.append({ event: 'elevation.active', elevationId: 'e1' })
    const lines = content().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[2]).toBe('')
    expect(first).toEqual({ seq: 1, hash: hashLine(Buffer.from(lines[0]!)) })
    expect(second).toEqual({ seq: 2, hash: hashLine(Buffer.from(lines[1]!)) })
    expect(await anchor.read()).toEqual(second)
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
    const lone = logWith({ anchor: { read: locked, write: locked } })
    await lone.append(requested)
    await lone.append(requested)
    expect(await lone.verify()).toMatchObject({ ok: true, records: 2, anchor: 'unreadable' })
  })

  test('goes on when the anchor is behind', async () => {
    const first = await log.append(requested)
    await log.append(requested)
    await anchor.write(first)
    expect(await log.verify()).toMatchObject({ ok: true, records: 2, anchor: 'behind' })
    await log.append(requested)
    expect(await log.verify()).toMatchObject({ ok: true, records: 3, anchor: 'matched' })
  })

  test('keeps one chain for many at once in one process', async () => {
    await Promise.all(Array.from({ length: 20 }, () => log.append(requested)))
    expect(await log.verify()).toMatchObject({ ok: true, records: 20, anchor: 'matched' })
  })

  test('keeps one chain for many processes', { timeout: 60_000 }, async () => {
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

  test('keeps one chain though processes are killed at it', { timeout: 60_000 }, async () => {
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

describe('a disk without room', { timeout: 30_000 }, () => {
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
    expect(await anchor.read()).toEqual(head)
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
      anchor: { read: anchor.read, write: () => Promise.reject(new Error('locked')) },
    })
    const error = await thrownBy(stuck.restart('why'))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-anchor-unwritable' })
  })
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

describe('where there is no log yet', () => {
  test('there is nothing to read and nothing wrong, and nothing is made', async () => {
    expect(await log.records()).toEqual([])
    expect(await log.verify()).toMatchObject({ ok: true, records: 0, anchor: 'absent' })
    expect(existsSync(folder)).toBe(false)
  })

  test('an anchor tells that there was one', async () => {
    await anchor.write({ seq: 4, hash: hashLine(Buffer.from('x')) })
    expect(await log.verify()).toMatchObject({ ok: false, reason: 'truncated', firstBadSeq: 1 })
  })
})

describe('a place that is not the log of this user is refused:', () => {
  test('a log that is a symbolic link', async () => {
    await mkdir(folder)
    await writeFile(join(root, 'precious'), 'precious')
    await symlink(join(root, 'precious'), path)
    await expectRefusal('audit-symlink', `${path} is a symbolic link`)
    expect(await thrownBy(log.records())).toMatchObject({ code: 'audit-symlink' })
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('precious')
  })

  test('a link that leads nowhere', async () => {
    await mkdir(folder)
    await symlink(join(root, 'nowhere'), path)
    await expectRefusal('audit-symlink', `${path} is a symbolic link`)
    expect(existsSync(join(root, 'nowhere'))).toBe(false)
  })

  test('a folder that is a symbolic link', async () => {
    await mkdir(join(root, 'elsewhere'))
    await symlink(join(root, 'elsewhere'), folder)
    await expectRefusal('audit-symlink', `${folder} is a symbolic link`)
    expect(await readdir(join(root, 'elsewhere'))).toEqual([])
  })

  test('a log with a second name', async () => {
    await log.append(requested)
    await link(path, join(root, 'second-name'))
    await expectRefusal('audit-foreign', 'has a second name')
  })

  test.skipIf(uid !== 0)('a log of another user', async () => {
    await log.append(requested)
    await chown(path, 1234, 1234)
    await expectRefusal('audit-foreign', `${path} belongs to user 1234, not to you (0)`)
  })

  test.skipIf(uid !== 0)('a folder of another user', async () => {
    await log.append(requested)
    await chown(folder, 1234, 1234)
    await expectRefusal('audit-foreign', `${folder} belongs to user 1234, not to you (0)`)
  })

  test('a folder where the log should be', async () => {
    await mkdir(path, { recursive: true })
    const error = await thrownBy(log.append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-unwritable' })
    expect(error.message).toContain(`the audit log ${path} cannot be written: it is a folder`)
  })

  test('a file where the folder should be', async () => {
    await writeFile(folder, '')
    const error = await thrownBy(log.append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-unwritable' })
    expect(error.message).toContain('something that is not a folder is in the place')
  })

  test('a path that leads through a file', async () => {
    await writeFile(folder, '')
    const error = await thrownBy(logWith({ folder: join(folder, 'deeper') }).append(requested))
    expect(error).toMatchObject({ kind: 'audit', code: 'audit-unwritable' })
    expect(error.message).toContain('a part of its path is not a folder')
  })

  test.skipIf(uid === 0)('a folder that cannot be written to', async () => {
    await mkdir(folder, { mode: 0o500 })
    await expectRefusal('audit-unwritable', /EACCES/)
  })

  test('a lock that is a symbolic link', async () => {
    await mkdir(folder)
    await symlink(join(root, 'precious'), join(folder, 'audit.lock'))
    await expectRefusal('audit-unwritable', /cannot lock/)
  })
})

test('a pipe in place of the log keeps nobody waiting', async () => {
  await mkdir(folder)
  const { execFileSync } = await import('node:child_process')
  execFileSync('mkfifo', [path])
  expect(await thrownBy(log.records())).toMatchObject({ code: 'audit-unreadable' })
  expect(await thrownBy(log.append(requested))).toMatchObject({ code: 'audit-unwritable' })
})
