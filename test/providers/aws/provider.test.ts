import { appendFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/core/credentials.ts'
import { hours, minutes } from '../../../src/core/time/duration.ts'
import { elevation } from '../../core/sample-elevations.ts'
import { attemptAt, noSettings, roomWithProvider, targetNamed, type Room } from './fixture.ts'

const never = new AbortController().signal
const called = ({ sandbox }: Room) =>
  sandbox.sts.calls.filter(({ action }) => action !== 'GetCallerIdentity')
const configOf = ({ sandbox }: Room) => join(sandbox.folder, 'aws', 'config')

describe('targets', () => {
  test('are the profiles that end in a role', async () => {
    const { provider } = await roomWithProvider()
    const names = (await provider.discover(never)).targets.map(
      ({ path, role, scope }) => `${path} ${scope}/${role}`,
    )
    expect(names).toContain('sandbox-admin 123456789012/Admin')
    expect(names.some((name) => name.startsWith('sandbox '))).toBe(false)
  })

  test.each([
    ['123456789012/Admin', '123456789012/Admin'],
    ['arn:aws:iam::123456789012:role/team/Admin', '123456789012/team/Admin'],
    ['arn:aws-cn:iam::123456789012:role/Admin', 'arn:aws-cn:iam::123456789012:role/Admin'],
  ])('%s is complete as written, and spelt %s', async (typed, path) => {
    const { provider } = await roomWithProvider()
    expect(provider.locate(typed, [])).toMatchObject({ path, scope: '123456789012', role: 'Admin' })
  })

  test('a file that cannot be read is an error, not an empty list', async () => {
    const { provider, sandbox } = await roomWithProvider()
    const other = await roomWithProvider({ AWS_CONFIG_FILE: sandbox.folder })
    await expect(other.provider.discover(never)).rejects.toMatchObject({
      code: 'aws-config-unreadable',
    })
    expect((await provider.discover(never)).targets).not.toEqual([])
  })

  test.each(['constructor', 'toString', '__proto__'])(
    'a source_profile that is called %s and is not there is said not to exist',
    async (name) => {
      const room = await roomWithProvider()
      appendFileSync(
        configOf(room),
        `\n[profile p]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = ${name}\n`,
      )
      const target = await targetNamed('p', room.provider)
      await expect(room.provider.requirements(target, never)).rejects.toMatchObject({
        code: 'aws-profile-broken',
        message: expect.stringContaining('does not exist'),
      })
    },
  )
})

test('the configuration is another one when a file changes or another profile is the default', async () => {
  const room = await roomWithProvider()
  const before = await room.provider.configuration()
  utimesSync(configOf(room), new Date(), new Date(0))
  const after = await room.provider.configuration()
  expect(after).not.toBe(before)
  writeFileSync(configOf(room), '')
  expect(await room.provider.configuration()).not.toBe(after)
})

test.each([
  ['sandbox-admin', { maxDuration: 'unknown', hardLimit: hours(12), mfa: false, mfaDevices: [] }],
  ['sandbox-mfa', { mfa: true, mfaDevices: ['arn:aws:iam::123456789012:mfa/alice'] }],
  ['sandbox-chained', { maxDuration: hours(1), maxDurationReason: expect.any(String) }],
])('%s demands what its profile says', async (name, demands) => {
  const { provider, sandbox } = await roomWithProvider()
  expect(await provider.requirements(await targetNamed(name, provider), never)).toMatchObject(
    demands,
  )
  expect(sandbox.sts.calls).toEqual([])
})

describe('taking a role', () => {
  test('sends the reason as tags, the person as source identity and in the session’s name', async () => {
    const room = await roomWithProvider()
    const target = await targetNamed('sandbox-admin', room.provider)
    const { facts } = await room.provider.activate(attemptAt(target))
    expect(called(room)[0]?.parameters).toMatchObject({
      RoleSessionName: 'alice-0123456789ab',
      SourceIdentity: 'alice',
      DurationSeconds: '3600',
      'Tags.member.1.Key': 'Justification',
      'Tags.member.1.Value': 'restart the queue',
      'Tags.member.2.Value': 'JIRA:OPS-1',
      'Tags.member.3.Value': '0123456789ab',
    })
    expect(facts).toMatchObject({ sessionName: 'alice-0123456789ab', sourceIdentity: 'alice' })
  })

  test('one after another: each signs the next, and only the last is long and carries the reason', async () => {
    const room = await roomWithProvider()
    const target = await targetNamed('sandbox-chained', room.provider)
    await room.provider.activate(attemptAt(target, { duration: minutes(30) }))
    const [first, second] = called(room)
    expect(second?.accessKeyId).toBe(first?.issuedAccessKeyId)
    expect([first?.parameters.DurationSeconds, second?.parameters.DurationSeconds]).toEqual([
      '900',
      '1800',
    ])
    expect(first?.parameters).not.toHaveProperty('Tags.member.1.Key')
    expect(second?.parameters).toHaveProperty(['Tags.member.1.Key'])
  })

  test('by a web identity: nobody to ask who we are, and nothing that the call has no field for', async () => {
    const room = await roomWithProvider()
    const target = await targetNamed('sandbox-web', room.provider)
    expect(await room.provider.identify(target, never)).toBeUndefined()
    const { facts } = await room.provider.activate(attemptAt(target, { identity: undefined }))
    const [call] = called(room)
    expect(call?.action).toBe('AssumeRoleWithWebIdentity')
    expect(call?.accessKeyId).toBeUndefined()
    expect(
      Object.keys(call?.parameters ?? {}).filter((key) => /Tags|SourceIdentity/.test(key)),
    ).toEqual([])
    expect(facts).not.toHaveProperty('sourceIdentity')
  })

  test('with a one-time code', async () => {
    const room = await roomWithProvider()
    const target = await targetNamed('sandbox-mfa', room.provider)
    const activation = await room.provider.activate(
      attemptAt(target, { mfaCodes: [new Secret('123456')] }),
    )
    expect(activation.state).toBe('active')
    expect(JSON.stringify(called(room))).not.toContain('"123456"')
  })

  test.each([
    ['off', { sessionTags: 'off', sourceIdentity: 'off' }, false],
    ['try', {}, true],
  ] as const)('with tags and identity set to %s', async (_, set, areSent) => {
    const settings = { ...noSettings, targets: { 'aws:sandbox-admin': set } }
    const room = await roomWithProvider({}, settings)
    await room.provider.activate(attemptAt(await targetNamed('sandbox-admin', room.provider)))
    const sent = Object.keys(called(room)[0]?.parameters ?? {}).some((key) =>
      /Tags|Source/.test(key),
    )
    expect(sent).toBe(areSent)
  })

  test('with a clock that is off: the end is the provider’s, and the person is told', async () => {
    const room = await roomWithProvider()
    room.sandbox.sts.skewSeconds = -900
    const activation = await room.provider.activate(
      attemptAt(await targetNamed('sandbox-admin', room.provider)),
    )
    expect(Math.round(activation.clockAheadMs / 60_000)).toBe(-15)
    expect(activation.notices).toEqual(["this machine's clock is 15m ahead of AWS's"])
    expect(activation.expiresAt).toEqual(room.sandbox.sts.issued[0]?.expiresAt)
  })
})

describe('the default credentials', () => {
  test('are told as the source of a role profile, whose role nobody takes unrecorded', async () => {
    const room = await roomWithProvider({ AWS_PROFILE: 'sandbox-admin' })
    expect(await room.provider.whoAmI(never)).toMatchObject({ person: 'alice' })
    expect(called(room)).toEqual([])
  })

  test('lead through a role profile to a role named by itself', async () => {
    const room = await roomWithProvider({ AWS_PROFILE: 'sandbox-admin' })
    const target = room.provider.locate('123456789012/Chained', [])
    if (target === undefined) throw new Error('not located')
    await room.provider.activate(attemptAt(target, { duration: minutes(30) }))
    expect(called(room).map(({ parameters }) => parameters.RoleArn?.split('/').at(-1))).toEqual([
      'Admin',
      'Chained',
    ])
  })
})

test('a session that STS does not know, or that has ended, is not effective; any other failure is an error', async () => {
  const room = await roomWithProvider()
  const target = await targetNamed('sandbox-admin', room.provider)
  const { credentials } = await room.provider.activate(attemptAt(target))
  const held = elevation({ target: 'aws:sandbox-admin' })
  for (const code of ['InvalidClientTokenId', 'ExpiredToken']) {
    room.sandbox.sts.fail({ code, status: 403 })
    expect(await room.provider.isEffective(held, credentials, never)).toBe(false)
  }
  room.sandbox.sts.fail({ code: 'AccessDenied', status: 403 })
  await expect(room.provider.isEffective(held, credentials, never)).rejects.toMatchObject({
    exitCode: 3,
  })
})
