import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { showOnDesktop, type DesktopPlace } from '../../../src/system/process/desktop-notice.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** A program that writes down what it was given, in place of the desktop's. */
function standIn(name: string, exitCode = 0) {
  const folder = temporaryFolder()
  const script = `#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word"; done > '${folder}/args'
/usr/bin/env > '${folder}/env'
exit ${exitCode}
`
  writeFileSync(join(folder, name), script, { mode: 0o755 })
  return {
    folder,
    args: () => readFileSync(join(folder, 'args'), 'utf8').split('\0').slice(0, -1),
    env: () => readFileSync(join(folder, 'env'), 'utf8'),
  }
}

const session = { DISPLAY: ':0', XDG_RUNTIME_DIR: '/run/user/1' }
const linux = (env: DesktopPlace['env']): DesktopPlace => ({ env, platform: 'linux' })

test('the words are arguments behind two hyphens, and no shell reads them', async () => {
  const program = standIn('notify-send')
  const title = '--help "$(id)" `id` <b>'
  const body = String.raw`$(id) <i> & \n "`
  await showOnDesktop({ title, body }, linux({ ...session, PATH: program.folder }))
  expect(program.args()).toEqual([
    '--app-name=pim',
    '--',
    title,
    String.raw`$(id) &lt;i&gt; &amp; \\n "`,
  ])
})

test('on macOS they are arguments of the script', async () => {
  const program = standIn('osascript')
  const place: DesktopPlace = { env: { PATH: program.folder }, platform: 'darwin' }
  await showOnDesktop({ title: 'aws:x" & (do shell script "id")', body: 'b' }, place)
  const words = program.args()
  expect(words.slice(-2)).toEqual(['aws:x" & (do shell script "id")', 'b'])
  expect(words.slice(0, -2).join(' ')).not.toContain('aws:x')
})

test('what shows it gets no credentials and no passphrase', async () => {
  const program = standIn('notify-send')
  const secrets = { PIM_STORE_PASSPHRASE: 'open sesame', AWS_SECRET_ACCESS_KEY: 'open too' }
  const env = { ...session, ...secrets, PATH: program.folder }
  await showOnDesktop({ title: 't', body: 'b' }, linux(env))
  expect(program.env()).toContain('DISPLAY=:0')
  expect(program.env()).not.toContain('open')
})

describe('no notice, and no program run', () => {
  test.each<[string, Record<string, string>, NodeJS.Platform]>([
    ['over ssh', { ...session, SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'linux'],
    ['over ssh to a Mac', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'darwin'],
    ['without a screen', { XDG_RUNTIME_DIR: '/run/user/1' }, 'linux'],
    ['without a bus', { DISPLAY: ':0' }, 'linux'],
    ['on Windows', session, 'win32'],
  ])('%s', async (_, env, platform) => {
    const program = standIn(platform === 'darwin' ? 'osascript' : 'notify-send')
    const place = { env: { ...env, PATH: program.folder }, platform }
    await expect(showOnDesktop({ title: 't', body: 'b' }, place)).rejects.toMatchObject({
      code: 'no-desktop-notice',
    })
    expect(() => program.args()).toThrow('ENOENT')
  })
})

test('a program that fails, or is not there, is an error that says so', async () => {
  const failing = standIn('notify-send', 3)
  const notice = { title: 't', body: 'b' }
  await expect(
    showOnDesktop(notice, linux({ ...session, PATH: failing.folder })),
  ).rejects.toMatchObject({ message: 'no desktop notice: `notify-send` ended with exit code 3' })
  await expect(
    showOnDesktop(notice, linux({ ...session, PATH: temporaryFolder() })),
  ).rejects.toMatchObject({
    message: 'no desktop notice: `notify-send` cannot be run: it does not exist',
  })
})
