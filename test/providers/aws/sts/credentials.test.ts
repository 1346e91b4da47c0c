import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../../src/core/credentials.ts'
import { PimError } from '../../../../src/core/errors.ts'
import {
  credentialProcessAnswer,
  fromSecret,
  toSecret,
} from '../../../../src/providers/aws/sts/credentials.ts'
import { anyText } from '../../../core/any-text.ts'

const keys = {
  accessKeyId: 'ASIA0000000000000001',
  secretAccessKey: 'the/secret+key',
  sessionToken: 'the-session-token==',
  expiration: new Date('2026-03-01T13:00:00Z'),
  accountId: '123456789012',
}

test('what a store keeps is read back as it was', () => {
  expect(fromSecret(toSecret(keys))).toEqual(keys)
  const { accountId: _, ...bare } = keys
  expect(fromSecret(toSecret(bare))).toEqual(bare)
  expect(String(toSecret(keys))).toBe('[secret]')
})

describe('the credential_process contract', () => {
  test('is answered with the number 1 as its version', () => {
    const answer = credentialProcessAnswer(keys)
    expect(answer).toEqual({
      Version: 1,
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: '2026-03-01T13:00:00.000Z',
      AccountId: '123456789012',
    })
    expect(JSON.stringify(answer)).toMatch(/^\{"Version":1,/)
  })

  test('without an account where none is known', () => {
    const { accountId: _, ...bare } = keys
    expect(credentialProcessAnswer(bare)).not.toHaveProperty('AccountId')
  })
})

describe('junk from a store is an error that repeats none of it', () => {
  const whole = { ...keys, expiration: keys.expiration.toISOString() }
  test.each([
    '',
    'the-session-token',
    '{',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...whole, accessKeyId: '' }),
    JSON.stringify({ ...whole, secretAccessKey: 7 }),
    JSON.stringify({ ...whole, sessionToken: undefined }),
    JSON.stringify({ ...whole, expiration: 'tomorrow' }),
    JSON.stringify({ ...whole, expiration: 1_772_370_000 }),
  ])('%j', (text) => {
    expect(() => fromSecret(new Secret(text))).toThrow(
      expect.objectContaining({
        code: 'store-corrupt',
        exitCode: 6,
        message: 'the stored credentials cannot be read',
      }),
    )
  })

  test('whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), fc.json()), (text) => {
        expect(() => fromSecret(new Secret(text))).toThrow(PimError)
      }),
    )
  })
})
