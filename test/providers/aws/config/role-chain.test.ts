import { describe, expect, test } from 'vitest'
import { parseRoleArn, type RoleArn } from '../../../../src/providers/aws/config/arn.ts'
import { chainOfProfile, lastHop } from '../../../../src/providers/aws/config/role-chain.ts'
import type { Profile, Profiles } from '../../../../src/providers/aws/config/shared-config.ts'
import { configOf } from './config-of.ts'

const arn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`
const role = (name: string): RoleArn => {
  const parsed = parseRoleArn(arn(name))
  if (parsed === undefined) throw new Error(name)
  return parsed
}
const keys = { aws_access_key_id: 'AKIA', aws_secret_access_key: 'secret' }
const sso = { sso_start_url: 'u', sso_region: 'r', sso_account_id: '1', sso_role_name: 'R' }
const to = (name: string, more: Profile = {}): Profile => ({ role_arn: arn(name), ...more })

const summary = (name: string, profiles: Profiles) => {
  const { source, hops } = chainOfProfile(name, configOf(profiles))
  const from = 'profile' in source ? source.profile : 'by' in source ? source.by : ''
  return [`${source.kind} ${from}`.trim(), ...hops.map((hop) => hop.role.name)].join(' > ')
}

// As botocore's AssumeRoleProvider resolves the same profiles.
describe('a profile leads from its source to its role', () => {
  const cases: [string, Profiles, string][] = [
    ['keys in the source', { p: to('A', { source_profile: 's' }), s: keys }, 'static s > A'],
    [
      'a source without keys of its own, such as Identity Center',
      { p: to('A', { source_profile: 's' }), s: sso },
      'profile s > A',
    ],
    [
      'a chain',
      { p: to('A', { source_profile: 'q' }), q: to('B', { source_profile: 's' }), s: keys },
      'static s > B > A',
    ],
    [
      'a chain of three',
      {
        p: to('A', { source_profile: 'q' }),
        q: to('B', { source_profile: 'r' }),
        r: to('C', { credential_source: 'EcsContainer' }),
      },
      'provided EcsContainer > C > B > A',
    ],
    ['itself, with keys', { p: to('A', { source_profile: 'p', ...keys }) }, 'static p > A'],
    [
      'keys win over a role in a source',
      {
        p: to('A', { source_profile: 'q' }),
        q: to('B', { source_profile: 's', ...keys }),
        s: keys,
      },
      'static q > A',
    ],
    [
      'keys in the profile itself do not win over its role',
      { p: to('A', { source_profile: 's', ...keys }), s: keys },
      'static s > A',
    ],
    [
      'half a pair of keys in a source, which is refused when it is to sign',
      { p: to('A', { source_profile: 's' }), s: { aws_access_key_id: 'AKIA' } },
      'static s > A',
    ],
    [
      'Identity Center before keys and a process',
      { p: to('A', { source_profile: 's' }), s: { ...sso, ...keys, credential_process: 'x' } },
      'profile s > A',
    ],
    [
      'a process before keys in the same file',
      { p: to('A', { source_profile: 's' }), s: { ...keys, credential_process: 'x' } },
      'profile s > A',
    ],
    [
      'aws login before keys in the same file',
      { p: to('A', { source_profile: 's' }), s: { ...keys, login_session: 'x' } },
      'profile s > A',
    ],
    ...['Environment', 'Ec2InstanceMetadata', 'EcsContainer'].map(
      (by): [string, Profiles, string] => [
        `credentials of ${by}`,
        { p: to('A', { credential_source: by }) },
        `provided ${by} > A`,
      ],
    ),
    ['a token', { p: to('A', { web_identity_token_file: '/t' }) }, 'web-identity > A'],
    [
      'a token before a source',
      { p: to('A', { web_identity_token_file: '/t', source_profile: 's' }), s: keys },
      'web-identity > A',
    ],
    [
      'a token at the start of a chain',
      { p: to('A', { source_profile: 'q' }), q: to('B', { web_identity_token_file: '/t' }) },
      'web-identity > B > A',
    ],
  ]
  test.each(cases)('%s', (_, profiles, chain) => expect(summary('p', profiles)).toBe(chain))
})

describe('what leads nowhere is refused, naming the profile', () => {
  const cases: [string, Profiles, RegExp][] = [
    ['no source', { p: to('A') }, /`p` .*neither source_profile, credential_source nor/],
    [
      'a source without credentials',
      { p: to('A', { source_profile: 's' }), s: { region: 'x' } },
      /`p` .*`s` has no credentials/,
    ],
    [
      'a source with half a pair and a role',
      {
        p: to('A', { source_profile: 'q' }),
        q: to('B', { source_profile: 's', aws_secret_access_key: 'x' }),
        s: keys,
      },
      /`p` .*`q` has no credentials/,
    ],
    [
      'an sso-session that is not there',
      { p: to('A', { source_profile: 's' }), s: { ...sso, sso_session: 'x' } },
      /`s` .*no section \[sso-session x\]/,
    ],
    [
      'half of Identity Center',
      { p: to('A', { source_profile: 's' }), s: { sso_account_id: '1', sso_region: 'r' } },
      /`s` .*no sso_start_url, sso_role_name/,
    ],
    [
      'a security key',
      { p: to('A', { source_profile: 's', mfa_serial: 'arn:aws:iam::1:u2f/user/a/b' }), s: keys },
      /`p` .*security key/,
    ],
    ...['external_id', 'mfa_serial', 'role_session_name', 'web_identity_token_file'].map(
      (key): [string, Profiles, RegExp] => [
        `a blank ${key}`,
        { p: to('A', { source_profile: 's', [key]: '' }), s: keys },
        new RegExp(`its ${key} is blank`),
      ],
    ),
    ['an unknown source', { p: to('A', { source_profile: 'x' }) }, /`p` .*`x` does not exist/],
    [
      'an unknown source further down',
      { p: to('A', { source_profile: 'q' }), q: to('B', { source_profile: 'x' }) },
      /`q` .*`x` does not exist/,
    ],
    ['itself, without keys', { p: to('A', { source_profile: 'p' }) }, /loop: p -> p/],
    [
      'a loop of two',
      { p: to('A', { source_profile: 'q' }), q: to('B', { source_profile: 'p' }) },
      /loop: p -> q -> p/,
    ],
    [
      'a loop further down',
      {
        p: to('A', { source_profile: 'q' }),
        q: to('B', { source_profile: 'r' }),
        r: to('C', { source_profile: 'q' }),
      },
      /loop: p -> q -> r -> q/,
    ],
    [
      'both kinds of source',
      { p: to('A', { source_profile: 's', credential_source: 'Environment' }), s: keys },
      /`p` .*both source_profile and credential_source/,
    ],
    [
      'an unknown kind of source',
      { p: to('A', { credential_source: 'Vault' }) },
      /"Vault" is none of/,
    ],
    [
      'no role in its ARN',
      { p: { role_arn: 'arn:aws:iam::1:role/A', source_profile: 's' }, s: keys },
      /is not a role's ARN/,
    ],
    ['no such profile', {}, /`p` .*no such profile/],
    ...['899', '43201', '1h', '', '3600.5', 'NaN', '-3600'].map(
      (text): [string, Profiles, RegExp] => [
        `duration_seconds ${text}`,
        { p: to('A', { source_profile: 's', duration_seconds: text }), s: keys },
        /duration_seconds .* is not a number from 900 to 43200/,
      ],
    ),
  ]
  test.each(cases)('%s', (_, profiles, message) => {
    expect(() => chainOfProfile('p', configOf(profiles))).toThrow(
      expect.objectContaining({
        code: 'aws-profile-broken',
        exitCode: 2,
        message: expect.stringMatching(message),
        hint: expect.any(String),
      }),
    )
  })
})

test('a hop carries what its profile sets', () => {
  const profiles = {
    p: to('A', {
      source_profile: 's',
      region: 'eu-west-1',
      external_id: 'x1',
      mfa_serial: 'arn:aws:iam::123456789012:mfa/alice',
      role_session_name: 'me',
      duration_seconds: '7200',
    }),
    s: keys,
  }
  const chain = chainOfProfile('p', configOf(profiles))
  expect(lastHop(chain)).toEqual({
    role: role('A'),
    profile: 'p',
    externalId: 'x1',
    mfaSerial: 'arn:aws:iam::123456789012:mfa/alice',
    sessionName: 'me',
    durationSeconds: 7200,
  })
})
