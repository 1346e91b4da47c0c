import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  challengeIn,
  contextChallenge,
  encodedClaims,
  readClaims,
  slotOf,
  together,
} from '../../../../src/providers/microsoft/tokens/claims-challenge.ts'
import type { FailedAnswer } from '../../../../src/providers/microsoft/errors/error-answer.ts'

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
    expect(readClaims(text)).toMatchObject({ contexts: ['c1'], mfa: false, newToken: false })
  })

  test('several contexts', () => {
    const text = '{"access_token":{"acrs":{"essential":true,"values":["c1","c25"]}}}'
    expect(readClaims(text)?.contexts).toEqual(['c1', 'c25'])
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '%E0%A4%A'],
    ['no access token', '{"id_token":{"acrs":{"value":"c1"}}}'],
    ['a factor that is none', '{"access_token":{"amr":{"values":["pwd"]}}}'],
    ['nothing', '{"access_token":{}}'],
    ['no object', '{"access_token":"c1"}'],
    ['a list', '[]'],
  ])('%s is no challenge', (_, text) => {
    expect(readClaims(text)).toBeUndefined()
  })
})

describe('what Microsoft asks for goes to the authority as it was written', () => {
  const location =
    '{"access_token":{"nbf":{"essential":true, "value":"1604106651"},"xms_rp_ipaddr":{"value":"203.0.113.7"}},"id_token":{"x":null}}'

  test.each([
    ['a context of Azure itself', '{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}'],
    ['an address', location],
    ['a claim that pim does not know', '{"access_token":{"new_claim":{"essential":true}}}'],
  ])('%s', (_, text) => {
    const challenge = readClaims(Buffer.from(text).toString('base64'))
    expect(challenge?.claims).toBe(text)
  })

  test('what no token tells of itself needs one that was got for it', () => {
    expect(readClaims(location)).toMatchObject({ contexts: [], mfa: false, newToken: true })
    expect(readClaims(c1)?.newToken).toBe(false)
  })

  test('a context that was met already is asked for beside it, and nothing is lost', () => {
    const challenge = readClaims(location)
    if (challenge === undefined) throw new Error('no challenge')
    expect(JSON.parse(together(challenge, [contextChallenge('c1')]).claims)).toEqual({
      access_token: {
        nbf: { essential: true, value: '1604106651' },
        xms_rp_ipaddr: { value: '203.0.113.7' },
        acrs: { essential: true, value: 'c1' },
      },
      id_token: { x: null },
    })
    expect(together(challenge, [])).toBe(challenge)
  })

  test('whatever a server says, reading it does not throw, and what comes of it is JSON', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.base64String())
    fc.assert(
      fc.property(text, (said) => {
        const challenge = readClaims(said)
        if (challenge === undefined) return
        expect(JSON.parse(challenge.claims)).toHaveProperty('access_token')
        expect(encodedClaims(challenge)).toMatch(/^[\w+/=]+$/)
      }),
    )
  })
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
    expect(challengeIn(answer(400, refused(code, message)))).toMatchObject({ contexts, mfa: false })
    // The status differs from report to report; the code does not.
    expect(challengeIn(answer(403, refused(code, message)))?.contexts).toEqual(contexts)
  })

  test.each(['["MfaRule"]', 'MfaRule - Multi-factor authentication is required'])(
    'by %s alone',
    (rules) => {
      const code = 'RoleAssignmentRequestPolicyValidationFailed'
      const message = `The following policy rules failed: ${rules}`
      expect(challengeIn(answer(400, refused(code, message)))).toMatchObject({
        contexts: [],
        mfa: true,
      })
    },
  )

  test.each([
    ['RequestDisallowedByAzure', 'Users must sign in without authenticating through MFA.'],
    ['RequestDisallowedByPolicy', 'Resource x was disallowed by policy. Reasons: MFA is required.'],
  ])('by %s, whatever the status and without a header', (code, message) => {
    for (const status of [401, 403]) {
      expect(challengeIn(answer(status, refused(code, message)))?.mfa).toBe(true)
    }
  })

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
    [403, refused('RequestDisallowedByPolicy', 'Reasons: the region is not allowed.'), undefined],
    [401, undefined, 'Bearer error="invalid_token"'],
    [401, undefined, undefined],
  ])('but not by %i %j %s', (status, body, challenge) => {
    expect(challengeIn(answer(status, body, challenge))).toBeUndefined()
  })
})

test('what must be kept apart has names of its own', () => {
  expect(slotOf({ contexts: ['c2', 'c1'], mfa: true })).toBe('c1+c2+mfa')
  expect(slotOf({ contexts: [], mfa: false })).toBe('')
})
