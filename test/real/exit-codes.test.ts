import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import type { Fault } from '../../sandbox/aws/server/faults.ts'
import { errorOf, expectEnd, type Case } from './ending.ts'
import { openCloud, until, type Cloud } from './pim.ts'

const admin = ['elevate', 'aws:sandbox-admin', '-j', 'restart the queue']

const elevated = (cloud: Cloud) => cloud.pim(admin)

test.concurrent.each<Case>([
  { name: 'elevated', words: admin, code: 0 },
  { name: 'already active', words: admin, code: 0, before: elevated },
  { name: 'an answer without a cloud', words: ['list'], code: 0 },
  { name: 'help', words: ['--help'], code: 0 },
  { name: 'no command', words: [], code: 0 },
  {
    name: 'status --check of what is active',
    words: ['status', '--check', 'aws:sandbox-admin'],
    code: 0,
    before: elevated,
  },
  {
    name: 'status --check of what is not',
    words: ['status', '--check', 'aws:sandbox-admin'],
    code: 1,
  },
])('$name: $code', expectEnd)

describe.concurrent('usage', () => {
  test.each<Omit<Case, 'code'>>([
    { name: 'a flag that is not known', words: ['list', '--nope'], error: 'invalid-usage' },
    { name: 'a command that is not known', words: ['elevat'], error: 'invalid-usage' },
    { name: 'no target and no terminal', words: ['elevate'], error: 'missing-input' },
    {
      name: 'no justification and no terminal',
      words: ['elevate', 'aws:sandbox-admin'],
      error: 'missing-justification',
    },
    {
      name: 'everything that is missing, for all targets',
      words: ['elevate', 'aws:sandbox-mfa', 'aws:sandbox-admin'],
      error: 'missing-input',
    },
    {
      name: 'a time that may mean two',
      words: [...admin, '--start', '03/04/2027 09:00'],
      error: 'ambiguous-start',
    },
    {
      name: 'a target that is not there',
      words: ['elevate', 'aws:sandbox-admim', '-j', 'x y'],
      error: 'unknown-target',
    },
    {
      name: 'a bare number as duration',
      words: [...admin, '-d', '60'],
      error: 'invalid-duration',
    },
    {
      name: 'credentials without a live elevation',
      words: ['credentials', 'aws:sandbox-admin'],
      error: 'no-live-elevation',
    },
    {
      name: 'no store to keep credentials in',
      words: admin,
      env: { PIM_CREDENTIAL_STORE: 'memory' },
      error: 'no-credential-store',
    },
    {
      name: 'an endpoint that would carry credentials in the clear',
      words: admin,
      env: { AWS_ENDPOINT_URL_STS: 'http://sts.example.test' },
      error: 'insecure-endpoint',
    },
  ])('$name: 2', (given) => expectEnd({ ...given, code: 2 }))
})

const always = { times: 20 }

describe.concurrent('what the provider answers', () => {
  const cases: readonly [code: number, error: string, fault: Fault, words?: readonly string[]][] = [
    [3, 'access-denied', { code: 'AccessDenied', status: 403 }],
    [3, 'region-disabled', { code: 'RegionDisabledException', status: 403 }],
    [3, 'provider-refused', { code: 'NobodyKnowsThis', status: 400 }],
    [4, 'source-credentials-expired', { code: 'ExpiredToken', status: 403 }],
    [4, 'source-credentials-expired', { code: 'ExpiredTokenException', status: 400 }],
    [4, 'source-credentials-unknown', { code: 'InvalidClientTokenId', status: 403 }],
    [4, 'signature-refused', { code: 'SignatureDoesNotMatch', status: 403 }],
    [2, 'tags-too-large', { code: 'PackedPolicyTooLarge', status: 400 }],
    [6, 'throttled', { code: 'Throttling', status: 400 }],
    [6, 'throttled', { code: 'ThrottlingException', status: 400 }],
    [6, 'provider-failing', { code: 'InternalFailure', status: 500 }],
    [6, 'provider-failing', { code: 'ServiceUnavailable', status: 503 }],
    [6, 'no-answer', { drop: 'unheard' }],
  ]
  test.each(cases)('%i: %s, from %j', async (code, error, fault) => {
    const faults = [{ ...fault, ...always, action: 'AssumeRole' as const }]
    await expectEnd({ name: error, words: admin, code, error, faults })
  })

  test('3: access-denied, where the role trusts nobody', () =>
    expectEnd({
      name: 'denied',
      words: ['elevate', 'aws:sandbox-denied', '-j', 'x y'],
      code: 3,
      error: 'access-denied',
    }))

  test('4: mfa-needed, where nobody can be asked', () =>
    expectEnd({
      name: 'mfa',
      words: ['elevate', 'aws:sandbox-mfa', '-j', 'x y'],
      code: 4,
      error: 'mfa-needed',
    }))

  test('5: not-effective-yet, where the session is not known in time', () =>
    expectEnd({
      name: 'pending',
      words: [...admin, '--timeout', '1s'],
      code: 5,
      error: 'not-effective-yet',
      faults: [
        { action: 'GetCallerIdentity' },
        { action: 'GetCallerIdentity', code: 'InvalidClientTokenId', status: 403, ...always },
      ],
    }))

  test('6: provider-unreachable, where nobody listens', () =>
    expectEnd({
      name: 'unreachable',
      words: admin,
      code: 6,
      error: 'provider-unreachable',
      before: (cloud) => cloud.sts.stop(),
    }))

  test('0: a trouble that passes is tried again', () =>
    expectEnd({
      name: 'retry',
      words: admin,
      code: 0,
      faults: [{ action: 'AssumeRole', code: 'Throttling', times: 2 }],
    }))

  test('the worst of several', async () => {
    await using cloud = await openCloud()
    const targets = ['aws:sandbox-admin', 'aws:sandbox-denied']
    const { code, out } = await cloud.pim(['elevate', ...targets, '-j', 'x y', '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(out).elevations).toMatchObject([
      { target: targets[0], state: 'active' },
      { target: targets[1], state: 'failed', error: { exitCode: 3, provider: { status: 403 } } },
    ])
  })
})

describe.concurrent('a broken audit log', () => {
  const logOf = (cloud: Cloud) => join(cloud.env['PIM_HOME'] ?? '', 'state', 'audit', 'audit.jsonl')
  const edit = async (cloud: Cloud) => {
    await elevated(cloud)
    const path = logOf(cloud)
    writeFileSync(path, readFileSync(path, 'utf8').replace('restart the queue', 'feed the cat'))
  }
  const forge = async (cloud: Cloud) => {
    await elevated(cloud)
    appendFileSync(logOf(cloud), '{"v":1,"seq":99,"event":"elevation.active"}\n')
  }

  test('7 from `audit verify`', () =>
    expectEnd({
      name: 'edited',
      words: ['audit', 'verify'],
      code: 7,
      error: 'audit-edited',
      before: edit,
    }))

  test.each<[code: number, words: readonly string[]]>([
    [7, ['elevate', 'aws:sandbox-no-tags', '-j', 'x y']],
    [7, ['env', 'aws:sandbox-no-tags', '-j', 'x y']],
    [125, ['exec', 'aws:sandbox-no-tags', '-j', 'x y', '--', 'true']],
  ])('%i from %j, and AWS is not called', async (code, words) => {
    await using cloud = await openCloud()
    await forge(cloud)
    const before = cloud.sts.calls.length
    const { code: ended, err } = await cloud.pim(['--json', ...words])
    expect([ended, errorOf(err)]).toMatchObject([code, { code: 'audit-broken', exitCode: 7 }])
    expect(cloud.sts.calls).toHaveLength(before)
  })
})

test.concurrent('130 when interrupted while AWS is asked', async () => {
  await using cloud = await openCloud()
  cloud.sts.fail({ action: 'AssumeRole', delayMs: 110_000 })
  const running = cloud.startPim(['--json', ...admin])
  await until('the call', () => cloud.calls('AssumeRole').length === 1)
  running.child.kill('SIGINT')
  const { code, signal, err, milliseconds } = await running.ended
  expect([code, signal, errorOf(err)?.code]).toEqual([130, null, 'interrupted'])
  expect(milliseconds).toBeLessThan(100_000)
  expect(cloud.records().map(({ event }) => event)).toEqual([
    'elevation.requested',
    'elevation.failed',
  ])
})
