import { describe, expect, test } from 'vitest'
import type { Profile } from '../../../../src/providers/aws/config/shared-config.ts'
import { defaultWay, wayTo } from '../../../../src/providers/aws/source/resolve.ts'
import { configOf } from '../config/config-of.ts'

const keys = { aws_access_key_id: 'AKIA', aws_secret_access_key: 'secret' }
const role = { role_arn: 'arn:aws:iam::123456789012:role/Admin', source_profile: 's' }
const target = { provider: 'aws', path: 'p', role: 'Admin', scope: '', displayNames: [] } as const

const way = (profile: Profile, env: Record<string, string> = {}) =>
  wayTo(target, configOf({ p: { ...role, ...profile }, s: keys }), env)

describe('a region', () => {
  test.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'x' }, { region: 'y' }, 'eu-west-1'],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-gov-east-1' }, { region: 'y' }, 'us-gov-east-1'],
    [{}, { region: 'ap-southeast-4' }, 'ap-southeast-4'],
    [{ AWS_REGION: 'us-west-2', PIM_LENT_AWS_REGION: 'us-west-2' }, { region: 'y' }, 'y'],
    [{}, { region: '' }, undefined],
    [{}, {}, undefined],
  ])('of %j and %j is %s', (env, profile, region) => {
    const { sessionRegion, region: asked } = way(profile, env as Record<string, string>)
    expect(sessionRegion).toBe(region)
    expect(asked).toBe(region ?? 'us-east-1')
  })

  test.each<[Record<string, Profile>, string | undefined]>([
    [{ s: { ...keys, region: 'eu-west-2' }, default: { region: 'z' } }, 'eu-west-2'],
    [{ s: keys, default: { region: 'eu-west-3' } }, 'eu-west-3'],
    [{ s: keys, q: { region: 'z' } }, undefined],
  ])('that the target names not is that of %j', (others, region) => {
    expect(wayTo(target, configOf({ p: role, ...others }), {}).sessionRegion).toBe(region)
  })

  test('of a role named by itself is that of the default profile', () => {
    const config = configOf({ default: { ...keys, region: 'eu-west-1' }, work: { region: 'z' } })
    const named = { ...target, path: '123456789012/Admin' }
    expect(wayTo(named, config, {}).sessionRegion).toBe('eu-west-1')
    expect(wayTo(named, config, { AWS_PROFILE: 'work' }).sessionRegion).toBe('z')
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
    expect(() => way({ region })).toThrow(refused('the profile `p`'))
    expect(() => way({}, { AWS_REGION: region })).toThrow(refused('AWS_REGION'))
    expect(() => way({}, { AWS_DEFAULT_REGION: region })).toThrow(refused('AWS_DEFAULT_REGION'))
    expect(() => defaultWay(configOf({ default: { region } }), {})).toThrow(
      refused('the profile `default`'),
    )
  })
})

const center = { sso_start_url: 'u', sso_region: 'r', sso_account_id: '1', sso_role_name: 'R' }

test.each<[string, Profile, string]>([
  ['keys', keys, 'static'],
  ['only a region', { region: 'eu-west-1' }, 'default'],
  ['a credential_process', { credential_process: 'x' }, 'profile'],
  ['Identity Center', center, 'profile'],
  ['aws login', { login_session: 'x' }, 'profile'],
  ['keys besides', { credential_process: 'x', ...keys }, 'profile'],
])('a default profile that has %s is asked as it should', (_, profile, kind) => {
  const config = configOf({ default: profile })
  expect(defaultWay(config, {}).source.kind).toBe(kind)
  expect(defaultWay(config, { AWS_ACCESS_KEY_ID: 'AKIA' }).source.kind).toBe('provided')
})

test('keys of the credentials file come before a process of the config file', () => {
  const config = configOf({ default: { credential_process: 'x' } }, { default: keys })
  expect(defaultWay(config, {}).source.kind).toBe('static')
})

describe('the default profile', () => {
  const config = configOf({ work: keys, other: keys, default: keys })
  test.each<[Record<string, string>, string]>([
    [{}, 'default'],
    [{ AWS_DEFAULT_PROFILE: 'work' }, 'work'],
    [{ AWS_PROFILE: 'work' }, 'work'],
    [{ AWS_PROFILE: '', AWS_DEFAULT_PROFILE: 'work' }, 'work'],
    [{ AWS_PROFILE: 'work', AWS_DEFAULT_PROFILE: 'other' }, 'work'],
  ])('under %j is %s', (env, profile) => {
    expect(defaultWay(config, env).source).toEqual({ kind: 'static', profile })
  })

  test('that is not there is an error which names the variable', () => {
    expect(() => defaultWay(config, { AWS_DEFAULT_PROFILE: 'gone' })).toThrow(
      expect.objectContaining({
        code: 'unknown-profile',
        hint: expect.stringContaining('AWS_DEFAULT_PROFILE'),
      }),
    )
  })
})
