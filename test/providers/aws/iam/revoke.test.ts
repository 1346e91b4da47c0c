import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Elevation } from '../../../../src/core/elevation/elevation.ts'
import { noSettings, roomWithProvider } from '../fixture.ts'
import { activated, puts, revoke } from './revoking.ts'

test('the person puts the policy where they may', async () => {
  const room = await roomWithProvider()
  const revocation = await revoke(room, await activated(room, 'sandbox-no-tags'))
  expect(revocation).toMatchObject({
    state: 'revoked',
    policy: { role: 'NoTags', account: '123456789012', name: 'PimRevokeOlderSessions-alice' },
  })
  expect(puts(room)).toMatchObject([
    {
      accessKeyId: 'AKIASANDBOXALICE0001',
      status: 200,
      parameters: {
        RoleName: 'NoTags',
        PolicyName: 'PimRevokeOlderSessions-alice',
        PolicyDocument: revocation.policy?.document,
      },
    },
  ])
})

test('the session itself puts it where the person may not', async () => {
  const room = await roomWithProvider()
  const held = await activated(room, 'sandbox-admin')
  expect(await revoke(room, held)).toMatchObject({ state: 'revoked' })
  expect(puts(room).map(({ accessKeyId, status }) => [accessKeyId, status])).toEqual([
    ['AKIASANDBOXALICE0001', 403],
    [held.elevation.facts.accessKeyId, 200],
  ])
})

test('where neither may, the policy is for an administrator', async () => {
  const room = await roomWithProvider()
  const revocation = await revoke(room, await activated(room, 'sandbox-short'))
  expect(revocation).toMatchObject({
    state: 'not-revoked',
    policy: { role: 'Short', putCommand: expect.arrayContaining(['put-role-policy', 'Short']) },
    error: {
      code: 'access-denied',
      exitCode: 3,
      target: 'aws:sandbox-short',
      provider: { code: 'AccessDenied', status: 403 },
      message: expect.stringMatching(
        /user\/alice is not authorized.*; .*assumed-role\/Short\/.* is not authorized/,
      ),
    },
  })
  expect(puts(room)).toHaveLength(2)
})

test('the provider’s clock counts, and not that of this machine', async () => {
  const room = await roomWithProvider()
  room.sandbox.sts.skewSeconds = 1800
  const before = Date.now() + 1800_000
  const { policy } = await revoke(room, await activated(room, 'sandbox-no-tags'))
  const deniesBefore = policy?.deniesBefore.getTime() ?? 0
  expect(deniesBefore).toBeGreaterThan(before)
  // In whole seconds, rounded up, of when the answer came.
  expect(deniesBefore).toBeLessThanOrEqual(Date.now() + 1800_000 + 2000)
})

test('a session without a source identity is denied alone', async () => {
  const settings = {
    ...noSettings,
    targets: { 'aws:sandbox-no-tags': { sourceIdentity: 'off' as const } },
  }
  const room = await roomWithProvider({}, settings)
  const { policy } = await revoke(room, await activated(room, 'sandbox-no-tags'))
  expect(policy?.name).toBe('PimRevokeSession-alice-0123456789ab')
  expect(JSON.parse(policy?.document ?? '')).toMatchObject({
    Statement: [
      {
        Condition: {
          StringEquals: { 'aws:userid': expect.stringMatching(/^AROA\w+:alice-0123456789ab$/) },
        },
      },
    ],
  })
})

describe('nobody is asked', () => {
  test.each<[string, Partial<Elevation['facts']>]>([
    ['for a session that cannot be told from others', { sourceIdentity: '', assumedRoleId: '' }],
    ['for a role of Identity Center', { assumedRole: roleArn('AWSReservedSSO_Admin_0123') }],
    ['for a role of one of AWS’s services', { assumedRole: roleArn('AWSServiceRoleForSupport') }],
  ])('%s', async (_, facts) => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-no-tags')
    const known = { ...held.elevation, facts: { ...held.elevation.facts, ...facts } as never }
    const calls = room.sandbox.sts.calls.length
    await expect(revoke(room, { ...held, elevation: known })).rejects.toMatchObject({
      kind: 'refused',
      hint: expect.any(String),
    })
    expect(room.sandbox.sts.calls).toHaveLength(calls)
  })
})

function roleArn(name: string): string {
  return `arn:aws:sts::123456789012:assumed-role/${name}/alice-0123456789ab`
}

describe('who belongs to another account changes no role there', () => {
  test('the person', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-no-tags')
    const elsewhere = held.elevation.facts.assumedRole?.replace('123456789012', '210987654321')
    const facts = { ...held.elevation.facts, assumedRole: elsewhere ?? '' }
    const revocation = await revoke(room, { ...held, elevation: { ...held.elevation, facts } })
    expect(revocation).toMatchObject({
      state: 'not-revoked',
      policy: { account: '210987654321' },
      error: { code: 'other-account', exitCode: 3 },
    })
    expect(puts(room)).toEqual([])
  })
})

describe('with what there is', () => {
  test('the session, where a web identity has no credentials', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-web', { identity: undefined })
    expect(await revoke(room, held)).toMatchObject({
      state: 'revoked',
      policy: { name: expect.stringMatching(/^PimRevokeSession-/) },
    })
    expect(puts(room).map(({ accessKeyId }) => accessKeyId)).toEqual([
      held.elevation.facts.accessKeyId,
    ])
  })

  test('nothing: neither credentials to start from nor the session', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-web', { identity: undefined })
    expect(await revoke(room, { ...held, credentials: undefined })).toMatchObject({
      state: 'not-revoked',
      error: { code: 'nobody-to-ask-as', exitCode: 3 },
    })
  })

  test('the session, where the profile is gone', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-admin')
    writeFileSync(join(room.sandbox.folder, 'aws', 'config'), '')
    expect(await revoke(room, held)).toMatchObject({ state: 'revoked' })
    expect(puts(room)).toHaveLength(1)
  })

  test('the session, where the keys one starts from no longer serve', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-admin')
    room.sandbox.sts.fail({ code: 'InvalidClientTokenId', status: 403 })
    expect(await revoke(room, held)).toMatchObject({ state: 'revoked' })
  })

  test('the person alone, once the session has ended', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-short')
    const ended = { ...held.elevation, expiresAt: new Date(Date.now() - 1000) }
    expect(await revoke(room, { ...held, elevation: ended })).toMatchObject({
      error: { code: 'access-denied' },
    })
    expect(puts(room)).toHaveLength(1)
  })
})

test('another endpoint of IAM is taken from the environment', async () => {
  const room = await roomWithProvider()
  const held = await activated(room, 'sandbox-no-tags')
  const other = await roomWithProvider()
  room.env['AWS_ENDPOINT_URL_IAM'] = other.sandbox.endpoint
  await revoke(room, held)
  expect(puts(room)).toEqual([])
  expect(puts(other)).toHaveLength(1)
})

test('a role with a path is named without it', async () => {
  const room = await roomWithProvider()
  appendFileSync(
    join(room.sandbox.folder, 'aws', 'config'),
    '\n[profile pathed]\nrole_arn = arn:aws:iam::123456789012:role/team/NoTags\nsource_profile = sandbox\n',
  )
  const held = await activated(room, 'sandbox-no-tags')
  const pathed = { ...held.elevation, target: 'aws:pathed' }
  const { policy } = await revoke(room, { ...held, elevation: pathed })
  expect(policy?.putCommand.slice(3, 5)).toEqual(['--role-name', 'NoTags'])
})
