import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pimFile, searchPath } from './pim.ts'

test.each([
  ['PIM_HOME', {}],
  ['HOME', {}],
  ['XDG_CACHE_HOME', { HOME: '/nonexistent' }],
  ['XDG_STATE_HOME', { HOME: '/nonexistent' }],
  ['XDG_CONFIG_HOME', { HOME: '/nonexistent' }],
])('a relative %s is refused, and nothing is made where one stands', (name, env) => {
  const cwd = mkdtempSync(join(tmpdir(), 'pim-stand-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  const { status, stderr } = spawnSync(process.execPath, [pimFile, 'status'], {
    cwd,
    env: { PATH: searchPath, ...env, [name]: 'relative' },
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toContain('is not an absolute path')
  expect(readdirSync(cwd)).toEqual([])
})
