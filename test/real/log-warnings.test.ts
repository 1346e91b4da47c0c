import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { openCloud, type Cloud } from './pim.ts'
import { openSignedIn, type Stand } from './fixture.ts'

const reason = ['-j', 'restart the queue']
const elevate = ['elevate', 'aws:sandbox-admin', ...reason]
const stateOf = ({ env }: Pick<Cloud, 'env'>) => join(env['PIM_HOME'] ?? '', 'state')

/** Changes a word of the first record, as somebody might who has something to hide. */
function edit(cloud: Pick<Cloud, 'env'>): void {
  const path = join(stateOf(cloud), 'audit', 'audit.jsonl')
  writeFileSync(path, readFileSync(path, 'utf8').replace('restart the queue', 'restart the QUEUE'))
}

/** Takes the newest record away. */
function cut(cloud: Pick<Cloud, 'env'>): void {
  const path = join(stateOf(cloud), 'audit', 'audit.jsonl')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`)
}

const brokenLog = /^pim: warning: the audit log is broken: .*`pim audit verify` says more$/m

describe.concurrent('a log that somebody edited', () => {
  test('is told of by a release, which goes through', async () => {
    await using cloud = await openCloud()
    await cloud.pim(elevate)
    edit(cloud)
    const { code, err } = await cloud.pim(['release', 'aws:sandbox-admin'])
    expect([code, err]).toEqual([0, expect.stringMatching(brokenLog)])
    expect(err.match(/warning: /g)).toHaveLength(1)
    expect((await cloud.pim(['status', '--json'])).out).toContain('"elevations": []')
    expect((await cloud.pim(elevate)).code).toBe(7)
  })

  test('is told of by wait, and by status that finds an end; no decision is made over it', async () => {
    await using stand = await openSignedIn()
    await stand.pim(['elevate', 'group:sec-ops@owner', ...reason])
    const id = stand.tenant.requests.at(-1)?.id ?? ''
    const env = { PIM_HOME: join(stand.folder, 'bob'), PIM_SANDBOX_PERSON: 'bob' }
    await stand.pim(['login', 'azure', '--quiet'], { env })
    await stand.pim(elevate, { env })
    const path = join(env.PIM_HOME, 'state', 'audit', 'audit.jsonl')
    const sound = readFileSync(path)
    edit({ env })
    for (const verb of ['approve', 'deny']) {
      expect((await stand.pim([verb, id, ...reason], { env })).code).toBe(7)
      expect(stand.tenant.calls.map(({ operation }) => operation)).not.toContain('decide-group')
    }
    writeFileSync(path, sound)
    expect((await stand.pim(['approve', id, ...reason], { env })).code).toBe(0)
    edit(stand)
    const waited = await stand.pim(['wait', id])
    expect([waited.code, waited.err]).toEqual([0, expect.stringMatching(brokenLog)])
    const elsewhere = { PIM_HOME: join(stand.folder, 'elsewhere') }
    await stand.pim(['login', 'azure', '--quiet'], { env: elsewhere })
    stand.tenant.skewSeconds = 360
    const words = ['release', 'group:sec-ops@owner']
    expect((await stand.pim(words, { env: elsewhere })).code).toBe(0)
    const { out, err } = await stand.pim(['status', '--refresh'])
    expect([out, err]).toEqual(['', expect.stringMatching(brokenLog)])
  })

  test.each([
    ['cancel', async (stand: Stand, id: string) => stand.pim(['cancel', id])],
    [
      'the release at the end of exec',
      async (stand: Stand) => stand.pim(['exec', 'aws:sandbox-admin', ...reason, '--', 'true']),
    ],
  ] as const)('is told of by %s', async (_, run) => {
    await using stand = await openSignedIn()
    const asked = await stand.pim(['elevate', 'group:sec-ops@owner', ...reason, '--json'])
    const [{ id }] = JSON.parse(asked.out).elevations
    expect((await stand.pim(elevate)).code).toBe(0)
    edit(stand)
    expect((await run(stand, id)).err).toMatch(brokenLog)
  })
})

test('an anchor that was deleted is told of, on record, and made again', async () => {
  await using cloud = await openCloud()
  await cloud.pim(elevate)
  const store = join(stateOf(cloud), 'store')
  for (const name of readdirSync(store)) if (name !== 'header.json') rmSync(join(store, name))
  const { code, err } = await cloud.pim(elevate)
  expect([code, err]).toEqual([
    0,
    expect.stringContaining("warning: the audit log's anchor is no longer in the credential store"),
  ])
  expect(cloud.records()[2]).toMatchObject({
    event: 'elevation.requested',
    anchorMissing: true,
    unanchoredFrom: 1,
  })
  const again = await cloud.pim(['elevate', 'aws:sandbox-short', ...reason])
  expect([again.code, again.err]).toEqual([0, expect.not.stringContaining('anchor')])
  const { code: verified, err: said } = await cloud.pim(['audit', 'verify'])
  expect([verified, said]).toEqual([
    0,
    expect.stringContaining(
      'the anchor was missing when record 3 was written; records 1 to 2 may have been cut or replaced before',
    ),
  ])
  expect(JSON.parse((await cloud.pim(['audit', 'verify', '--json'])).out)).toMatchObject({
    anchorGaps: [{ seq: 3, first: 1, last: 2, anchor: 'missing' }],
  })
})

const missing = "warning: the audit log's anchor is no longer in the credential store"

test('an anchor that was deleted with its note, behind a cut log, is told of as well', async () => {
  await using cloud = await openCloud()
  await cloud.pim(elevate)
  rmSync(join(stateOf(cloud), 'store'), { recursive: true })
  rmSync(join(stateOf(cloud), 'audit', 'anchor.json'))
  cut(cloud)
  expect((await cloud.pim(['audit', 'verify'])).code).toBe(6)
  const { code, err } = await cloud.pim(['elevate', 'aws:sandbox-short', ...reason])
  expect([code, err]).toEqual([0, expect.stringContaining(missing)])
  expect(cloud.records()[1]).toMatchObject({ anchorMissing: true, unanchoredFrom: 1 })
})

test('a log that was put in the place of another is refused, and nothing is elevated', async () => {
  await using cloud = await openCloud()
  await using other = await openCloud()
  await cloud.pim(elevate)
  await other.pim(elevate)
  const pathOf = (each: Cloud) => join(stateOf(each), 'audit', 'audit.jsonl')
  writeFileSync(pathOf(cloud), readFileSync(pathOf(other)))
  const calls = cloud.calls('AssumeRole').length
  expect((await cloud.pim(['elevate', 'aws:sandbox-short', ...reason])).code).toBe(7)
  expect(cloud.calls('AssumeRole')).toHaveLength(calls)
})

describe.concurrent('a store that does not open', () => {
  const closed = { PIM_CREDENTIAL_STORE: 'memory', PIM_STORE_PASSPHRASE: undefined }

  test('is told of where the log goes on without it, and its anchor stays', async () => {
    await using cloud = await openCloud()
    await cloud.pim(elevate)
    const words = ['exec', 'aws:sandbox-short', ...reason, '--', 'true']
    const { code, err } = await cloud.pim(words, { env: closed })
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(
        /warning: the audit log could not be compared with its anchor, .*passphrase/,
      ),
    ])
    const written = cloud.records().length
    expect((await cloud.pim(elevate)).err).not.toContain('anchor')
    expect((await cloud.pim(['elevate', 'aws:sandbox-web', ...reason])).code).toBe(0)
    expect(cloud.records()[written]).toMatchObject({ unanchoredFrom: 3 })
  })

  test('hides no cut log once it opens again', async () => {
    await using cloud = await openCloud()
    await cloud.pim(elevate)
    cut(cloud)
    await cloud.pim(['exec', 'aws:sandbox-short', ...reason, '--', 'true'], { env: closed })
    expect((await cloud.pim(['elevate', 'aws:sandbox-web', ...reason])).code).toBe(7)
  })

  test('from the beginning is no warning, and the first anchor says what it did not see', async () => {
    await using cloud = await openCloud()
    const words = ['exec', 'aws:sandbox-short', ...reason, '--', 'true']
    for (const _ of [1, 2]) {
      expect((await cloud.pim(words, { env: closed })).err).not.toContain('anchor')
    }
    const written = cloud.records().length
    expect((await cloud.pim(elevate)).err).not.toContain('anchor')
    expect(cloud.records()[written]).toMatchObject({ unanchoredFrom: 1 })
    expect(cloud.records()[written]).not.toHaveProperty('anchorMissing')
  })
})

test('what is released behind a cut log is over, and recorded once a new log was started', async () => {
  await using stand = await openSignedIn()
  await stand.pim(['elevate', 'group:sec-ops', ...reason, '--wait', 'active'])
  stand.tenant.skewSeconds = 360
  cut(stand)
  const { code, err } = await stand.pim(['release', 'group:sec-ops'])
  expect([code, err]).toEqual([7, expect.stringContaining('is released, but that could not be')])
  expect(stand.tenant.requests.at(-1)?.action).toBe('SelfDeactivate')
  expect((await stand.pim(['audit', 'restart', '-j', 'it was cut'])).code).toBe(0)
  await stand.pim(['status', '--refresh'])
  expect(stand.events()).toEqual(['audit.recovered', 'elevation.released'])
})

test('a fresh home has nothing to be told of', async () => {
  await using cloud = await openCloud()
  expect((await cloud.pim(elevate)).err).not.toContain('warning')
})

test('`pim extend` releases nothing where the log is broken', async () => {
  await using stand = await openSignedIn()
  await stand.pim(['elevate', 'group:sec-ops', ...reason, '--wait', 'active'])
  stand.tenant.skewSeconds = 360
  edit(stand)
  const { code } = await stand.pim(['extend', 'group:sec-ops', '-d', '2h', '--yes'])
  expect(code).toBe(7)
  expect(stand.tenant.requests.map(({ action }) => action)).toEqual(['SelfActivate'])
})
