import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { hours } from '../../../../src/core/time/duration.ts'
import {
  alice,
  sandboxMfaCode,
  sandboxRole,
  sandboxRoles,
} from '../../../../sandbox/aws/sts/roles.ts'
import { startSts } from '../../../../sandbox/aws/server/server.ts'
import type { StsServer } from '../../../../sandbox/aws/server/server.ts'
import { asKey, assume, clientOf, postForm, refusalOf } from '../../aws-clients.ts'

const roles = [
  ...Object.values(sandboxRoles),
  sandboxRole('NoSourceIdentity', { allowsSourceIdentity: false }),
  sandboxRole('Partner', { externalId: 'partner-1' }),
  sandboxRole('TwoHours', { maxSession: hours(2) }),
]
const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const whoami = () => new GetCallerIdentityCommand({})

let aheadSeconds: number
let sts: StsServer

beforeEach(async () => {
  aheadSeconds = 0
  sts = await startSts({ now: () => new Date(Date.now() + aheadSeconds * 1000), roles })
})
afterEach(() => sts.stop())

/** A client that holds a session of a role. */
async function clientAs(role: string, differences: Parameters<typeof assume>[0] = {}) {
  const answer = await clientOf(sts).send(assume({ RoleArn: arn(role), ...differences }))
  return clientOf(sts, asKey(answer.Credentials))
}

describe('AssumeRole', () => {
  test('hands out a session that says who it is and when it ends', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000
    const answer = await clientOf(sts).send(
      assume({
        DurationSeconds: 1200,
        SourceIdentity: 'alice',
        Tags: [{ Key: 'Ticket', Value: 'OPS-1' }],
      }),
    )
    const lasts = (answer.Credentials?.Expiration?.getTime() ?? 0) - before
    expect(lasts).toBeGreaterThanOrEqual(1_200_000)
    expect(lasts).toBeLessThan(1_203_000 + Date.now() - before)
    expect(answer).toMatchObject({
      SourceIdentity: 'alice',
      PackedPolicySize: 1,
      AssumedRoleUser: {
        Arn: 'arn:aws:sts::123456789012:assumed-role/Admin/alice',
        AssumedRoleId: expect.stringMatching(/^AROA[0-9A-F]{17}:alice$/),
      },
    })
    expect(answer.$metadata.requestId).toBe(sts.calls[0]?.requestId)
    const session = clientOf(sts, asKey(answer.Credentials))
    expect(await session.send(whoami())).toMatchObject({
      Arn: 'arn:aws:sts::123456789012:assumed-role/Admin/alice',
      UserId: answer.AssumedRoleUser?.AssumedRoleId,
      Account: '123456789012',
    })
  })

  test('lasts an hour unless told, or as long as the role allows', async () => {
    for (const [role, seconds] of [
      ['Admin', 3600],
      ['Short', 1800],
    ] as const) {
      const before = Date.now()
      const { Credentials } = await clientOf(sts).send(assume({ RoleArn: arn(role) }))
      const ends = Credentials?.Expiration?.getTime() ?? 0
      expect(ends).toBeGreaterThanOrEqual(before + seconds * 1000 - 1000)
      expect(ends).toBeLessThanOrEqual(Date.now() + seconds * 1000 + 1000)
    }
  })

  const user = 'arn:aws:iam::123456789012:user/alice'
  const serial = { SerialNumber: alice.mfaSerial }
  const denied = (action: string, role: string) =>
    `User: ${user} is not authorized to perform: ${action} on resource: ${arn(role)}`
  const tagged = { Tags: [{ Key: 'Ticket', Value: 'OPS-1' }] }
  const wrongSerial = {
    SerialNumber: 'arn:aws:iam::123456789012:mfa/bob',
    TokenCode: sandboxMfaCode,
  }
  test.each([
    ['a role that denies', 'Denied', {}, denied('sts:AssumeRole', 'Denied')],
    ['a role nobody made', 'Absent', {}, denied('sts:AssumeRole', 'Absent')],
    ['a role for web identities', 'Web', {}, denied('sts:AssumeRole', 'Web')],
    ['a role for roles', 'Chained', {}, denied('sts:AssumeRole', 'Chained')],
    ['tags', 'NoTags', tagged, denied('sts:TagSession', 'NoTags')],
    [
      'a source identity',
      'NoSourceIdentity',
      { SourceIdentity: 'alice' },
      denied('sts:SetSourceIdentity', 'NoSourceIdentity'),
    ],
    ['no external id', 'Partner', {}, denied('sts:AssumeRole', 'Partner')],
    [
      'a wrong external id',
      'Partner',
      { ExternalId: 'other' },
      denied('sts:AssumeRole', 'Partner'),
    ],
    ['no MFA', 'MfaAdmin', {}, denied('sts:AssumeRole', 'MfaAdmin')],
    [
      'a serial without code',
      'MfaAdmin',
      serial,
      'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
    ],
    [
      'a wrong code',
      'MfaAdmin',
      { ...serial, TokenCode: '000000' },
      'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
    ],
    [
      'a wrong code where none is needed',
      'Admin',
      { ...serial, TokenCode: '000000' },
      'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
    ],
    [
      'a wrong serial',
      'MfaAdmin',
      wrongSerial,
      'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    ],
  ])('refuses %s', async (_, role, input, message) => {
    const refusal = await refusalOf(clientOf(sts).send(assume({ RoleArn: arn(role), ...input })))
    expect(refusal).toEqual({ code: 'AccessDenied', status: 403, message })
    expect(sts.issued).toEqual([])
  })

  test.each([
    ['MfaAdmin', { ...serial, TokenCode: sandboxMfaCode }],
    ['NoTags', { SourceIdentity: 'alice' }],
    ['NoSourceIdentity', tagged],
    ['Partner', { ExternalId: 'partner-1' }],
    ['TwoHours', { DurationSeconds: 7200 }],
    ['Short', { DurationSeconds: 1800 }],
  ])('lets into %s', async (role, input) => {
    await clientOf(sts).send(assume({ RoleArn: arn(role), ...input }))
    expect(sts.issued).toMatchObject([{ identity: { role: { name: role }, sessionName: 'alice' } }])
  })

  test.each([
    ['Short', 1801],
    ['TwoHours', 7201],
  ])('refuses more than the maximum of %s', async (role, DurationSeconds) => {
    const call = clientOf(sts).send(assume({ RoleArn: arn(role), DurationSeconds }))
    expect(await refusalOf(call)).toEqual({
      code: 'ValidationError',
      status: 400,
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    })
  })
})

describe('a chain of roles', () => {
  test('lasts an hour at most', async () => {
    const admin = await clientAs('Admin')
    await admin.send(assume({ RoleArn: arn('Chained'), DurationSeconds: 3600 }))
    const call = admin.send(assume({ RoleArn: arn('Chained'), DurationSeconds: 3601 }))
    expect(await refusalOf(call)).toEqual({
      code: 'ValidationError',
      status: 400,
      message:
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    })
  })

  test('keeps its source identity', async () => {
    const admin = await clientAs('Admin', { SourceIdentity: 'alice' })
    const silent = await admin.send(assume({ RoleArn: arn('Chained') }))
    expect(silent.SourceIdentity).toBe('alice')
    for (const [role, SourceIdentity] of [
      ['Chained', 'bob'],
      ['NoSourceIdentity', undefined],
    ] as const) {
      const call = admin.send(assume({ RoleArn: arn(role), SourceIdentity }))
      expect(await refusalOf(call)).toMatchObject({
        code: 'AccessDenied',
        message: `User: arn:aws:sts::123456789012:assumed-role/Admin/alice is not authorized to perform: sts:SetSourceIdentity on resource: ${arn(role)}`,
      })
    }
  })
})

describe('GetSessionToken', () => {
  test('hands out a session of the user, which carries its MFA to a role', async () => {
    const mfa = { SerialNumber: alice.mfaSerial, TokenCode: sandboxMfaCode }
    const answer = await clientOf(sts).send(new GetSessionTokenCommand(mfa))
    const session = clientOf(sts, asKey(answer.Credentials))
    expect(await session.send(whoami())).toMatchObject({ Arn: alice.arn, UserId: alice.userId })
    await session.send(assume({ RoleArn: arn('MfaAdmin') }))
  })

  test('is not for role sessions', async () => {
    const admin = await clientAs('Admin')
    expect(await refusalOf(admin.send(new GetSessionTokenCommand({})))).toEqual({
      code: 'AccessDenied',
      status: 403,
      message: 'Cannot call GetSessionToken with session credentials',
    })
  })
})

test.each([
  ['', 'MissingAction'],
  ['Action=AssumeRoot&Version=2011-06-15', 'InvalidAction'],
  ['Action=toString&Version=2011-06-15', 'InvalidAction'],
  ['Action=GetCallerIdentity&Version=2010-01-01', 'InvalidAction'],
  ['Action=GetCallerIdentity', 'InvalidAction'],
])('%j is answered with %s', async (body, code) => {
  const answer = await postForm(sts, body)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain(`<Code>${code}</Code>`)
})

test('text from the caller cannot break out of the XML', async () => {
  const call = clientOf(sts).send(assume({ RoleSessionName: `<a>&'"]]>\u0000\u001b[31m` }))
  expect(await refusalOf(call)).toHaveProperty(
    'message',
    expect.stringContaining(`'<a>&'"]]>\uFFFD\uFFFD[31m'`),
  )
})

test('a body beyond all measure is refused', async () => {
  const answer = await postForm(sts, 'a'.repeat(300_000))
  expect(answer.status).toBe(413)
})

test('listens on loopback only', () => {
  expect(sts.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})
