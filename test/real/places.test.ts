import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { requirePart } from './parts.ts'
import { openCloud, pimFile, run, searchPath, type Cloud, type Environment } from './pim.ts'

/** A number that no user has, as containers are run under. */
const nobody = 54_321

const canBecome =
  process.platform === 'linux' &&
  requirePart('setpriv', () => {
    const words = [`--reuid=${nobody}`, '--clear-groups', process.execPath, pimFile, '--version']
    const env = { PATH: searchPath, PIM_HOME: '/nonexistent' }
    return process.getuid?.() === 0 && spawnSync('setpriv', words, { env }).status === 0
  })

/** Runs pim as that user. It must neither hang nor show its inner parts, and says each thing in a sentence. */
async function asNobody(words: readonly string[], env: Environment) {
  const all = [`--reuid=${nobody}`, '--clear-groups', process.execPath, pimFile, ...words]
  const ended = await run('setpriv', all, { env: { PATH: searchPath, ...env }, limitSeconds: 40 })
  expect([words, ended.signal, ended.err]).toEqual([
    words,
    null,
    expect.not.stringMatching(/\n\s+at |SystemError|is a bug in pim|FileHandle/),
  ])
  return ended
}

function folderOf(uid: number, mode = 0o700): string {
  const folder = mkdtempSync(join(tmpdir(), 'pim-place-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  chownSync(folder, uid, uid)
  chmodSync(folder, mode)
  return folder
}

const reason = ['-j', 'restart the queue']
const everything = [
  ['status'],
  ['list'],
  ['elevate', 'aws:sandbox-admin', ...reason],
  ['credentials', 'aws:sandbox-admin'],
  ['release', '--all'],
  ['audit'],
  ['audit', 'verify'],
  ['doctor'],
  ['config', 'set', 'duration', '1h'],
  ['whoami'],
] as const

describe.skipIf(!canBecome)('a user whom the system does not know', () => {
  test('and without a home is told what to set, by every command', async () => {
    for (const words of everything) {
      const { code, out, err } = await asNobody(words, {})
      expect([words, code, out]).toEqual([words, 2, ''])
      expect(err).toContain('HOME is not set, and this user has no home folder')
      expect(err).toContain('hint: set HOME, or set PIM_HOME')
    }
  })

  test('works with PIM_HOME and HOME', async () => {
    await using cloud = await openCloud()
    chmodSync(cloud.folder, 0o755)
    for (const name of ['config', 'credentials', 'web-identity-token']) {
      chmodSync(join(cloud.folder, 'aws', name), 0o644)
    }
    chmodSync(join(cloud.folder, 'aws'), 0o755)
    const env: Environment = {
      ...cloud.env,
      HOME: folderOf(nobody),
      PIM_HOME: folderOf(nobody),
    }
    const elevated = await asNobody(['elevate', 'aws:sandbox-admin', ...reason, '--json'], env)
    expect([elevated.code, JSON.parse(elevated.out).elevations[0].actor.user]).toEqual([
      0,
      `uid-${nobody}`,
    ])
    expect((await asNobody(['release', '--all'], env)).code).toBe(0)
    // Without HOME the configuration of AWS lies nowhere; what needs none works.
    const homeless = {
      ...env,
      HOME: undefined,
      AWS_CONFIG_FILE: undefined,
      AWS_SHARED_CREDENTIALS_FILE: undefined,
    }
    const lost = await asNobody(['elevate', 'aws:sandbox-admin', ...reason], homeless)
    expect([lost.code, lost.err]).toEqual([2, expect.stringContaining('HOME is not set')])
    expect((await asNobody(['audit', 'verify'], homeless)).code).toBe(0)
  })
})

async function expectRefusal(cloud: Cloud, env: Environment, why: string): Promise<void> {
  const refused = await asNobody(['elevate', 'aws:sandbox-admin', ...reason], env)
  expect([refused.code === 0, refused.out, refused.err]).toEqual([
    false,
    '',
    expect.stringContaining(why),
  ])
  expect(refused.err).toContain('hint: ')
  expect(cloud.sts.calls).toEqual([])
  for (const words of everything) await asNobody(words, env)
}

describe.skipIf(!canBecome)('a folder for what pim keeps that', () => {
  const openToAll = async (): Promise<Cloud> => {
    const cloud = await openCloud()
    chmodSync(cloud.folder, 0o755)
    chmodSync(join(cloud.folder, 'aws'), 0o755)
    for (const name of ['config', 'credentials', 'web-identity-token']) {
      chmodSync(join(cloud.folder, 'aws', name), 0o644)
    }
    return cloud
  }

  test.each([
    ['is another user’s', 1234, 0o700, 'user 1234'],
    ['is another user’s and may be read', 1234, 0o755, 'user 1234'],
    ['is root’s, as after `sudo -E`', 0, 0o700, 'root'],
  ])('%s is named with its owner', async (_, uid, mode, owner) => {
    await using cloud = await openToAll()
    const home = folderOf(uid, mode)
    mkdirSync(join(home, 'state'), { mode })
    chownSync(join(home, 'state'), uid, uid)
    const env = { ...cloud.env, HOME: folderOf(nobody), PIM_HOME: home }
    await expectRefusal(cloud, env, `belongs to ${owner}`)
    const { err } = await asNobody(['elevate', 'aws:sandbox-admin', ...reason], env)
    expect(err).toMatch(/`sudo chown -R 54321 \S+`/)
  })

  test('holds another user’s elevations is not read', async () => {
    await using cloud = await openToAll()
    const home = folderOf(nobody)
    for (const name of ['state', 'state/elevations']) mkdirSync(join(home, name), { mode: 0o700 })
    chownSync(join(home, 'state'), nobody, nobody)
    chownSync(join(home, 'state/elevations'), 1234, 1234)
    const env = { ...cloud.env, HOME: folderOf(nobody), PIM_HOME: home }
    for (const words of [['status'], ['release', '--all'], ['list']]) {
      const { code, out, err } = await asNobody(words, env)
      expect([words, code, out]).toEqual([words, 6, ''])
      expect(err).toContain('belongs to user 1234')
    }
  })

  test('cannot be made, as below /proc, is said and not waited for', async () => {
    await using cloud = await openToAll()
    const env = { ...cloud.env, HOME: folderOf(nobody), PIM_HOME: '/proc/pim' }
    await expectRefusal(cloud, env, 'no folder can be made there')
  })
})

test('a folder below /proc is not waited for by anybody', async () => {
  await using cloud = await openCloud()
  for (const words of everything) {
    const { signal, code } = await cloud.pim(words, { env: { PIM_HOME: '/proc/pim' } })
    expect([words, signal, typeof code]).toEqual([words, null, 'number'])
  }
  expect(cloud.sts.calls.filter(({ action }) => action === 'AssumeRole')).toEqual([])
})
