import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  challengeIn,
  claimsOf,
  readClaims,
  slotOf,
  type Challenge,
} from '../../../src/providers/microsoft/claims.ts'
import type { FailedAnswer } from '../../../src/providers/microsoft/failure.ts'

const c1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

function answer(status: number, body: unknown, challenge?: string): FailedAnswer {
  const get = (name: string): string | undefined =>
    name === 'www-authenticate' ? challenge : undefined
  return { status, body, headers: { get }, resource: 'arm' }
}

describe('claims are read in every form they come in', () => {
  test.each([
    ['JSON', c1],
    ['JSON with blanks', '{"access_token":{"acrs":{"essential":true, "value":"c1"}}}'],
    ['URL-encoded', encodeURIComponent(c1)],
    ['base64', Buffer.from(c1).toString('base64')],
    ['base64url', Buffer.from(c1).toString('base64url')],
    ['URL-encoded base64', encodeURIComponent(Buffer.from(c1).toString('base64'))],
  ])('%s', (_, text) => {
    expect(readClaims(text)).toEqual({ contexts: ['c1'], mfa: false })
  })

  test('several contexts', () => {
    const text = '{"access_token":{"acrs":{"essential":true,"values":["c1","c25"]}}}'
    expect(readClaims(text)?.contexts).toEqual(['c1', 'c25'])
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '%E0%A4%A'],
    ['no access token', '{"id_token":{"acrs":{"value":"c1"}}}'],
    ['a context that is none', '{"access_token":{"acrs":{"value":"c1 openid"}}}'],
    ['a context of another kind', '{"access_token":{"acrs":{"value":"urn:other"}}}'],
    ['a factor that is none', '{"access_token":{"amr":{"values":["pwd"]}}}'],
    ['a time that is none', '{"access_token":{"nbf":{"value":"soon"}}}'],
    ['a list', '[]'],
  ])('%s is no challenge', (_, text) => {
    expect(readClaims(text)).toBeUndefined()
  })
})

test('nothing but what we understand gets into a sign-in', () => {
  const text = JSON.stringify({
    access_token: {
      acrs: { essential: true, value: 'c1', evil: '"}' },
      amr: { values: ['mfa', 'evil'] },
      nbf: { essential: true, value: '1604106651' },
      evil: { value: 'x' },
    },
    id_token: { evil: null },
  })
  const challenge = readClaims(text)
  expect(challenge).toBeDefined()
  expect(JSON.parse(claimsOf(challenge as Challenge))).toEqual({
    access_token: {
      acrs: { essential: true, value: 'c1' },
      amr: { values: ['mfa'] },
      nbf: { essential: true, value: '1604106651' },
    },
  })
})

test('whatever a server says, reading it does not throw, and what comes of it is of the known form', () => {
  const text = fc.oneof(fc.string(), fc.json(), fc.base64String())
  fc.assert(
    fc.property(text, (said) => {
      const challenge = readClaims(said)
      if (challenge !== undefined) {
        expect(claimsOf(challenge)).toMatch(/^\{"access_token":\{[\w":{},[\]]*\}\}$/)
      }
    }),
  )
})

test('what is written can be read again', () => {
  const contexts = fc.uniqueArray(fc.integer({ min: 1, max: 99 }).map((number) => `c${number}`))
  fc.assert(
    fc.property(contexts, fc.boolean(), (names, mfa) => {
      fc.pre(names.length > 0 || mfa)
      expect(readClaims(claimsOf({ contexts: names, mfa }))).toEqual({ contexts: names, mfa })
    }),
  )
})

describe('an answer asks for another sign-in', () => {
  const refused = (code: string, message: string) => ({ error: { code, message } })
  const encoded = encodeURIComponent(c1)
  const header = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(c1).toString('base64')}"`

  test.each([
    ['RoleAssignmentRequestAcrsValidationFailed', `&claims=${encoded}`],
    ['RoleAssignmentRequestAcrsValidationFailed', `claims=${encoded}`],
    ['GroupAssignmentRequestAcrsValidationFailed', `Sign in again. &claims=${encoded}&more=1`],
    [
      'RoleAssignmentRequestAcrsValidationFailed',
      `&claims=${Buffer.from(c1).toString('base64url')}`,
    ],
  ])('by %s: %s', (code, message) => {
    const contexts = ['c1']
    expect(challengeIn(answer(400, refused(code, message)))).toEqual({ contexts, mfa: false })
    // The status differs from report to report; the code does not.
    expect(challengeIn(answer(403, refused(code, message)))?.contexts).toEqual(contexts)
  })

  test.each(['["MfaRule"]', 'MfaRule - Multi-factor authentication is required'])(
    'by %s alone',
    (rules) => {
      const code = 'RoleAssignmentRequestPolicyValidationFailed'
      const message = `The following policy rules failed: ${rules}`
      expect(challengeIn(answer(400, refused(code, message)))).toEqual({ contexts: [], mfa: true })
    },
  )

  test('by a header', () => {
    expect(challengeIn(answer(401, undefined, header))?.contexts).toEqual(['c1'])
  })

  test.each([
    [400, refused('RoleAssignmentRequestAcrsValidationFailed', 'no claims'), undefined],
    [
      400,
      refused('RoleAssignmentRequestPolicyValidationFailed', '["MfaRule","TicketingRule"]'),
      undefined,
    ],
    [400, refused('Other', `claims=${encoded}`), undefined],
    [403, undefined, header],
    [401, undefined, 'Bearer error="invalid_token"'],
    [401, undefined, undefined],
  ])('but not by %i %j %s', (status, body, challenge) => {
    expect(challengeIn(answer(status, body, challenge))).toBeUndefined()
  })
})

test('what must be kept apart has names of its own', () => {
  expect(slotOf({ contexts: ['c2', 'c1'], mfa: true })).toBe('c1+c2+mfa')
  expect(slotOf({ contexts: [], mfa: false, notBefore: '1' })).toBe('')
})
