import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sealRecord } from '../../../src/core/audit/chain.ts'
import type { AuditHead } from '../../../src/core/audit/audit.ts'
import { hours } from '../../../src/core/time/duration.ts'
import { keysOf, startPim, type Pim } from '../../pim.ts'

const logOf = (pim: Pim) => join(pim.folder, 'pim', 'state', 'audit', 'audit.jsonl')

/** A log with an elevation, a refusal and a release. */
async function pimWithHistory(): Promise<Pim> {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j first')
  await pim.run('elevate aws:sandbox-denied -j second')
  pim.advance(hours(1))
  await pim.run('release aws:sandbox-admin')
  return pim
}

test('shows the records, oldest first', async () => {
  const pim = await pimWithHistory()
  expect((await pim.says('audit')).replaceAll(/ +/g, ' ')).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    SEQ TIME EVENT ID TARGET DETAILS
    1 2026-03-01 12:00:00 elevation.requested <id> aws:sandbox-admin "first"
    2 2026-03-01 12:00:00 elevation.active <id> aws:sandbox-admin until 2026-03-01 13:00:00; <key>
    3 2026-03-01 12:00:00 elevation.requested <id> aws:sandbox-denied "second"
    4 2026-03-01 12:00:00 elevation.failed <id> aws:sandbox-denied could not assume arn:aws:iam::123456789012:role/Denied: User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/Denied
    5 2026-03-01 13:00:00 elevation.released <id> aws:sandbox-admin <key>"
  `)
})

test('--json gives the records as they are stored', async () => {
  const pim = await pimWithHistory()
  const document: unknown = JSON.parse((await pim.run('audit --json')).stdout)
  expect(document).toEqual({ schema: 'pim.audit/v1', records: pim.records() })
})

describe('filters', () => {
  const filters: [string, number[]][] = [
    ['--target aws:sandbox-denied', [3, 4]],
    ['--target AWS:SANDBOX-DENIED --event elevation.failed', [4]],
    ['--event elevation', [1, 2, 3, 4, 5]],
    ['--event audit', []],
    ['--limit 2', [4, 5]],
    ['--since 30m', [5]],
    ['--since 2026-03-01T12:30:00Z', [5]],
    ['--since 2026-03-02', []],
    ['--since 2h --limit 1', [5]],
  ]

  test('by target, event, time and number', async () => {
    const pim = await pimWithHistory()
    for (const [flags, seqs] of filters) {
      const { stdout } = await pim.run(`audit ${flags} --json`)
      const { records } = JSON.parse(stdout) as { records: { seq: number }[] }
      expect([flags, records.map(({ seq }) => seq)]).toEqual([flags, seqs])
    }
  })

  test.each([
    '--since 30',
    '--since 2026-99-99',
    '--since 2026-02-30',
    '--since 2026-03-01T10:00CST',
    '--limit 0',
    '--limit x',
    '--limit 1.5',
  ])('%s is refused', async (flags) => {
    const pim = await startPim()
    expect(await pim.run(`audit ${flags}`)).toMatchObject({ code: 2, stdout: '' })
  })
})

test('an empty log is a word on stderr', async () => {
  const pim = await startPim()
  expect(await pim.run('audit')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'pim: the audit log is empty\n',
  })
})

describe('verify', () => {
  test('an intact log', async () => {
    const pim = await pimWithHistory()
    expect(await pim.says('audit verify')).toMatchInlineSnapshot(`
      "exit code 0
      stdout:
      ok: 5 records, head 5 <hash>; the end matches the anchor in the credential store"
    `)
    const document: unknown = JSON.parse((await pim.run('audit verify --json')).stdout)
    expect(keysOf(document)).toEqual(['schema', 'ok', 'records', 'head.seq', 'head.hash', 'anchor'])
    expect(document).toMatchObject({
      schema: 'pim.auditVerification/v1',
      ok: true,
      unknownOutcome: [],
    })
  })

  test('a changed record: exit code 7, and which', async () => {
    const pim = await pimWithHistory()
    writeFileSync(logOf(pim), readFileSync(logOf(pim), 'utf8').replace('second', 'harmless'))
    const { code, stdout, stderr } = await pim.run('audit verify --json')
    expect(code).toBe(7)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      firstBadSeq: expect.any(Number),
      reason: 'edited',
    })
    expect(stderr).toContain('pim audit restart')
  })

  test('a cut end: exit code 7', async () => {
    const pim = await pimWithHistory()
    const lines = readFileSync(logOf(pim), 'utf8').split('\n')
    writeFileSync(logOf(pim), `${lines.slice(0, 3).join('\n')}\n`)
    expect((await pim.run('audit verify')).code).toBe(7)
  })
})

describe('verify, where the end cannot be compared with the anchor', () => {
  const uncompared = (why: RegExp) => ({
    code: 6,
    stdout: expect.stringMatching(/^whole: 5 records, head 5 sha256:\w+; its end was not compared/),
    stderr: expect.stringMatching(why),
  })

  test.each([
    ['the passphrase is wrong', { PIM_STORE_PASSPHRASE: 'wrong' }, /cannot be opened with the/],
    ['the passphrase is missing', { PIM_STORE_PASSPHRASE: '' }, /needs a passphrase/],
    [
      'another store is chosen, and the one that holds it does not open',
      { PIM_CREDENTIAL_STORE: 'memory', PIM_STORE_PASSPHRASE: '' },
      /needs a passphrase/,
    ],
  ])('%s: exit code 6', async (_, env, why) => {
    const pim = await pimWithHistory()
    expect(await pim.run('audit verify', { env })).toEqual(uncompared(why))
    const { code, stdout, stderr } = await pim.run('audit verify --json', { env })
    expect(code).toBe(6)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, anchor: 'unreadable' })
    expect(keysOf(JSON.parse(stdout))).toContain('anchorProblem')
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'audit-uncompared', exitCode: 6 } })
  })

  test('the anchor was deleted: exit code 6', async () => {
    const pim = await pimWithHistory()
    rmSync(join(pim.folder, 'pim', 'state', 'store'), { recursive: true })
    expect(await pim.run('audit verify')).toEqual(uncompared(/no longer in the credential store/))
    await pim.run('elevate aws:sandbox-short -j third')
    expect((await pim.run('audit verify')).code).toBe(0)
  })

  test('but it is found where it was put, whichever store is chosen now', async () => {
    const pim = await pimWithHistory()
    const env = { PIM_CREDENTIAL_STORE: 'memory' }
    expect((await pim.run('audit verify', { env })).stdout).toMatch(/^ok: .* matches the anchor/)
    const lines = readFileSync(logOf(pim), 'utf8').split('\n')
    writeFileSync(logOf(pim), `${lines.slice(0, 3).join('\n')}\n`)
    expect((await pim.run('audit verify', { env })).code).toBe(7)
  })

  test('and where none outlives a run there is none: exit code 0', async () => {
    const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
    await pim.run('env aws:sandbox-admin -j first')
    expect(await pim.run('audit verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('there is no anchor, so a cut end would not be noticed'),
    })
  })
})

test('verify names the records behind the anchor, which somebody else may have added', async () => {
  const pim = await pimWithHistory()
  const { head } = JSON.parse((await pim.run('audit verify --json')).stdout) as { head: AuditHead }
  const forged = sealRecord({ event: 'elevation.released' }, head, new Date())
  const more = sealRecord({ event: 'elevation.released' }, forged.head, new Date())
  appendFileSync(logOf(pim), `${forged.line}\n${more.line}\n`)
  const { code, stdout, stderr } = await pim.run('audit verify')
  expect([code, stdout]).toEqual([0, expect.stringContaining('older than the end')])
  expect(stderr).toMatch(
    /warning: records 6 to 7 are behind the anchor: .*another program added them/,
  )
  const document: unknown = JSON.parse((await pim.run('audit verify --json')).stdout)
  expect(document).toMatchObject({ ok: true, unanchored: { first: 6, last: 7 } })
})

describe('restart', () => {
  test('sets a broken log aside; then elevating works again', async () => {
    const pim = await pimWithHistory()
    appendFileSync(logOf(pim), '{"v":1,"seq":99}\n')
    expect((await pim.run('elevate aws:sandbox-admin -j why')).code).toBe(7)
    const ended = await pim.run(['audit', 'restart', '-j', 'a disk was restored', '--json'])
    expect(ended.code).toBe(0)
    const document: unknown = JSON.parse(ended.stdout)
    expect(keysOf(document)).toEqual(['schema', 'head.seq', 'head.hash', 'previousPath'])
    expect((await pim.run('elevate aws:sandbox-admin -j why')).code).toBe(0)
    expect(pim.records()[0]).toMatchObject({
      event: 'audit.recovered',
      justification: 'a disk was restored',
    })
  })

  test('says that a log is not broken before it asks for a reason', async () => {
    const pim = await pimWithHistory()
    const answers = [{ when: 'What happened', keys: 'never\r' }]
    for (const [argv, how] of [
      ['audit restart', {}],
      ['audit restart', { answers }],
      ['audit restart -j why', {}],
    ] as const) {
      const { code, stderr } = await pim.run(argv, how)
      expect([code, stderr]).toEqual([2, expect.stringContaining('is not broken')])
      expect(stderr).not.toContain('What happened')
    }
  })

  test('asks a person for the reason, and a script for the flag', async () => {
    const pim = await pimWithHistory()
    appendFileSync(logOf(pim), '{"v":1,"seq":99}\n')
    const { code, stderr } = await pim.run('audit restart')
    expect([code, stderr]).toEqual([2, expect.stringContaining('`-j/--justification TEXT`')])
    const answers = [{ when: 'What happened', keys: 'a disk was restored\r' }]
    expect(await pim.run('audit restart', { answers })).toMatchObject({ code: 0 })
    expect(pim.records()[0]).toMatchObject({ justification: 'a disk was restored' })
  })
})

test('path prints where the log lies, and nothing else', async () => {
  const pim = await startPim()
  expect(await pim.run('audit path')).toEqual({ code: 0, stdout: `${logOf(pim)}\n`, stderr: '' })
})

test('no record ever holds a secret', async () => {
  const pim = await pimWithHistory()
  const { stdout } = await pim.run('env aws:sandbox-short -j why --shell json')
  const lent = JSON.parse(stdout) as Record<string, string>
  const log = readFileSync(logOf(pim), 'utf8')
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    expect(log).not.toContain(lent[name])
  expect(log).not.toContain('sandbox-only-not-a-secret')
})
