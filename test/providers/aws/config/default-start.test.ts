import { describe, expect, test } from 'vitest'
import { parseRoleArn, type RoleArn } from '../../../../src/providers/aws/config/arn.ts'
import { chainOfRole } from '../../../../src/providers/aws/config/role-chain.ts'
import type { Profile, Profiles } from '../../../../src/providers/aws/config/shared-config.ts'
import { configOf } from './config-of.ts'

const arn = (name: string): string => `arn:aws:iam::123456789012:role/${name}`
const role = (name: string): RoleArn => {
  const parsed = parseRoleArn(arn(name))
  if (parsed === undefined) throw new Error(name)
  return parsed
}
const keys = { aws_access_key_id: 'AKIA', aws_secret_access_key: 'secret' }
const to = (name: string, more: Profile = {}): Profile => ({ role_arn: arn(name), ...more })

describe('a role named by itself starts from the default credentials', () => {
  const token = { AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: arn('T') }
  const inEnvironment = { AWS_ACCESS_KEY_ID: 'AKIA' }
  const ofRole = { default: to('B', { source_profile: 's' }), s: keys }
  test.each<[string, Profiles, Readonly<Record<string, string>>, string]>([
    ['where nothing is set', {}, {}, 'default > A'],
    ['where the default profile has keys', { default: keys }, {}, 'static > A'],
    ['where it has a process', { default: { credential_process: 'x' } }, {}, 'profile > A'],
    ['where it has only a region', { default: { region: 'x' } }, {}, 'default > A'],
    ['where it is a role', ofRole, {}, 'static > B > A'],
    ['where keys are in the environment', ofRole, inEnvironment, 'provided > A'],
    [
      'where an empty key is in the environment',
      ofRole,
      { AWS_ACCESS_KEY_ID: '' },
      'static > B > A',
    ],
    ['where a token is in the environment', { default: keys }, token, 'web-identity > T > A'],
    ['where a role comes before the token', ofRole, token, 'static > B > A'],
    ['where keys come before the token', ofRole, { ...token, ...inEnvironment }, 'provided > A'],
  ])('%s', (_, profiles, env, chain) => {
    const { source, hops } = chainOfRole(role('A'), configOf(profiles), 'default', env)
    expect([source.kind, ...hops.map((hop) => hop.role.name)].join(' > ')).toBe(chain)
  })

  test('and a token carries the session name that the environment gives it', () => {
    const env = { ...token, AWS_ROLE_SESSION_NAME: 'pod' }
    const [first] = chainOfRole(role('A'), configOf({}), 'default', env).hops
    expect(first).toMatchObject({ sessionName: 'pod', webIdentityTokenFile: '/t' })
  })
})
