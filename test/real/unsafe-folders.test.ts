import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { openCloud, type Cloud } from './pim.ts'

const elevate = ['elevate', 'aws:sandbox-admin', '-j', 'restart the queue']
const homeOf = ({ env }: Cloud) => env['PIM_HOME'] ?? ''

/** Everything that pim keeps, in use: an elevation, a place for what is found, and a setting. */
async function openUsed(): Promise<Cloud> {
  const cloud = await openCloud()
  expect((await cloud.pim(elevate)).code).toBe(0)
  mkdirSync(join(homeOf(cloud), 'cache', 'findings'), { mode: 0o700 })
  expect((await cloud.pim(['config', 'set', 'duration', '1h'])).code).toBe(0)
  return cloud
}

const inUse = (cloud: Cloud): readonly string[] => {
  const home = homeOf(cloud)
  const below = ['state', 'cache'].flatMap((name) =>
    readdirSync(join(home, name), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(home, name, entry.name)),
  )
  return [home, join(home, 'state'), join(home, 'cache'), ...below]
}

async function expectRefusal(cloud: Cloud, words: readonly string[], why: string, hint: string) {
  const calls = cloud.sts.calls.length
  const { code, out, err } = await cloud.pim(words)
  expect([words, code, out]).toEqual([words, 6, ''])
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^pim: error: /),
    expect.stringMatching(/^pim: hint: /),
  ])
  expect(err).toContain(why)
  expect(err).toContain(hint)
  expect(cloud.sts.calls).toHaveLength(calls)
}

describe.concurrent('a state folder that everybody may write to', () => {
  test.each([
    ['status'],
    ['list'],
    ['release', '--all'],
    elevate,
    ['credentials', 'aws:sandbox-admin'],
    ['audit'],
    ['audit', 'verify'],
    ['config', 'list'],
    ['alias', 'list'],
    ['whoami'],
    ['doctor'],
    ['login', '--list'],
    ['logout'],
  ])('is refused by pim %s', async (...words) => {
    await using cloud = await openUsed()
    for (const folder of [join(homeOf(cloud), 'state'), homeOf(cloud)]) {
      chmodSync(folder, 0o777)
      await expectRefusal(
        cloud,
        words,
        `every user may write to ${folder}, so`,
        `chmod go-w ${folder}`,
      )
      chmodSync(folder, 0o700)
    }
  })
})

test('each folder below it is looked at: the records, the locks, the log, what was found', async () => {
  await using cloud = await openUsed()
  const folders = inUse(cloud)
  const names = folders.map((folder) => folder.slice(homeOf(cloud).length))
  expect(names).toEqual(
    expect.arrayContaining([
      '/state/audit',
      '/state/elevations',
      '/state/flights',
      '/state/store',
      '/cache/findings',
    ]),
  )
  for (const folder of folders) {
    chmodSync(folder, 0o777)
    await expectRefusal(cloud, ['status'], `every user may write to ${folder}, so`, 'chmod go-w')
    chmodSync(folder, 0o700)
  }
  expect((await cloud.pim(['status', '--check', 'aws:sandbox-admin'])).code).toBe(0)
})

describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  test('folders and settings of another user are refused, and what helps is said', async () => {
    await using cloud = await openUsed()
    for (const path of [...inUse(cloud), join(homeOf(cloud), 'config.json')]) {
      chownSync(path, 1234, 1234)
      const why = `${path} belongs to user 1234, not to you`
      await expectRefusal(cloud, ['status'], why, `sudo chown -R 0 ${path}`)
      chownSync(path, 0, 0)
    }
    expect((await cloud.pim(['status'])).code).toBe(0)
  })

  test('under sudo nothing is made in the home of who called it', async () => {
    await using cloud = await openCloud()
    const homes = ['PIM_HOME', 'HOME'].map((name) => {
      const folder = join(cloud.folder, `home-of-1234-${name}`)
      mkdirSync(folder)
      chownSync(folder, 1234, 1234)
      return { folder, env: { PIM_HOME: undefined, SUDO_UID: '1234', [name]: folder } }
    })
    for (const { folder, env } of homes) {
      const { code, err } = await cloud.pim(elevate, { env })
      expect([code, err]).toEqual([
        6,
        expect.stringContaining(`${folder} belongs to user 1234, not to you`),
      ])
      expect(err).toContain('hint: run pim without `sudo`, or set')
      expect(readdirSync(folder)).toEqual([])
    }
  })

  test('a group of others may not write there, and one’s own may', async () => {
    await using cloud = await openUsed()
    const state = join(homeOf(cloud), 'state')
    chownSync(state, 0, 1234)
    chmodSync(state, 0o770)
    await expectRefusal(
      cloud,
      ['status'],
      `every member of group 1234 may write to ${state}`,
      `chmod go-w ${state}`,
    )
    chownSync(state, 0, 0)
    expect((await cloud.pim(['status'])).code).toBe(0)
  })

  test('a link counts for what it leads to, and for who made it', async () => {
    await using cloud = await openUsed()
    const state = join(homeOf(cloud), 'state')
    const behind = join(cloud.folder, 'behind')
    renameSync(state, behind)
    symlinkSync(behind, state)
    expect((await cloud.pim(['status', '--check', 'aws:sandbox-admin'])).code).toBe(0)
    chmodSync(behind, 0o777)
    await expectRefusal(cloud, ['status'], `every user may write to ${state}`, 'chmod go-w')
    chmodSync(behind, 0o700)
    chownSync(behind, 1234, 1234)
    await expectRefusal(cloud, ['status'], `${state} belongs to user 1234`, 'chown')
    rmSync(behind, { recursive: true })
    await expectRefusal(cloud, ['status'], `${state} is a symbolic link that leads nowhere`, 'link')
  })
})

test('a named configuration may lie where others write, and /tmp may hold PIM_HOME', async () => {
  await using cloud = await openCloud()
  const shared = join(cloud.folder, 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o1777)
  writeFileSync(join(shared, 'named.json'), '{}')
  expect((await cloud.pim(['status', '--config', join(shared, 'named.json')])).code).toBe(0)
  expect((await cloud.pim(['status'], { env: { PIM_HOME: shared } })).code).toBe(0)
})

test('nobody counts as signed out where who is signed in cannot be read', async () => {
  await using cloud = await openUsed()
  const path = join(homeOf(cloud), 'state', 'sign-ins.json')
  writeFileSync(path, '{')
  for (const words of [['logout'], ['login', '--list'], ['whoami']]) {
    const { code, err } = await cloud.pim(words)
    expect([words, code]).toEqual([words, 6])
    expect(err).toContain(`pim cannot read the list of sign-ins: ${path} is damaged`)
    expect(err).not.toMatch(/nobody/i)
  }
  expect((await cloud.pim(['status', '--check', 'aws:sandbox-admin'])).code).toBe(0)
})

test('something else in the place of a folder is one sentence, and nothing is elevated', async () => {
  await using cloud = await openUsed()
  const state = join(homeOf(cloud), 'state')
  for (const name of ['elevations', 'flights', 'keeping', 'store', 'audit']) {
    const path = join(state, name)
    renameSync(path, `${path}.aside`)
    writeFileSync(path, '')
    const calls = cloud.calls('AssumeRole').length
    const { code, err } = await cloud.pim(['elevate', 'aws:sandbox-short', '-j', 'x'])
    expect([name, code]).toEqual([name, name === 'audit' ? 7 : 6])
    expect(err).toMatch(/^pim: error: .*(?:not a folder|something else in its place)/m)
    expect(err).not.toMatch(/E[A-Z]{4,}|is a bug|\n\s+at /)
    expect(cloud.calls('AssumeRole')).toHaveLength(calls)
    rmSync(path)
    renameSync(`${path}.aside`, path)
  }
})
