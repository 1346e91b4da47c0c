import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/core/credentials.ts'
import { lend, lentNames } from '../../../src/providers/aws/environment.ts'
import { elevation } from '../../core/elevations.ts'

const keys = {
  accessKeyId: 'ASIA0000000000000001',
  secretAccessKey: 'the-secret-key',
  sessionToken: 'the-session-token',
  expiration: new Date('2026-03-01T13:00:00Z'),
}
const inEurope = elevation({ facts: { region: 'eu-west-1' } })

test('a program gets the session, and its secrets as secrets', () => {
  const { set } = lend(elevation({ facts: {} }), keys, {})
  expect(set).toEqual({
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: expect.any(Secret),
    AWS_SESSION_TOKEN: expect.any(Secret),
    AWS_CREDENTIAL_EXPIRATION: '2026-03-01T13:00:00.000Z',
  })
  expect(JSON.stringify(set)).not.toMatch(/the-s/)
  expect(Object.keys(set)).toEqual(lentNames)
})

describe('the region', () => {
  test.each([
    ['of the elevation', {}, 'eu-west-1', 'eu-west-1'],
    ['of the person', { AWS_REGION: 'us-west-2' }, 'us-west-2', 'eu-west-1'],
    [
      'set to nothing is not set',
      { AWS_REGION: '', AWS_DEFAULT_REGION: '' },
      'eu-west-1',
      'eu-west-1',
    ],
  ])('%s', (_, env, region, fallback) => {
    const { set } = lend(inEurope, keys, env)
    expect([set.AWS_REGION, set.AWS_DEFAULT_REGION]).toEqual([region, fallback])
  })
})

test('nothing is left by which a program would act as somebody else', () => {
  const { set, unset } = lend(inEurope, keys, {})
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
