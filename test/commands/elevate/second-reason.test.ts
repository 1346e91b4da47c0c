import { describe, expect, test } from 'vitest'
import { startPim } from '../../pim.ts'

const target = 'aws:sandbox-admin'
const first = ['elevate', target, '-j', 'restart the queue', '-t', 'OPS-1']
const kept = 'the elevation keeps its reason, ticket and duration: "restart the queue"'

describe('a reason given for what is active already', () => {
  test('is said to be on no record where nothing is requested, and `--json` has the one that counts', async () => {
    const pim = await startPim()
    await pim.run(first)
    const again = await pim.run(['elevate', target, '-j', 'look around'])
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining(kept)])
    expect(pim.records()).toHaveLength(2)
    const json = await pim.run(['elevate', target, '-j', 'look around', '--json'])
    expect(JSON.parse(json.stdout).elevations).toMatchObject([
      { changed: false, justification: 'restart the queue' },
    ])
  })

  test('is said of a request that waits, too', async () => {
    const pim = await startPim()
    await pim.signIn()
    const waiting = ['elevate', 'azure:payments-dev/Contributor', '-j']
    await pim.run([...waiting, 'restart the queue'])
    const again = await pim.run([...waiting, 'look around'])
    expect([again.code, again.stderr]).toEqual([
      5,
      expect.stringContaining('the open request keeps its reason'),
    ])
  })

  test('is no news where it is the same', async () => {
    const pim = await startPim()
    await pim.run(first)
    expect((await pim.run(first)).stderr).not.toContain('keeps its reason')
    const other = await pim.run(['elevate', target, '-j', 'restart the queue', '-t', 'OPS-2'])
    expect(other.stderr).toContain(kept)
  })

  test('is on record with the command that runs for it', async () => {
    const pim = await startPim()
    await pim.run(first)
    const words = ['exec', target, '-j', 'look around', '-t', 'OPS-2', '--', '/bin/true']
    await pim.run(words)
    expect(pim.records().find(({ event }) => event === 'command.started')).toMatchObject({
      command: '/bin/true',
      justification: 'look around',
      ticket: { number: 'OPS-2' },
    })
  })

  test('is not put down twice for a command that was elevated for', async () => {
    const pim = await startPim()
    await pim.run(['exec', target, '-j', 'look around', '--', '/bin/true'])
    const started = pim.records().find(({ event }) => event === 'command.started')
    expect(Object.keys(started ?? {})).not.toContain('justification')
  })

  test('is on record with the first credentials that are handed out for it, and then said', async () => {
    const pim = await startPim()
    await pim.run(first)
    const words = ['env', target, '-j', 'look around', '--shell', 'bash']
    await pim.run(words)
    expect(pim.records().at(-1)).toMatchObject({
      event: 'credentials.issued',
      justification: 'look around',
    })
    expect((await pim.run(words)).stderr).toContain(kept)
    expect(pim.records()).toHaveLength(3)
  })
})
