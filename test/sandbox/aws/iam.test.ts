import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { alice } from '../../../sandbox/aws/sts/roles.ts'
import { startSts } from '../../../sandbox/aws/server/server.ts'
import type { StsServer } from '../../../sandbox/aws/server/server.ts'
import { asKey, assume, clientOf, postForm, refusalOf, type ClientKey } from '../aws-clients.ts'

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const noon = Date.parse('2026-03-01T12:00:00Z')

let sts: StsServer
let aheadSeconds: number

beforeEach(async () => {
  aheadSeconds = 0
  sts = await startSts({ now: () => new Date(Date.now() + aheadSeconds * 1000) })
  onTestFinished(() => sts.stop())
})

function iamOf(key: ClientKey = alice): IAMClient {
  return new IAMClient({
    endpoint: sts.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { ...key },
  })
}

const denyOlder = (before: Date, who: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': before.toISOString() }, ...who },
      },
    ],
  })

const put = (RoleName: string, PolicyDocument: string, PolicyName = 'P') =>
  new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })
const get = (RoleName: string, PolicyName = 'P') =>
  new GetRolePolicyCommand({ RoleName, PolicyName })

async function sessionOf(role: string, differences: Parameters<typeof assume>[0] = {}) {
  const { Credentials } = await clientOf(sts).send(
    assume({ RoleArn: arn(role), SourceIdentity: 'alice', ...differences }),
  )
  return asKey(Credentials)
}

describe('an inline policy', () => {
  const document = denyOlder(new Date(noon))

  test('is put, read, replaced and deleted', async () => {
    await iamOf().send(put('NoTags', '{"Statement":[]}'))
    await iamOf().send(put('NoTags', document))
    const read = await iamOf().send(get('NoTags'))
    expect(read).toMatchObject({ RoleName: 'NoTags', PolicyName: 'P' })
    expect(read.PolicyDocument).toMatch(/^%7B/)
    expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(document)
    await iamOf().send(new DeleteRolePolicyCommand({ RoleName: 'NoTags', PolicyName: 'P' }))
    expect(await refusalOf(iamOf().send(get('NoTags')))).toMatchObject({
      code: 'NoSuchEntityException',
      status: 404,
    })
  })

  const refusals: [string, PutRolePolicyCommand, string, number][] = [
    ['where the person may not', put('Short', document), 'AccessDenied', 403],
    ['where only the role itself may', put('Admin', document), 'AccessDenied', 403],
    ['on a role that is not there', put('Nobody', document), 'NoSuchEntityException', 404],
    ['that is no policy', put('NoTags', '[]'), 'MalformedPolicyDocumentException', 400],
    ['without a document', put('NoTags', ''), 'ValidationError', 400],
    ['of a strange name', put('NoTags', document, 'a b'), 'ValidationError', 400],
    [
      'that is too large',
      put('NoTags', denyOlder(new Date(noon), { X: 'x'.repeat(10_240) })),
      'LimitExceededException',
      409,
    ],
  ]
  test.each(refusals)('is refused %s', async (_, command, code, status) => {
    expect(await refusalOf(iamOf().send(command))).toMatchObject({ code, status })
  })

  test('is put by a session of the role where that may', async () => {
    await iamOf(await sessionOf('Admin')).send(put('Admin', document))
    expect(await iamOf(await sessionOf('Admin')).send(get('Admin'))).toMatchObject({})
  })

  test('is refused to a session of another role', async () => {
    const refusal = await refusalOf(iamOf(await sessionOf('Admin')).send(put('NoTags', document)))
    expect(refusal).toMatchObject({ code: 'AccessDenied' })
  })
})

describe('a session that is older than a policy on its role says', () => {
  test('may assume no role and change no policy, and is still told who it is', async () => {
    const session = await sessionOf('Admin')
    aheadSeconds = 2
    const before = new Date(Date.now() + 1000)
    await iamOf(session).send(put('Admin', denyOlder(before)))
    const client = clientOf(sts, session)
    const explicit = { status: 403, message: expect.stringContaining('with an explicit deny') }
    expect(await refusalOf(client.send(assume({ RoleArn: arn('Chained') })))).toMatchObject(
      explicit,
    )
    expect(await refusalOf(iamOf(session).send(get('Admin')))).toMatchObject(explicit)
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
    })
    const younger = clientOf(sts, await sessionOf('Admin'))
    await younger.send(assume({ RoleArn: arn('Chained'), SourceIdentity: 'alice' }))
  })

  test.each<[string, object, boolean]>([
    ['this person', { 'aws:SourceIdentity': 'alice' }, true],
    ['another person', { 'aws:SourceIdentity': 'bob' }, false],
    ['another session', { 'aws:userid': 'AROA:other' }, false],
    ['this person, in a condition that the sandbox does not know', { 'aws:Other': 'x' }, false],
  ])('is denied where that names %s', async (_, names, isDenied) => {
    const session = await sessionOf('Admin')
    const later = new Date(Date.now() + 60_000)
    await iamOf(session).send(put('Admin', denyOlder(later, { StringEquals: names })))
    const { status } = (await refusalOf(
      clientOf(sts, session).send(assume({ RoleArn: arn('Chained'), SourceIdentity: 'alice' })),
    )) as { status?: number }
    expect(status === 403).toBe(isDenied)
  })
})

test('what else IAM can do is not in the sandbox, and says so', async () => {
  const refusal = await refusalOf(iamOf().send(new ListRolesCommand({})))
  expect(refusal).toMatchObject({
    code: 'NotInSandbox',
    message: expect.stringContaining('iam:ListRoles'),
  })
})

test('it is asked with a signature that is checked', async () => {
  const body = 'Action=PutRolePolicy&Version=2010-05-08'
  expect(await (await postForm(sts, body)).text()).toContain('<Code>InvalidAction</Code>')
  const forged = iamOf({ ...alice, secretAccessKey: 'another' })
  expect(await refusalOf(forged.send(get('NoTags')))).toMatchObject({
    code: 'SignatureDoesNotMatch',
  })
})
