import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isRoleSession,
  parseAccountAndRole,
  parseRoleArn,
  personOf,
} from '../../../../src/providers/aws/config/arn.ts'
import { anyText } from '../../../core/any-text.ts'

describe('a role’s ARN', () => {
  test.each([
    ['arn:aws:iam::123456789012:role/Admin', 'aws', 'Admin', 'Admin'],
    ['arn:aws:iam::123456789012:role/team/ops/Admin', 'aws', 'team/ops/Admin', 'Admin'],
    ['arn:aws-cn:iam::123456789012:role/Admin', 'aws-cn', 'Admin', 'Admin'],
    ['arn:aws-us-gov:iam::123456789012:role/Admin', 'aws-us-gov', 'Admin', 'Admin'],
    ['arn:aws-iso-b:iam::123456789012:role/A', 'aws-iso-b', 'A', 'A'],
    ['arn:aws:iam::123456789012:role/a+b=c,d.e@f-g_h', 'aws', 'a+b=c,d.e@f-g_h', 'a+b=c,d.e@f-g_h'],
    [
      'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef',
      'aws',
      'aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef',
      'AWSReservedSSO_Admin_0123456789abcdef',
    ],
  ])('%s is read', (arn, partition, path, name) => {
    expect(parseRoleArn(arn)).toEqual({ arn, partition, account: '123456789012', path, name })
  })

  test.each([
    '',
    'arn:aws:iam::123456789012:user/alice',
    'arn:aws:sts::123456789012:assumed-role/Admin/alice',
    'arn:aws:iam::12345678901:role/Admin',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam::123456789012:role//Admin',
    'arn:aws:iam::123456789012:role/Admin ',
    'arn:aws:iam::123456789012:role/Admin\n',
    'arn:aws:iam::123456789012:role/Ad min',
    `arn:aws:iam::123456789012:role/${'x'.repeat(65)}`,
    'arn:gcp:iam::123456789012:role/Admin',
    'ARN:AWS:IAM::123456789012:ROLE/ADMIN',
  ])('%j is none', (text) => expect(parseRoleArn(text)).toBeUndefined())
})

test.each([
  ['123456789012/Admin', 'arn:aws:iam::123456789012:role/Admin'],
  ['123456789012/team/Admin', 'arn:aws:iam::123456789012:role/team/Admin'],
  ['123456789012/', undefined],
  ['12345678901/Admin', undefined],
  ['1234567890123/Admin', undefined],
  ['prod/Admin', undefined],
  ['123456789012/Ad min', undefined],
])('account and role %j: %s', (text, arn) => expect(parseAccountAndRole(text)?.arn).toBe(arn))

test.each([
  ['arn:aws:iam::123456789012:user/alice', 'alice', false],
  ['arn:aws:iam::123456789012:user/team/alice', 'alice', false],
  ['arn:aws:iam::123456789012:root', 'root', false],
  ['arn:aws:sts::123456789012:assumed-role/Admin/alice@example.com', 'alice@example.com', true],
  ['arn:aws:sts::123456789012:federated-user/bob', 'bob', false],
  ['arn:aws-cn:sts::123456789012:assumed-role/A/i-0abc', 'i-0abc', true],
  ['', '', false],
])('the caller %s is %s (role session: %s)', (arn, person, isSession) => {
  expect([personOf(arn), isRoleSession(arn)]).toEqual([person, isSession])
})

test('junk never crashes', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      expect(() => [parseRoleArn(text), parseAccountAndRole(text), personOf(text)]).not.toThrow()
    }),
  )
})
