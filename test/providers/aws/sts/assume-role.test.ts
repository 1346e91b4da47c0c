import { STSServiceException } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { assumeWithFallback, type Extras } from '../../../../src/providers/aws/sts/assume-role.ts'
import type { Assumed, AssumeRole } from '../../../../src/providers/aws/sts/sts.ts'

const call = {
  roleArn: 'arn:aws:iam::123456789012:role/Admin',
  sessionName: 'alice-e1',
  durationSeconds: 7200,
}
const assumed: Assumed = {
  keys: { accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't', expiration: new Date(0) },
  arn: 'arn:aws:sts::123456789012:assumed-role/Admin/alice-e1',
}
const tags = [{ Key: 'Justification', Value: 'why' }]
const all: Extras = {
  tags,
  sessionTags: 'try',
  sourceIdentity: 'alice',
  sourceIdentityInsistence: 'try',
}

function refusal(name: string, message: string): STSServiceException {
  return new STSServiceException({ name, message, $fault: 'client', $metadata: {} })
}
const denied = (action: string): STSServiceException =>
  refusal('AccessDenied', `User: u is not authorized to perform: ${action} on resource: r`)
const tooLong = refusal('ValidationError', 'The requested DurationSeconds exceeds the maximum')

/** A role that refuses what `objection` finds in a call. */
async function ask(
  extras: Extras,
  objection: (call: AssumeRole) => Error | undefined,
  from = call,
) {
  const calls: AssumeRole[] = []
  const outcome = await assumeWithFallback(from, extras, async (asked) => {
    calls.push(asked)
    const error = objection(asked)
    if (error !== undefined) throw error
    return assumed
  }).catch((error: unknown) => error)
  return { calls, outcome }
}

const noTags = (asked: AssumeRole) => (asked.tags ? denied('sts:TagSession') : undefined)
const noIdentity = (asked: AssumeRole) =>
  asked.sourceIdentity === undefined ? undefined : denied('sts:SetSourceIdentity')
const atMost = (seconds: number) => (asked: AssumeRole) =>
  asked.durationSeconds > seconds ? tooLong : undefined

describe('a role that takes everything', () => {
  test('is asked once, with tags and source identity', async () => {
    const { calls, outcome } = await ask(all, () => undefined)
    expect(calls).toEqual([{ ...call, tags, sourceIdentity: 'alice' }])
    expect(outcome).toEqual({ assumed, notices: [], leftOut: [] })
  })

  test.each([
    ['tags switched off', { ...all, sessionTags: 'off' }, ['sourceIdentity']],
    ['identity switched off', { ...all, sourceIdentityInsistence: 'off' }, ['tags']],
    ['no tags to send', { ...all, tags: [] }, ['sourceIdentity']],
    ['no identity known', { ...all, sourceIdentity: undefined }, ['tags']],
  ] as [string, Extras, string[]][])('%s are not sent', async (_, extras, sent) => {
    const { calls } = await ask(extras, () => undefined)
    const [only] = calls
    expect(Object.keys(only ?? {}).filter((key) => !(key in call))).toEqual(sent)
  })
})

describe('a role that refuses', () => {
  test.each([
    ['tags', noTags, ['session tags'], 2],
    ['a source identity', noIdentity, ['source identity'], 2],
    ['both', (a: AssumeRole) => noTags(a) ?? noIdentity(a), ['session tags', 'source identity'], 3],
    [
      'both, the other way round',
      (a: AssumeRole) => noIdentity(a) ?? noTags(a),
      ['source identity', 'session tags'],
      3,
    ],
  ])('%s gets a call without just that', async (_, objection, leftOut, count) => {
    const { calls, outcome } = await ask(all, objection)
    expect(outcome).toMatchObject({ leftOut })
    expect((outcome as { notices: string[] }).notices).toHaveLength(leftOut.length)
    expect(calls).toHaveLength(count)
  })

  test('everything at once gets a call without it, for less, and a notice of each', async () => {
    const objection = (a: AssumeRole) => noTags(a) ?? noIdentity(a) ?? atMost(3600)(a)
    const { calls, outcome } = await ask(all, objection)
    expect(outcome).toMatchObject({
      leftOut: ['session tags', 'source identity'],
      notices: [
        expect.stringContaining('tags'),
        expect.stringContaining('source identity'),
        '2h was asked for; 1h was granted, since the role allows less',
      ],
    })
    expect(calls.at(-1)).toEqual({ ...call, durationSeconds: 3600 })
    expect(calls).toHaveLength(4)
  })

  test.each([
    ['tags', { ...all, sessionTags: 'require' }, noTags],
    ['a source identity', { ...all, sourceIdentityInsistence: 'require' }, noIdentity],
  ] as [string, Extras, typeof noTags][])(
    '%s that are required stay refused',
    async (_, extras, objection) => {
      const { calls, outcome } = await ask(extras, objection)
      expect(calls).toHaveLength(1)
      expect(outcome).toMatchObject({ name: 'AccessDenied' })
    },
  )

  test.each([
    ['the role itself', denied('sts:AssumeRole')],
    ['without saying what', refusal('AccessDenied', 'no')],
    ['the code', refusal('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA')],
    ['the parameters', refusal('ValidationError', 'Value at roleSessionName failed')],
    ['the token', refusal('ExpiredToken', 'expired')],
  ])('%s is not asked again', async (_, error) => {
    const { calls, outcome } = await ask(all, () => error)
    expect(calls).toHaveLength(1)
    expect(outcome).toBe(error)
  })

  test('tags even where none were sent is not asked again and again', async () => {
    const { calls } = await ask({ ...all, tags: [] }, () => denied('sts:TagSession'))
    expect(calls).toHaveLength(1)
  })
})

describe('a shorter session', () => {
  test.each([
    [43_200, 3600, '12h', '1h', [43_200, 3600]],
    [3601, 3600, '1h1s', '1h', [3601, 3600]],
    [7200, 1800, '2h', '30m', [7200, 3600, 1800]],
    [7200, 900, '2h', '15m', [7200, 3600, 1800, 900]],
    [3600, 1800, '1h', '30m', [3600, 1800]],
    [2000, 1800, '33m20s', '30m', [2000, 1800]],
    [1800, 900, '30m', '15m', [1800, 900]],
    [1000, 900, '16m40s', '15m', [1000, 900]],
  ])('in place of %i s is one of %i s', async (asked, most, wanted, granted, lengths) => {
    const { calls, outcome } = await ask(all, atMost(most), { ...call, durationSeconds: asked })
    expect(calls.map((one) => one.durationSeconds)).toEqual(lengths)
    expect(outcome).toEqual({
      assumed,
      leftOut: [],
      notices: [`${wanted} was asked for; ${granted} was granted, since the role allows less`],
    })
  })

  test('that is refused too is the refusal', async () => {
    const { calls, outcome } = await ask(all, atMost(0))
    expect(calls.map((one) => one.durationSeconds)).toEqual([7200, 3600, 1800, 900])
    expect(outcome).toBe(tooLong)
  })

  test.each([900, 600])('is never longer than the %i s asked for', async (asked) => {
    const { calls, outcome } = await ask(all, atMost(0), { ...call, durationSeconds: asked })
    expect(calls.map((one) => one.durationSeconds)).toEqual([asked])
    expect(outcome).toBe(tooLong)
  })
})
