import { describe, expect, test } from 'vitest'
import type { Profile } from '../../../src/providers/aws/profiles.ts'
import { defaultWay, wayTo } from '../../../src/providers/aws/way.ts'

const files = { config: '/config', credentials: '/credentials' }
const keys = { aws_access_key_id: 'AKIA', aws_secret_access_key: 'secret' }
const role = { role_arn: 'arn:aws:iam::123456789012:role/Admin', source_profile: 's' }
const target = { provider: 'aws', path: 'p', role: 'Admin', scope: '', displayNames: [] } as const

const way = (profile: Profile, env: Record<string, string> = {}) =>
  wayTo(target, { p: { ...role, ...profile }, s: keys }, files, env)

describe('a region', () => {
  test.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'x' }, { region: 'y' }, 'eu-west-1'],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-gov-east-1' }, { region: 'y' }, 'us-gov-east-1'],
    [{}, { region: 'ap-southeast-4' }, 'ap-southeast-4'],
    [{}, {}, 'us-east-1'],
  ])('of %j and %j is %s', (env, profile, region) => {
    expect(way(profile, env as Record<string, string>).region).toBe(region)
  })

  const names = ['x.evil.com/', 'x.evil.com', 'a@b', 'us-east-1 ', '-x', '::1', 'a/../b', 'é']
  test.each(names)('that could lead to another host is refused: %s', (region) => {
    const refused = (by: string) =>
      expect.objectContaining({
        kind: 'usage',
        code: 'invalid-region',
        exitCode: 2,
        message: `\`${region}\` is not an AWS region`,
        hint: `${by} names it; write one such as eu-central-1`,
      })
    expect(() => way({ region })).toThrow(refused("the profile's `region`"))
    expect(() => way({}, { AWS_REGION: region })).toThrow(refused('AWS_REGION'))
    expect(() => way({}, { AWS_DEFAULT_REGION: region })).toThrow(refused('AWS_DEFAULT_REGION'))
    expect(() => defaultWay(files, { default: { region } }, {})).toThrow(
      refused("the profile's `region`"),
    )
  })
})

test.each<[string, Profile, string]>([
  ['keys', keys, 'default'],
  ['only a region', { region: 'eu-west-1' }, 'default'],
  ['a credential_process', { credential_process: 'x' }, 'profile'],
  ['Identity Center', { sso_session: 'x' }, 'profile'],
  ['Identity Center of old', { sso_start_url: 'x' }, 'profile'],
  ['aws login', { login_session: 'x' }, 'profile'],
  ['keys besides', { credential_process: 'x', ...keys }, 'default'],
])('a default profile that has %s is asked as it should', (_, profile, kind) => {
  expect(defaultWay(files, { default: profile }, {}).source.kind).toBe(kind)
  expect(defaultWay(files, { default: profile }, { AWS_ACCESS_KEY_ID: 'AKIA' }).source.kind).toBe(
    'default',
  )
})
