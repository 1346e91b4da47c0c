import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { openCloud, type Cloud } from './pim.ts'
import { openSignedIn, type Stand } from './stand.ts'

const reason = ['-j', 'restart the queue']
const elevate = ['elevate', 'aws:sandbox-admin', ...reason]
const stateOf = ({ env }: Pick<Cloud, 'env'>) => join(env['PIM_HOME'] ?? '', 'state')

/** Changes a word of the first record, as somebody might who has something to hide. */
function edit(cloud: Pick<Cloud, 'env'>): void {
  const path = join(stateOf(cloud), 'audit', 'audit.jsonl')
  writeFileSync(path, readFileSync(path, 'utf8').replace('restart the queue', 'restart the QUEUE'))
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
  expect((await cloud.pim(['audit', 'verify'])).code).toBe(0)
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

describe.concurrent('a state folder that everybody may write to', () => {
  test.each([['status'], ['list'], ['release', '--all'], elevate, ['audit'], ['config', 'list']])(
    'is refused by pim %s',
    async (...words) => {
      await using cloud = await openCloud()
      await cloud.pim(elevate)
      const calls = cloud.sts.calls.length
      const state = stateOf(cloud)
      for (const folder of [state, join(state, 'elevations'), cloud.env['PIM_HOME'] ?? '']) {
        chmodSync(folder, 0o777)
        const { code, out, err } = await cloud.pim(words)
        expect([code, out]).toEqual([6, ''])
        expect(err).toContain(`every user may write to ${folder}`)
        expect(err).toContain(`chmod go-w ${folder}`)
        chmodSync(folder, 0o700)
      }
      expect(cloud.sts.calls).toHaveLength(calls)
    },
  )
})
