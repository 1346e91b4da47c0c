import { expect, test } from 'vitest'
import { Secret } from '../../../../src/core/credentials.ts'
import { lend, lentNames } from '../../../../src/providers/aws/sts/environment.ts'

const keys = {
  accessKeyId: 'ASIA0000000000000001',
  secretAccessKey: 'the-secret-key',
  sessionToken: 'the-session-token',
  expiration: new Date('2026-03-01T13:00:00Z'),
}
test('a program gets the session, and its secrets as secrets', () => {
  const { set } = lend(keys, undefined, {})
  expect(set).toEqual({
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: expect.any(Secret),
    AWS_SESSION_TOKEN: expect.any(Secret),
    AWS_CREDENTIAL_EXPIRATION: '2026-03-01T13:00:00.000Z',
  })
  expect(JSON.stringify(set)).not.toMatch(/the-s/)
  expect(Object.keys(set)).toEqual(lentNames)
})

test('the region is the same under both names, and known as pim’s', () => {
  const { set, wantedBack } = lend(keys, 'eu-west-1', {})
  expect(set).toMatchObject({
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    PIM_LENT_AWS_REGION: 'eu-west-1',
    PIM_LENT_AWS_DEFAULT_REGION: 'eu-west-1',
  })
  expect(wantedBack).toEqual(expect.arrayContaining(['AWS_REGION', 'AWS_DEFAULT_REGION']))
})

test('a region that is the person’s own anyway carries no mark', () => {
  const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-3' }
  const { set, wantedBack } = lend(keys, 'eu-west-1', env)
  expect(Object.keys(set).filter((name) => name.includes('LENT'))).toEqual([
    'PIM_LENT_AWS_DEFAULT_REGION',
  ])
  expect(wantedBack).not.toContain('AWS_REGION')
})

test('nothing is left by which a program would act as somebody else', () => {
  const { set, unset } = lend(keys, 'eu-west-1', {})
  expect(unset).toEqual(
    expect.arrayContaining([
      'AWS_PROFILE',
      'AWS_DEFAULT_PROFILE',
      'AWS_SECURITY_TOKEN',
      'AWS_ROLE_ARN',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ]),
  )
  expect(unset.filter((name) => name in set)).toEqual([])
})
