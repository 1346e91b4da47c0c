import { existsSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { errorOf } from './ending.ts'
import { openCloud, pimFile, run, type Cloud } from './pim.ts'

/** Runs pim behind a redirection. */
const redirected = (cloud: Cloud, redirection: string, words: readonly string[]) =>
  run('sh', ['-c', `"$@" ${redirection}`, 'sh', process.execPath, pimFile, ...words], {
    env: cloud.env,
  })

describe.concurrent('an answer that cannot be written', () => {
  test.skipIf(!existsSync('/dev/full')).each([
    ['to a full disk', '> /dev/full', 'stdout: the disk is full'],
    ['to a file opened for reading', '1< /dev/null', 'stdout: it is not open for that'],
  ])('%s: 1, and why', async (_, redirection, why) => {
    await using cloud = await openCloud()
    const { code, signal, err } = await redirected(cloud, redirection, ['--json', 'list'])
    expect([code, signal, errorOf(err)]).toMatchObject([
      1,
      null,
      { code: 'output-failed', exitCode: 1, message: expect.stringContaining(why) },
    ])
    expect(err).not.toContain('bug')
  })

  test.skipIf(!existsSync('/dev/full'))('leaves what was done as it is', async () => {
    await using cloud = await openCloud()
    const words = ['--json', 'elevate', 'aws:sandbox-admin', '-j', 'why']
    const { code, err } = await redirected(cloud, '> /dev/full', words)
    expect([code, errorOf(err)]).toMatchObject([1, { hint: expect.stringContaining('pim status') }])
    expect((await cloud.pim(['status', '--check', 'aws:sandbox-admin'])).code).toBe(0)
  })

  test('since nobody reads it any more: not a word', async () => {
    await using cloud = await openCloud()
    const { code, out, err } = await redirected(cloud, '| :', ['list'])
    expect([code, out, err]).toEqual([0, '', ''])
  })
})

test('who watches ends when nobody reads it any more', async () => {
  await using cloud = await openCloud()
  for (const words of [['--json'], []]) {
    await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'why'])
    const watching = ['status', '--watch', ...words]
    const { code, signal, out, err } = await redirected(cloud, '| head -n 1', watching)
    expect([code, signal, err]).toEqual([0, null, ''])
    expect(out.trim().split('\n')).toHaveLength(1)
  }
})

test.skipIf(!existsSync('/dev/full'))('what cannot be said on stderr hides no answer', async () => {
  await using cloud = await openCloud()
  const words = ['elevate', 'aws:sandbox-admin', '-j', 'why', '--json']
  const { code, out } = await redirected(cloud, '2> /dev/full', ['--verbose', ...words])
  expect([code, JSON.parse(out)]).toMatchObject([0, { elevations: [{ state: 'active' }] }])
})
