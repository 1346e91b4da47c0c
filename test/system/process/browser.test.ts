import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openBrowser } from '../../../src/system/process/browser.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const url = 'https://login.example/authorize?state=very-secret&scope=a b&x=$(touch pwned)'

/** A program that writes down what it was called with, and ends as told. */
function program(ending: string): { file: string; called: () => string | undefined } {
  const folder = temporaryFolder()
  const file = join(folder, 'a browser')
  const log = join(folder, 'called')
  writeFileSync(
    file,
    `#!/bin/sh\nprintf '%s\\n' "$@" >'${log}'\necho noise; echo noise >&2\n${ending}\n`,
  )
  chmodSync(file, 0o700)
  return { file, called: () => (existsSync(log) ? readFileSync(log, 'utf8') : undefined) }
}

test('opens what BROWSER names, with the address as it is', async () => {
  const { file, called } = program('exit 0')
  await openBrowser(url, { env: { BROWSER: file }, platform: 'linux' })
  expect(called()).toBe(`${url}\n`)
})

test('a browser that stays open is left alone', async () => {
  const { file, called } = program('sleep 5')
  const before = Date.now()
  await openBrowser(url, { env: { ...process.env, BROWSER: file }, platform: 'linux' })
  expect(Date.now() - before).toBeLessThan(4000)
  expect(called()).toBe(`${url}\n`)
})

test.each([
  ['ends at once with an error', () => program('exit 3').file],
  ['is not there', () => '/nonexistent/browser'],
])('a program that %s is no browser, and the address is in no error', async (_, install) => {
  const BROWSER = install()
  const error = await openBrowser(url, { env: { BROWSER }, platform: 'linux' }).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ kind: 'sign-in', code: 'no-browser' })
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret')
})

test.each(['linux', 'freebsd'] as const)(
  'without a display there is no browser on %s',
  async (platform) => {
    await expect(openBrowser(url, { env: {}, platform })).rejects.toMatchObject({
      kind: 'sign-in',
      code: 'no-browser',
      hint: expect.stringContaining('--device-code'),
    })
  },
)

test.each([
  ['linux', 'xdg-open', { DISPLAY: ':0' }],
  ['linux', 'xdg-open', { WAYLAND_DISPLAY: 'wayland-0' }],
  ['darwin', 'open', {}],
] as const)('on %s, `%s` opens it', async (platform, name, env) => {
  const folder = temporaryFolder()
  const log = join(folder, 'called')
  writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$@" >'${log}'\n`)
  chmodSync(join(folder, name), 0o700)
  await openBrowser(url, { env: { ...env, PATH: `${folder}:${process.env['PATH']}` }, platform })
  await vi.waitUntil(() => existsSync(log) && readFileSync(log, 'utf8') !== '', {
    timeout: 60_000,
  })
  expect(readFileSync(log, 'utf8')).toBe(`${url}\n`)
})

test.each(['file:///etc/passwd', '--help', '', 'javascript:alert(1)'])(
  'nothing but a web address is opened: %j',
  async (address) => {
    const { file, called } = program('exit 0')
    await expect(
      openBrowser(address, { env: { BROWSER: file }, platform: 'linux' }),
    ).rejects.toMatchObject({ code: 'no-browser' })
    expect(called()).toBeUndefined()
  },
)
