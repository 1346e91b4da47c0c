import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { alice, sandboxPerson } from '../../../../sandbox/aws/sts/roles.ts'
import { startSts } from '../../../../sandbox/aws/server/server.ts'
import type { StsServer } from '../../../../sandbox/aws/server/server.ts'
import { webIdentityToken } from '../../../../sandbox/aws/sts/web-identity.ts'
import { asKey, assume, clientOf, postForm, refusalOf } from '../../aws-clients.ts'

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const whoami = () => new GetCallerIdentityCommand({})
const bob = sandboxPerson('bob', 'AKIASANDBOXBOB000001', 'not-a-secret-either')

let aheadSeconds: number
let sts: StsServer

beforeEach(async () => {
  aheadSeconds = 0
  const now = () => new Date(Date.now() + aheadSeconds * 1000)
  sts = await startSts({ now, people: [alice, bob] })
})
afterEach(() => sts.stop())

describe('a caller', () => {
  test.each([alice, bob])('is told who they are: $name', async (person) => {
    expect(await clientOf(sts, person).send(whoami())).toMatchObject({
      Arn: `arn:aws:iam::123456789012:user/${person.name}`,
      UserId: person.userId,
      Account: '123456789012',
    })
  })

  test('without a signature is asked for one', async () => {
    const answer = await postForm(sts, 'Action=GetCallerIdentity&Version=2011-06-15')
    expect(answer.status).toBe(403)
    expect(answer.headers.get('x-amzn-requestid')).toBe(sts.calls[0]?.requestId)
    expect(await answer.text()).toBe(
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message></Error><RequestId>${sts.calls[0]?.requestId}</RequestId></ErrorResponse>\n`,
    )
  })

  const stranger = { accessKeyId: 'AKIAEXAMPLEEXAMPLE01', secretAccessKey: 'x' }
  test.each([
    ['an unknown key', stranger, 'InvalidClientTokenId'],
    ['a token that belongs to no session', { ...alice, sessionToken: 'x' }, 'InvalidClientTokenId'],
    ['a wrong secret', { ...alice, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
  ])('with %s is refused', async (_, key, code) => {
    expect(await refusalOf(clientOf(sts, key).send(whoami()))).toMatchObject({ code, status: 403 })
  })

  test('with a session key and not its token is refused', async () => {
    const key = asKey((await clientOf(sts).send(assume())).Credentials)
    for (const sessionToken of [undefined, 'x']) {
      const { accessKeyId, secretAccessKey } = key
      const part = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
      const refusal = await refusalOf(clientOf(sts, part).send(whoami()))
      expect(refusal).toMatchObject({ code: 'InvalidClientTokenId', status: 403 })
    }
  })

  test('with a session that has ended is refused', async () => {
    const answer = await clientOf(sts).send(assume({ DurationSeconds: 900 }))
    const session = clientOf(sts, asKey(answer.Credentials))
    session.config.systemClockOffset = 900_000
    aheadSeconds = 899
    await session.send(whoami())
    aheadSeconds = 901
    expect(await refusalOf(session.send(whoami()))).toEqual({
      code: 'ExpiredToken',
      status: 403,
      message: 'The security token included in the request is expired',
    })
  })

  test.each([
    [
      1000,
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    ],
    [
      -1000,
      /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)$/,
    ],
  ])(
    'whose clock is %i seconds off is told so, and a second attempt corrects it',
    async (skew, message) => {
      sts.skewSeconds = skew
      expect(await refusalOf(clientOf(sts).send(whoami()))).toEqual({
        code: 'SignatureDoesNotMatch',
        status: 403,
        message: expect.stringMatching(message),
      })
      await clientOf(sts, alice, 2).send(whoami())
      expect(sts.calls.map(({ code }) => code)).toEqual([
        'SignatureDoesNotMatch',
        'SignatureDoesNotMatch',
        undefined,
      ])
    },
  )

  test('whose clock is 14 minutes off gets by', async () => {
    sts.skewSeconds = 840
    await clientOf(sts).send(whoami())
  })
})

describe('AssumeRoleWithWebIdentity', () => {
  const tomorrow = new Date(Date.now() + 86_400_000)
  const yesterday = new Date(Date.now() - 86_400_000)
  const subject = 'repo:example/app'
  const call = (WebIdentityToken: string, role = 'Web') => {
    const input = { RoleArn: arn(role), RoleSessionName: 'ci', WebIdentityToken }
    return clientOf(sts).send(new AssumeRoleWithWebIdentityCommand(input))
  }

  test('needs no signature, only a token', async () => {
    const answer = await call(webIdentityToken({ subject, expiresAt: tomorrow }))
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: subject,
      Audience: 'sts.amazonaws.com',
      AssumedRoleUser: { Arn: 'arn:aws:sts::123456789012:assumed-role/Web/ci' },
    })
    expect(sts.calls[0]).toMatchObject({ accessKeyId: undefined, status: 200 })
    expect(JSON.stringify(sts.calls)).not.toContain('eyJ')
    await clientOf(sts, asKey(answer.Credentials)).send(whoami())
  })

  test.each([
    [
      'an expired token',
      webIdentityToken({ subject, expiresAt: yesterday }),
      'ExpiredTokenException',
    ],
    [
      'another issuer',
      webIdentityToken({ subject, expiresAt: tomorrow, issuer: 'https://a' }),
      'InvalidIdentityToken',
    ],
    [
      'another audience',
      webIdentityToken({ subject, expiresAt: tomorrow, audience: 'a' }),
      'InvalidIdentityToken',
    ],
    ['no token at all', 'not-a-token', 'InvalidIdentityToken'],
    ['a token of nonsense', 'a.bnVsbA.c', 'InvalidIdentityToken'],
  ])('refuses %s', async (_, token, code) => {
    await expect(call(token)).rejects.toThrow()
    expect(sts.calls).toMatchObject([{ code, status: 400, issuedAccessKeyId: undefined }])
  })

  test.each(['Admin', 'Absent'])('refuses the role %s', async (role) => {
    const refusal = await refusalOf(call(webIdentityToken({ subject, expiresAt: tomorrow }), role))
    expect(refusal).toEqual({
      code: 'AccessDenied',
      status: 403,
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    })
  })
})
