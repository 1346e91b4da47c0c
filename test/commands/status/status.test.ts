import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../../src/core/time/duration.ts'
import { keysOf, startPim } from '../../pim.ts'

test('shows what is active and for how long, the first to end first, and asks nobody', async () => {
  const pim = await startPim()
  await pim.run(['elevate', 'aws:sandbox-admin', '-j', 'deploy \u202E\u200B now'])
  await pim.run('elevate aws:sandbox-no-tags -j migrate -d 20m')
  const calls = pim.sandbox.sts.calls.length
  pim.advance(minutes(5))
  expect(await pim.says('status')).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    TARGET               STATE   LEFT  UNTIL  HELD BY                     WHY
    aws:sandbox-no-tags  active  15m   12:20  user/alice in 123456789012  migrate
    aws:sandbox-admin    active  55m   13:00  user/alice in 123456789012  deploy \\u{202e}\\u{200b} now"
  `)
  expect(pim.sandbox.sts.calls).toHaveLength(calls)
})

test('nothing active: a word on stderr, an empty list as JSON', async () => {
  const pim = await startPim()
  expect(await pim.says('status')).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: No active elevations from this machine"
  `)
  expect(JSON.parse((await pim.run('status --json')).stdout)).toEqual({
    schema: 'pim.elevations/v1',
    elevations: [],
  })
  expect(await pim.run('status --quiet')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await pim.run('status --json')).toMatchObject({ code: 0, stderr: '' })
})

test('--json has the keys of an elevation', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  const document = JSON.parse((await pim.run('status --json')).stdout) as { elevations: object[] }
  expect(keysOf(document)).toEqual(
    [
      'id',
      'target',
      'provider',
      'role',
      'scope',
      'state',
      'changed',
      'requestedAt',
      'startsAt',
      'expiresAt',
      'accessEndsAt',
      'justification',
      'actor.user',
      'actor.host',
      'actor.identity',
      'identity.cloud',
      'identity.tenant',
      'identity.account',
      'identity.name',
      'providerRequestId',
      'audit.seq',
      'audit.hash',
    ].reduce((keys, key) => [...keys, `elevations[].${key}`], ['schema']),
  )
  expect(document.elevations).toMatchObject([{ changed: false, state: 'active' }])
})

describe('--check prints nothing', () => {
  test('and is 0 while active, 1 before and after', async () => {
    const pim = await startPim()
    const check = () => pim.run('status --check aws:sandbox-admin')
    expect(await check()).toEqual({ code: 1, stdout: '', stderr: '' })
    await pim.run('elevate aws:sandbox-admin -j why')
    expect(await check()).toEqual({ code: 0, stdout: '', stderr: '' })
    pim.advance(hours(1))
    expect(await check()).toEqual({ code: 1, stdout: '', stderr: '' })
  })

  test('by alias and in other case too', async () => {
    const pim = await startPim()
    await pim.run('alias set prod aws:sandbox-admin')
    await pim.run('elevate prod -j why')
    for (const word of ['prod', 'aws:SANDBOX-ADMIN']) {
      expect(await pim.run(['status', '--check', word])).toMatchObject({ code: 0, stdout: '' })
    }
    // Another path, which somebody may have.
    expect(await pim.run('status --check aws:sandbox_admin')).toMatchObject({ code: 2, stdout: '' })
  })

  test('a name that means nothing is exit code 2, not 1', async () => {
    const pim = await startPim()
    expect(await pim.run('status --check aws:sandbox-nothing')).toMatchObject({
      code: 2,
      stdout: '',
    })
  })
})

test('--watch goes on until it is interrupted', async () => {
  const pim = await startPim()
  const ended = await pim.run('status --watch --json', {
    interruptWhen: ({ stdout }) => stdout !== '',
  })
  expect(ended.code).toBe(130)
  expect(JSON.parse(ended.stdout)).toMatchObject({ schema: 'pim.elevations/v1' })
})
