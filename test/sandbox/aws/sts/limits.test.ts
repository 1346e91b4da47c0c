import { AssumeRoleWithWebIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import type { STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { alice, sandboxRoles } from '../../../../sandbox/aws/sts/roles.ts'
import { startSts } from '../../../../sandbox/aws/server/server.ts'
import type { StsServer } from '../../../../sandbox/aws/server/server.ts'
import { asKey, assume, clientOf, refusalOf } from '../../aws-clients.ts'

let sts: StsServer
let client: STSClient

beforeAll(async () => {
  sts = await startSts({ now: () => new Date() })
  client = clientOf(sts)
})
afterAll(async () => {
  client.destroy()
  await sts.stop()
})

const word = '[\\w+=,.@-]*'
const tagKey = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+'
const tagValue = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*'
const atLeast = (count: number) => `Member must have length greater than or equal to ${count}`
const atMost = (count: number) => `Member must have length less than or equal to ${count}`
const noLess = (count: number) => `Member must have value greater than or equal to ${count}`
const noMore = (count: number) => `Member must have value less than or equal to ${count}`
const matches = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`
const tags = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }))
const arns = (count: number, length = 40) =>
  Array.from({ length: count }, () => ({ arn: `arn:aws:iam::aws:policy/`.padEnd(length, 'P') }))
const contexts = (count: number) =>
  Array.from({ length: count }, () => ({
    ProviderArn: 'arn:aws:iam::aws:contextProvider/IdentityCenter',
    ContextAssertion: 'assertion',
  }))
const mfa = { SerialNumber: alice.mfaSerial, TokenCode: '123456' }

test.each([
  ['role arn of 19', { RoleArn: 'a'.repeat(19) }, 'roleArn', atLeast(20)],
  ['role arn of 2049', { RoleArn: 'a'.repeat(2049) }, 'roleArn', atMost(2048)],
  ['session name of 1', { RoleSessionName: 'a' }, 'roleSessionName', atLeast(2)],
  ['session name of 65', { RoleSessionName: 'a'.repeat(65) }, 'roleSessionName', atMost(64)],
  ['session name with space', { RoleSessionName: 'a b' }, 'roleSessionName', matches(word)],
  ['session name with newline', { RoleSessionName: 'ab\n' }, 'roleSessionName', matches(word)],
  ['session name with umlaut', { RoleSessionName: 'aü' }, 'roleSessionName', matches(word)],
  ['duration 899', { DurationSeconds: 899 }, 'durationSeconds', noLess(900)],
  ['duration 43201', { DurationSeconds: 43_201 }, 'durationSeconds', noMore(43_200)],
  ['source identity of 1', { SourceIdentity: 'a' }, 'sourceIdentity', atLeast(2)],
  ['source identity of 65', { SourceIdentity: 'a'.repeat(65) }, 'sourceIdentity', atMost(64)],
  ['source identity with colon', { SourceIdentity: 'a:b' }, 'sourceIdentity', matches(word)],
  ['external id of 1', { ExternalId: 'a' }, 'externalId', atLeast(2)],
  ['external id of 1225', { ExternalId: 'a'.repeat(1225) }, 'externalId', atMost(1224)],
  ['external id with #', { ExternalId: 'a#' }, 'externalId', matches('[\\w+=,.@:\\/-]*')],
  ['serial of 8', { ...mfa, SerialNumber: 'a'.repeat(8) }, 'serialNumber', atLeast(9)],
  ['serial of 257', { ...mfa, SerialNumber: 'a'.repeat(257) }, 'serialNumber', atMost(256)],
  [
    'serial with #',
    { ...mfa, SerialNumber: 'aaaaaaaa#' },
    'serialNumber',
    matches('[\\w+=/:,.@-]*'),
  ],
  ['code of 5', { ...mfa, TokenCode: '12345' }, 'tokenCode', atLeast(6)],
  ['code of 7', { ...mfa, TokenCode: '1234567' }, 'tokenCode', atMost(6)],
  ['code of letters', { ...mfa, TokenCode: 'abcdef' }, 'tokenCode', matches('[\\d]*')],
  ['empty policy', { Policy: '' }, 'policy', atLeast(1)],
  [
    'policy arn of 19',
    { PolicyArns: [{ arn: 'a'.repeat(19) }] },
    'policyArns.1.member.arn',
    atLeast(20),
  ],
  ['tag key of 0', { Tags: [{ Key: '', Value: 'v' }] }, 'tags.1.member.key', atLeast(1)],
  [
    'tag key of 129',
    { Tags: [{ Key: 'k'.repeat(129), Value: '' }] },
    'tags.1.member.key',
    atMost(128),
  ],
  ['tag key with !', { Tags: [{ Key: 'k!', Value: '' }] }, 'tags.1.member.key', matches(tagKey)],
  [
    'tag value of 257',
    { Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] },
    'tags.1.member.value',
    atMost(256),
  ],
  [
    'tag value with #',
    { Tags: [{ Key: 'k', Value: 'a#1' }] },
    'tags.1.member.value',
    matches(tagValue),
  ],
  [
    'transitive key with !',
    { TransitiveTagKeys: ['k!'] },
    'transitiveTagKeys.1.member',
    matches(tagKey),
  ],
])('AssumeRole refuses a %s', async (_, input, place, constraint) => {
  const refusal = await refusalOf(client.send(assume(input)))
  expect(refusal).toMatchObject({ code: 'ValidationError', status: 400 })
  expect(refusal).toHaveProperty(
    'message',
    expect.stringMatching(/^1 validation error detected: Value '[^]*' at '/),
  )
  expect(refusal).toHaveProperty(
    'message',
    expect.stringContaining(` at '${place}' failed to satisfy constraint: ${constraint}`),
  )
})

test.each([
  ['51 tags', { Tags: tags(51) }, 'tags', 50],
  [
    '51 transitive keys',
    { TransitiveTagKeys: tags(51).map(({ Key }) => Key) },
    'transitiveTagKeys',
    50,
  ],
  ['11 policy arns', { PolicyArns: arns(11) }, 'policyArns', 10],
  ['6 contexts', { ProvidedContexts: contexts(6) }, 'providedContexts', 5],
])('AssumeRole refuses %s', async (_, input, place, most) => {
  const message = `1 validation error detected: Value at '${place}' failed to satisfy constraint: ${atMost(most)}`
  const refusal = await refusalOf(client.send(assume(input)))
  expect(refusal).toEqual({ code: 'ValidationError', status: 400, message })
})

const invalid = { code: 'InvalidParameterValue', status: 400 }
// The SDK calls modelled errors by their shape, which ends in `Exception`; the wire does not.
const tooLarge = { code: 'PackedPolicyTooLargeException', status: 400 }
const malformed = { code: 'MalformedPolicyDocumentException', status: 400 }

test.each([
  ['source identity aws:', { SourceIdentity: 'aws:ab' }, { code: 'ValidationError' }],
  ['text that is no ARN', { RoleArn: 'a'.repeat(20) }, { message: 'Request ARN is invalid' }],
  [
    'tag keys alike but for case',
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'A', Value: '2' },
      ],
    },
    invalid,
  ],
  ['reserved tag key', { Tags: [{ Key: 'aws:a', Value: '1' }] }, invalid],
  ['transitive key without its tag', { TransitiveTagKeys: ['absent'] }, invalid],
  ['policy that is no JSON', { Policy: '{' }, malformed],
  ['policy of 2049 characters', { Policy: `{"a":"${'p'.repeat(2041)}"}` }, tooLarge],
  ['policy and arns above 2048', { Policy: '{}', PolicyArns: arns(1, 2047) }, tooLarge],
  [
    'tags that do not fit',
    { Tags: tags(20).map((tag) => ({ ...tag, Value: 'v'.repeat(256) })) },
    tooLarge,
  ],
])('AssumeRole refuses a %s', async (_, input, expected) => {
  const issuedBefore = sts.issued.length
  expect(await refusalOf(client.send(assume(input)))).toMatchObject(expected)
  expect(sts.calls.at(-1)?.code).not.toMatch(/Exception$/)
  expect(sts.issued).toHaveLength(issuedBefore)
})

test.each([
  ['session name', { RoleSessionName: 'a'.repeat(64) }],
  ['session name of every allowed kind', { RoleSessionName: 'aZ09_+=,.@-' }],
  ['shortest duration', { DurationSeconds: 900 }],
  ['longest duration', { DurationSeconds: 43_200 }],
  ['source identity', { SourceIdentity: 'a'.repeat(64) }],
  ['external id', { ExternalId: 'a'.repeat(1224) }],
  [
    '50 tags, all transitive',
    { Tags: tags(50), TransitiveTagKeys: tags(50).map(({ Key }) => Key) },
  ],
  ['tag of every allowed kind', { Tags: [{ Key: 'Ä z 1_.:/=+-@', Value: 'Ü z 1_.:/=+-@' }] }],
  ['longest tag', { Tags: [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }] }],
  ['empty tag value', { Tags: [{ Key: 'k', Value: '' }] }],
  ['10 policy arns', { PolicyArns: arns(10) }],
  ['policy of 2048 characters', { Policy: `{"a":"${'p'.repeat(2040)}"}` }],
  ['5 contexts', { ProvidedContexts: contexts(5) }],
])('AssumeRole takes what is just allowed: %s', async (_, input) => {
  const { Credentials } = await client.send(assume(input))
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
})

test('every fault is named in one error', async () => {
  const { message } = (await refusalOf(
    client.send(assume({ RoleSessionName: 'a', DurationSeconds: 1 })),
  )) as Error
  expect(message).toBe(
    `2 validation errors detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: ${atLeast(2)}; Value '1' at 'durationSeconds' failed to satisfy constraint: ${noLess(900)}`,
  )
})

test('what is missing is named', async () => {
  const { message } = (await refusalOf(
    client.send(assume({ RoleArn: undefined, RoleSessionName: undefined })),
  )) as Error
  expect(message).toContain(
    "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
  )
  expect(message).toContain("Value null at 'roleSessionName'")
})

describe('AssumeRoleWithWebIdentity', () => {
  const call = (differences: object) =>
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: sandboxRoles.web.arn,
      RoleSessionName: 'alice',
      WebIdentityToken: 'token',
      ...differences,
    })
  test.each([
    ['token of 3', { WebIdentityToken: 'abc' }, 'webIdentityToken', atLeast(4)],
    [
      'token of 20001',
      { WebIdentityToken: 'a'.repeat(20_001) },
      'webIdentityToken',
      atMost(20_000),
    ],
    ['policy of 2049', { Policy: 'p'.repeat(2049) }, 'policy', atMost(2048)],
    ['session name of 65', { RoleSessionName: 'a'.repeat(65) }, 'roleSessionName', atMost(64)],
    ['duration 43201', { DurationSeconds: 43_201 }, 'durationSeconds', noMore(43_200)],
  ])('refuses a %s', async (_, input, place, constraint) => {
    const refusal = await refusalOf(client.send(call(input)))
    expect(refusal).toMatchObject({ code: 'ValidationError', status: 400 })
    const end = `at '${place}' failed to satisfy constraint: ${constraint}`
    expect(refusal).toHaveProperty('message', expect.stringContaining(end))
    if ('WebIdentityToken' in input) {
      expect(refusal).toHaveProperty('message', `1 validation error detected: Value ${end}`)
    }
  })
})

describe('GetSessionToken', () => {
  test.each([
    [899, noLess(900)],
    [129_601, noMore(129_600)],
  ])('refuses %i seconds', async (DurationSeconds, constraint) => {
    const refusal = await refusalOf(client.send(new GetSessionTokenCommand({ DurationSeconds })))
    expect(refusal).toMatchObject({ code: 'ValidationError', status: 400 })
    expect(refusal).toHaveProperty('message', expect.stringContaining(constraint))
  })
  test.each([900, 129_600])('takes %i seconds', async (DurationSeconds) => {
    const answer = await client.send(new GetSessionTokenCommand({ DurationSeconds }))
    expect(asKey(answer.Credentials).sessionToken).not.toBe('')
  })
})
