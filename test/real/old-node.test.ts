import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { requirePart } from './parts.ts'
import { openCloud, pimFile, run, start } from './pim.ts'

/** A Node on the PATH that is older than pim can be run with. */
function findOldNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'node')).find((file) => isOld(file))
}

function isOld(file: string): boolean {
  if (!existsSync(file)) return false
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' })
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
  return major < 22 || (major === 22 && minor < 13)
}

const oldNode = findOldNode() ?? ''
const canHandOver =
  requirePart('old-node', () => oldNode !== '') &&
  existsSync(join(dirname(pimFile), '..', 'node_modules', '.bin', 'node'))

describe.skipIf(!canHandOver)('on a Node that is too old, a checkout', () => {
  const exec = [pimFile, 'exec', 'aws:sandbox-admin', '-j', 'x y', '--']

  test('hands over to its own, with the exit code', async () => {
    await using cloud = await openCloud()
    expect(await run(oldNode, [pimFile, '--version'], { env: cloud.env })).toMatchObject({
      code: 0,
    })
    expect(await run(oldNode, [pimFile, '--nope'], { env: cloud.env })).toMatchObject({ code: 2 })
    const words = [...exec, 'sh', '-c', 'kill -KILL $$']
    expect(await run(oldNode, words, { env: cloud.env })).toMatchObject({ code: 137, signal: null })
  })

  test('passes signals on', async () => {
    await using cloud = await openCloud()
    const line = `trap 'exit 33' TERM; echo ready; while :; do read -t 0.05 <> <(:); done`
    const running = start(oldNode, [...exec, 'bash', '-c', line], { env: cloud.env })
    await running.says('ready')
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 33 })
    expect(cloud.records().at(-1)).toMatchObject({ event: 'elevation.released' })
  })

  test('does so below itself as well', async () => {
    await using cloud = await openCloud()
    const words = [...exec, oldNode, pimFile, 'status', '--check', 'aws:sandbox-admin']
    expect(await run(oldNode, words, { env: cloud.env })).toMatchObject({
      code: 0,
      err: expect.not.stringContaining('too old'),
    })
  })
})
