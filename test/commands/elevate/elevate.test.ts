import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../../src/core/time/duration.ts'
import { keysOf, startPim, type Pim } from '../../pim.ts'

const admin = ['elevate', 'aws:sandbox-admin', '-j', 'restart the queue']
const events = (pim: Pim) => pim.records().map(({ event }) => event)

test('says who acts on what until when, then what was done; stdout stays empty', async () => {
  const pim = await startPim()
  expect(await pim.says([...admin, '-t', 'JIRA:OPS-1'])).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-admin\` until 13:00
    pim: elevated to \`aws:sandbox-admin\` until 13:00 (1h left)"
  `)
  expect(events(pim)).toEqual(['elevation.requested', 'elevation.active'])
  expect(pim.records()[0]).toMatchObject({
    justification: 'restart the queue',
    ticket: { system: 'JIRA', number: 'OPS-1' },
    target: 'aws:sandbox-admin',
    duration: 'PT1H',
  })
})

test('with --json stdout is one document with these keys', async () => {
  const pim = await startPim()
  const { stdout, code } = await pim.run([...admin, '-t', 'JIRA:OPS-1', '--json'])
  expect(code).toBe(0)
  const document = JSON.parse(stdout) as { elevations: object[] }
  expect(document).toMatchObject({
    schema: 'pim.elevations/v1',
    elevations: [{ state: 'active', changed: true, expiresAt: '2026-03-01T13:00:00.000Z' }],
  })
  expect(keysOf(document)).toEqual([
    'schema',
    'elevations[].id',
    'elevations[].target',
    'elevations[].provider',
    'elevations[].role',
    'elevations[].scope',
    'elevations[].state',
    'elevations[].changed',
    'elevations[].requestedAt',
    'elevations[].startsAt',
    'elevations[].expiresAt',
    'elevations[].accessEndsAt',
    'elevations[].justification',
    'elevations[].ticket.system',
    'elevations[].ticket.number',
    'elevations[].actor.user',
    'elevations[].actor.host',
    'elevations[].actor.identity',
    'elevations[].identity.cloud',
    'elevations[].identity.tenant',
    'elevations[].identity.account',
    'elevations[].identity.name',
    'elevations[].providerRequestId',
    'elevations[].audit.seq',
    'elevations[].audit.hash',
  ])
})

test('--quiet says nothing at all when all is well', async () => {
  const pim = await startPim()
  expect(await pim.run([...admin, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' })
})

describe('what is active already', () => {
  test('is said, and asked for again only with --force or near its end', async () => {
    const pim = await startPim()
    await pim.run(admin)
    expect(await pim.says('elevate aws:sandbox-admin')).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: \`aws:sandbox-admin\` is already active until 13:00 (1h left)"
    `)
    expect(pim.assumed()).toEqual(['Admin'])
    await pim.run([...admin, '--force'])
    expect(pim.assumed()).toEqual(['Admin', 'Admin'])
    pim.advance(minutes(56))
    await pim.run(admin)
    expect(pim.assumed()).toHaveLength(3)
  })

  test('is shorter than what is asked now', async () => {
    const pim = await startPim()
    await pim.run(admin)
    await pim.run([...admin, '-d', '2h'])
    expect(pim.assumed()).toEqual(['Admin', 'Admin'])
  })
})

describe('several targets', () => {
  test('get an outcome each, and the worst exit code; the alias stands for them', async () => {
    const pim = await startPim()
    await pim.run('alias set both aws:sandbox-admin aws:sandbox-denied')
    const { code, stdout, stderr } = await pim.run('elevate both -j why --json')
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      elevations: [
        { target: 'aws:sandbox-admin', state: 'active', changed: true },
        {
          target: 'aws:sandbox-denied',
          state: 'failed',
          changed: false,
          error: {
            code: 'access-denied',
            exitCode: 3,
            provider: { code: 'AccessDenied', status: 403 },
          },
        },
      ],
    })
    const errors = stderr.split('\n').filter((line) => line.startsWith('{'))
    expect(errors.map((line) => JSON.parse(line) as object)).toMatchObject([
      { schema: 'pim.error/v1', error: { target: 'aws:sandbox-denied' } },
    ])
  })
})

describe('missing input is named at once, exit code 2, and nothing is asked or called', () => {
  test.each([
    ['elevate', 'a target and a justification are needed'],
    ['elevate -j why', 'a target is needed'],
    ['elevate aws:sandbox-admin', 'a justification is needed'],
    ['elevate aws:sandbox-adm -j why', 'no target `aws:sandbox-adm`'],
    ['elevate sandbox-admin -j why', '`sandbox-admin` is not a target'],
    ['elevate aws:sandbox-admin -j why -d 30', 'is not a length of time'],
    ['elevate aws:sandbox-admin -j why -t a:b:c', 'is not a reference'],
    ['elevate aws:sandbox-admin -j why --mfa-token 12', 'not six digits'],
    ['elevate aws:sandbox-admin -j why --wait soon', '--wait'],
    ['elevate aws:sandbox-admin -j why --timeout 5', '--timeout "5"'],
  ])('pim %s', async (argv, message) => {
    const pim = await startPim()
    const { code, stdout, stderr } = await pim.run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`pim: error: `)
    expect(stderr).toContain(message)
    expect(stderr).toContain('pim: hint: ')
    expect([pim.sandbox.sts.calls, pim.records()]).toEqual([[], []])
  })

  test('also in a terminal under --no-input, PIM_NO_INPUT and CI', async () => {
    const pim = await startPim()
    const answers = [{ when: 'Why', keys: 'never\r' }]
    for (const [argv, env] of [
      ['elevate aws:sandbox-admin --no-input', {}],
      ['elevate aws:sandbox-admin', { PIM_NO_INPUT: '1' }],
      ['elevate aws:sandbox-admin', { CI: 'true' }],
    ] as const) {
      expect(await pim.run(argv, { env, answers })).toMatchObject({ code: 2, stdout: '' })
    }
    expect(pim.sandbox.sts.calls).toEqual([])
  })
})

describe('the environment fills in', () => {
  test('reason, ticket and duration, and flags go before it', async () => {
    const pim = await startPim()
    const env = { PIM_JUSTIFICATION: 'from env', PIM_TICKET: 'OPS-2', PIM_DURATION: '30m' }
    await pim.run('elevate aws:sandbox-admin', { env })
    await pim.run('elevate aws:sandbox-no-tags -j flag -d 20m', { env })
    expect(pim.records().filter(({ event }) => event === 'elevation.requested')).toMatchObject([
      { justification: 'from env', ticket: { number: 'OPS-2' }, duration: 'PT30M' },
      { justification: 'flag', duration: 'PT20M' },
    ])
  })
})

describe('no elevation without a record', () => {
  test('a log that cannot be written: exit code 7, and the cloud is not called', async () => {
    const pim = await startPim()
    const state = join(pim.folder, 'pim', 'state')
    mkdirSync(state, { recursive: true, mode: 0o700 })
    writeFileSync(join(state, 'audit'), 'in the way')
    const { code, stderr } = await pim.run(admin)
    expect(code).toBe(7)
    expect(stderr).toContain('pim: error: ')
    expect(pim.sandbox.sts.calls).toEqual([])
    expect(existsSync(join(state, 'elevations'))).toBe(false)
  })

  test('a log that was tampered with: the same', async () => {
    const pim = await startPim()
    await pim.run(admin)
    const log = join(pim.folder, 'pim', 'state', 'audit', 'audit.jsonl')
    chmodSync(log, 0o600)
    writeFileSync(log, '')
    const calls = pim.sandbox.sts.calls.length
    expect((await pim.run([...admin, '--force'])).code).toBe(7)
    expect(pim.sandbox.sts.calls).toHaveLength(calls)
  })
})

test('without a store that keeps anything nothing is asked for', async () => {
  const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
  expect(await pim.says(admin)).toMatchInlineSnapshot(`
    "exit code 2
    stderr:
    pim: error: aws:sandbox-admin: there is no store to keep credentials in
    pim: hint: unlock the keychain, or set PIM_STORE_PASSPHRASE for an encrypted file; \`pim exec\` and \`pim env\` work without a store, \`pim doctor\` says more"
  `)
  expect([pim.sandbox.sts.calls, pim.records()]).toEqual([[], []])
})

test('a duration from the settings, and what a target is set to, count where nothing is asked', async () => {
  const pim = await startPim()
  await pim.run('config set duration 30m')
  await pim.run('config set targets.aws:sandbox-no-tags.duration 20m')
  await pim.run('elevate aws:sandbox-admin aws:sandbox-no-tags -j why')
  const durations = pim
    .records()
    .flatMap(({ target, duration }) => (duration ? [[target, duration]] : []))
  expect(Object.fromEntries(durations)).toEqual({
    'aws:sandbox-admin': 'PT30M',
    'aws:sandbox-no-tags': 'PT20M',
  })
})

test('an elevation ends by itself', async () => {
  const pim = await startPim()
  await pim.run(admin)
  pim.advance(hours(1))
  expect(await pim.run('status --check aws:sandbox-admin')).toMatchObject({ code: 1 })
})
