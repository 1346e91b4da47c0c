import { describe, expect, test } from 'vitest'
import {
  isOfNoUse,
  signInError,
} from '../../../../src/providers/microsoft/errors/sign-in-errors.ts'
import {
  consentNumbers,
  signInMeanings,
} from '../../../../src/providers/microsoft/errors/aadsts-codes.ts'

const consent = {
  authority: 'https://login.example',
  graph: 'https://graph.example',
  tenant: 'tenant',
  clientId: 'client',
}
const onGraph = { resource: 'graph', consent } as const
const onArm = { resource: 'arm', consent } as const

/** As the library throws what the authority said. */
function thrown(number: string | undefined, errorCode = 'invalid_grant'): Error {
  const words = `Words of Microsoft.\r\nTrace ID: 1\r\nCorrelation ID: 2`
  const message = number === undefined ? words : `AADSTS${number}: ${words}`
  return Object.assign(new Error(`${errorCode}: ${message}`), {
    name: 'ServerError',
    errorCode,
    correlationId: 'correlation',
  })
}

describe('a number of the authority', () => {
  test.each([
    ['50011', 'sign-in', 'redirect-refused'],
    ['7000218', 'sign-in', 'redirect-refused'],
    ['50076', 'sign-in', 'mfa-needed'],
    ['50079', 'sign-in', 'mfa-enrolment-needed'],
    ['53000', 'sign-in', 'device-refused'],
    ['53001', 'sign-in', 'device-refused'],
    ['53003', 'sign-in', 'access-blocked'],
    ['50173', 'sign-in', 'sign-in-revoked'],
    ['700082', 'sign-in', 'sign-in-expired'],
    ['50105', 'refused', 'not-assigned'],
    ['65004', 'sign-in', 'sign-in-declined'],
    ['90002', 'sign-in', 'tenant-unknown'],
    ['700016', 'sign-in', 'application-unknown'],
    ['7000215', 'sign-in', 'application-secret-refused'],
    ['700213', 'sign-in', 'federation-refused'],
    ['90033', 'unavailable', 'provider-failing'],
  ])('AADSTS%s is %s, %s', (number, kind, code) => {
    expect(signInError(thrown(number), onGraph)).toMatchObject({
      kind,
      code,
      provider: { code: `AADSTS${number}`, requestId: 'correlation' },
      hint: expect.stringMatching(/./),
    })
  })

  test.each(Object.entries(signInMeanings))(
    '%s says what it means and what to do',
    (_, meaning) => {
      expect(meaning.says).toMatch(/^[^A-Z].*[^.]$/)
      expect(meaning.hint).toMatch(/^[^A-Z].*[^.]$/)
    },
  )

  test.each(consentNumbers)('AADSTS%s is missing consent', (number) => {
    const error = signInError(thrown(number), onGraph)
    expect(error).toMatchObject({ kind: 'sign-in', code: 'consent-missing' })
    expect(error.message).toContain('RoleAssignmentSchedule.ReadWrite.Directory (activating')
    expect(error.hint).toContain('https://login.example/tenant/v2.0/adminconsent?client_id=client')
    expect(signInError(thrown(number), onArm)).toMatchObject({
      code: 'consent-missing',
      message: 'the application client may not ask for Azure resource roles',
      hint: expect.stringContaining('az login'),
    })
  })

  test('that nobody knows is told in its own words, without what only helps Microsoft', () => {
    expect(signInError(thrown('99999'), onGraph)).toMatchObject({
      kind: 'sign-in',
      code: 'sign-in-failed',
      message: 'the sign-in failed: AADSTS99999: Words of Microsoft.',
      provider: { code: 'AADSTS99999' },
    })
  })
})

test.each([
  ['access_denied', 'sign-in-declined'],
  ['authorization_declined', 'sign-in-declined'],
  ['no_tokens_found', 'sign-in-expired'],
  ['refresh_token_expired', 'sign-in-expired'],
  ['device_code_expired', 'sign-in-expired'],
  ['temporarily_unavailable', 'provider-failing'],
])('%s has a meaning without a number', (name, code) => {
  expect(signInError(thrown(undefined, name), onGraph).code).toBe(code)
})

test.each([
  ['65001', 'invalid_grant', true],
  ['65002', 'invalid_request', true],
  ['700016', 'unauthorized_client', true],
  ['50173', 'invalid_grant', true],
  ['50076', 'interaction_required', false],
  ['53003', 'access_denied', false],
  ['90033', 'temporarily_unavailable', false],
] as const)('after AADSTS%s (%s) another sign-in may do for ARM: %s', (number, name, isUseless) => {
  const error = thrown(number, name)
  expect(isOfNoUse(error, signInError(error, onArm))).toBe(isUseless)
})

test.each([undefined, null, 'text', 1, {}, new Error('')])('%j is read without trouble', (what) => {
  expect(signInError(what, onGraph)).toMatchObject({ kind: 'sign-in', code: 'sign-in-failed' })
})

test('what a stranger says cannot drive the terminal', () => {
  const { message } = signInError(new Error('\u001b[2J\u202eno'), onGraph)
  expect(message).toBe('the sign-in failed: \\u{1b}[2J\\u{202e}no')
})
