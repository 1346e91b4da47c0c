import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { expectEnd } from './ending.ts'
import { openCloud, pimFile, run, until } from './pim.ts'

describe.concurrent('from `exec`', () => {
  const exec = (target: string, ...command: string[]) => ['exec', target, '-j', 'x y', ...command]
  const sh = (line: string) => exec('aws:sandbox-admin', '--', 'sh', '-c', line)

  test.each<[code: number, words: readonly string[], error?: string]>([
    [0, sh('true')],
    [1, sh('exit 1')],
    [7, sh('exit 7')],
    [42, sh('exit 42')],
    [255, sh('exit 255')],
    [128 + 15, sh('kill -TERM $$')],
    [128 + 9, sh('kill -KILL $$')],
    [128 + 1, sh('kill -HUP $$')],
    [125, exec('aws:sandbox-denied', '--', 'true'), 'access-denied'],
    [125, exec('aws:sandbox-mfa', '--', 'true'), 'mfa-needed'],
    [125, exec('aws:no-such-profile', '--', 'true'), 'unknown-target'],
    [125, exec('aws:sandbox-admin'), 'missing-command'],
    [125, ['exec', '--nope', 'aws:sandbox-admin', '--', 'true'], 'invalid-usage'],
    [127, exec('aws:sandbox-admin', '--', 'pim-test-no-such-command'), 'command-not-found'],
    [127, exec('aws:sandbox-admin', '--', ''), 'command-not-found'],
    [127, exec('aws:sandbox-admin', '--', '/tmp/no/such/file'), 'command-not-found'],
    [126, exec('aws:sandbox-admin', '--', '/etc/passwd'), 'command-not-runnable'],
    [126, exec('aws:sandbox-admin', '--', '/tmp'), 'command-not-runnable'],
  ])('%i from %j', (code, words, error) =>
    expectEnd({ name: '', words, code, ...(error !== undefined && { error }) }),
  )

  test('126 for a script that may not be executed', async () => {
    await using cloud = await openCloud()
    const script = join(cloud.folder, 'script.sh')
    writeFileSync(script, '#!/bin/sh\n')
    chmodSync(script, 0o644)
    const { code, err } = await cloud.pim(exec('aws:sandbox-admin', '--', script))
    expect([code, err]).toEqual([126, expect.stringContaining('cannot be run')])
  })

  test('126 for a script whose interpreter is not there', async () => {
    await using cloud = await openCloud()
    const script = join(cloud.folder, 'script')
    writeFileSync(script, '#!/no/such/interpreter\n', { mode: 0o755 })
    const { code, err } = await cloud.pim(exec('aws:sandbox-admin', '--', script))
    expect([code, err]).toEqual([126, expect.stringContaining('its interpreter is there')])
  })

  test('127 where the working folder was deleted, which is no bug in pim', async () => {
    await using cloud = await openCloud()
    const words = exec('aws:sandbox-admin', '--', 'true')
    const line = 'mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone" && exec "$@"'
    const under = ['-c', line, 'sh', process.execPath, pimFile, ...words]
    const { code, err } = await run('sh', under, { env: cloud.env })
    expect([code, err]).toEqual([127, expect.stringContaining('working folder is still there')])
    expect(err).not.toContain('bug')
    expect(cloud.records().at(-1)).toMatchObject({ event: 'elevation.released' })
  })

  test('130 when interrupted before the command runs', async () => {
    await using cloud = await openCloud()
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 30_000 })
    const running = cloud.startPim(sh('echo ran'))
    await until('the call', () => cloud.calls('AssumeRole').length === 1)
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 130, out: '' })
  })
})
