import { STSServiceException } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../../src/core/errors.ts'
import { errorCode } from '../../../../src/providers/aws/errors/service-errors.ts'
import {
  refusedAction,
  stsError,
  wantsShorterSession,
} from '../../../../src/providers/aws/errors/sts-errors.ts'
import type { FailedCall } from '../../../../src/providers/aws/errors/sts-error-codes.ts'

function answer(name: string, status = 400, message = 'as AWS words it'): STSServiceException {
  return new STSServiceException({
    name,
    message,
    $fault: status >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode: status, requestId: 'r-1' },
  })
}

const call: FailedCall = {
  target: 'aws:prod',
  what: 'assume arn:aws:iam::123456789012:role/Admin',
  signIn: 'sign in with `aws sso login --profile base`',
  withMfa: false,
  secrets: [],
  clockAheadMs: 0,
}

/** Every code of api/aws.md, and what pim makes of it. */
const codes: [code: string, status: number, kind: string, pimCode: string, exitCode: number][] = [
  ['AccessDenied', 403, 'refused', 'access-denied', 3],
  ['ExpiredToken', 403, 'sign-in', 'source-credentials-expired', 4],
  ['InvalidClientTokenId', 403, 'sign-in', 'source-credentials-unknown', 4],
  ['UnrecognizedClient', 403, 'sign-in', 'source-credentials-unknown', 4],
  ['MissingAuthenticationToken', 403, 'sign-in', 'source-credentials-missing', 4],
  ['SignatureDoesNotMatch', 403, 'sign-in', 'signature-refused', 4],
  ['InvalidSignature', 403, 'sign-in', 'signature-refused', 4],
  ['RequestExpired', 400, 'sign-in', 'signature-refused', 4],
  ['ExpiredTradeInToken', 400, 'sign-in', 'token-expired', 4],
  ['InvalidIdentityToken', 400, 'sign-in', 'identity-token-invalid', 4],
  ['IDPRejectedClaim', 403, 'refused', 'identity-provider-refused', 3],
  ['IDPCommunicationError', 400, 'unavailable', 'identity-provider-unreachable', 6],
  ['MalformedPolicyDocument', 400, 'usage', 'policy-malformed', 2],
  ['PackedPolicyTooLarge', 400, 'usage', 'tags-too-large', 2],
  ['RegionDisabled', 403, 'refused', 'region-disabled', 3],
  ['SessionDurationEscalation', 403, 'refused', 'duration-refused', 3],
  ['JWTPayloadSizeExceeded', 400, 'usage', 'token-too-large', 2],
  ['OutboundWebIdentityFederationDisabled', 403, 'refused', 'federation-disabled', 3],
  ['ValidationError', 400, 'usage', 'request-invalid', 2],
  ['Validation', 400, 'usage', 'request-invalid', 2],
  ['InvalidParameterValue', 400, 'usage', 'request-invalid', 2],
  ['Throttling', 400, 'unavailable', 'throttled', 6],
  ['TooManyRequests', 429, 'unavailable', 'throttled', 6],
  ['RequestLimitExceeded', 503, 'unavailable', 'throttled', 6],
  ['ServiceUnavailable', 503, 'unavailable', 'provider-failing', 6],
  ['InternalFailure', 500, 'unavailable', 'provider-failing', 6],
  ['SomethingElse', 429, 'unavailable', 'throttled', 6],
  ['SomethingNew', 400, 'refused', 'provider-refused', 3],
]

describe.each(codes)('%s (%i) is %s, %s, exit code %i', (name, status, kind, code, exitCode) => {
  test.each([name, `${name}Exception`])('as %s', (wire) => {
    const error = stsError(answer(wire, status), call)
    expect(error).toMatchObject({ kind, code, exitCode, target: 'aws:prod' })
    expect(error.hint).toMatch(/\S/)
    expect(error.message).toMatch(/^could not assume arn:\S+: \S/)
    expect(error.provider).toEqual({ code: wire, status, requestId: 'r-1' })
  })
})

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'a code that is %s is one that pim does not know, and no crash',
  (name) => {
    expect(stsError(answer(name), call)).toMatchObject({ code: 'provider-refused', exitCode: 3 })
  },
)

describe('the hint leads on', () => {
  test.each(['ExpiredToken', 'InvalidClientTokenId'])('%s: to the way to sign in', (name) => {
    expect(stsError(answer(name), call).hint).toBe(call.signIn)
  })

  test('a refusal with MFA speaks of the device', () => {
    expect(stsError(answer('AccessDenied'), { ...call, withMfa: true }).hint).toMatch(/MFA device/)
    expect(stsError(answer('AccessDenied'), call).hint).toMatch(/trust policy/)
  })

  test('a wrong one-time code is told from a role that is closed', () => {
    const words = 'MultiFactorAuthentication failed with invalid MFA one time pass code. '
    const error = stsError(answer('AccessDenied', 403, words), { ...call, withMfa: true })
    expect(error).toMatchObject({ kind: 'sign-in', code: 'mfa-code-refused', exitCode: 4 })
    expect([error.message, error.hint, error.ownInput]).toEqual([
      expect.stringContaining('the one-time code is wrong'),
      expect.stringContaining('the next code'),
      true,
    ])
  })

  test('may be owed to the one-time code that this process brought, and to nothing else', () => {
    const owed = (code: string, withMfa: boolean) =>
      stsError(answer(code), { ...call, withMfa }).about('aws:other').ownInput
    expect(owed('AccessDenied', true)).toBe(true)
    expect(owed('AccessDenied', false)).toBe(false)
    expect(owed('ExpiredToken', true)).toBe(false)
  })

  test('an expired web identity names its file', () => {
    const web = { ...call, webIdentityTokenFile: '/run/token' }
    expect(stsError(answer('ExpiredTokenException'), web).message).toContain('/run/token')
  })

  test('tags that are too large name the setting', () => {
    expect(stsError(answer('PackedPolicyTooLarge'), call).hint).toContain(
      'pim config set targets.aws:prod.sessionTags off',
    )
  })
})

describe('a clock that is off', () => {
  test.each([
    ['SignatureDoesNotMatch', 7 * 60_000, /clock is 7 min behind the provider's/],
    ['RequestExpired', -16 * 60_000, /clock is 16 min ahead of the provider's/],
    ['RequestTimeTooSkewed', 3600_000, /clock is 60 min behind/],
  ])('is named with its size: %s', (name, clockAheadMs, message) => {
    expect(stsError(answer(name, 403), { ...call, clockAheadMs })).toMatchObject({
      code: 'clock-skew',
      exitCode: 4,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('clock'),
    })
  })

  test('by little is not blamed, nor for another code', () => {
    expect(stsError(answer('SignatureDoesNotMatch'), { ...call, clockAheadMs: 60_000 }).code).toBe(
      'signature-refused',
    )
    expect(stsError(answer('AccessDenied'), { ...call, clockAheadMs: 9e6 }).code).toBe(
      'access-denied',
    )
  })
})

describe('what was sent in secret does not come back', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.do-not-print'
  const leaks = (error: PimError): string =>
    [error.message, error.hint, error.stack, JSON.stringify(error)].join('\n')

  test('in a message that echoes it', () => {
    const message = `Value '${token}' at 'webIdentityToken' failed; code 123456; ${token}`
    const error = stsError(answer('ValidationError', 400, message), {
      ...call,
      secrets: ['123456', token, ''],
    })
    expect(leaks(error)).not.toMatch(/do-not-print|123456(?!\d)/)
    expect(error.message).toContain("Value '[secret]'")
  })

  test('in a failure from below the wire', () => {
    const error = stsError(new Error(`bad header ${token}`), { ...call, secrets: [token] })
    expect(leaks(error)).not.toContain(token)
  })

  test('as a session token in the canonical request, which AWS repeats', () => {
    const message = `The request signature we calculated does not match. The Canonical String for this request should have been 'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-security-token:${token}`
    expect(leaks(stsError(answer('SignatureDoesNotMatch', 403, message), call))).not.toContain(
      token,
    )
  })

  test('as the code or the id of the request', () => {
    const echo = new STSServiceException({
      name: `Bad${token}`,
      message: 'no',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: `r-${token}-1` },
    })
    const error = stsError(echo, { ...call, secrets: [token] })
    expect(leaks(error)).not.toContain('do-not-print')
    expect(error.provider).toEqual({ code: 'Bad[secret]', status: 400, requestId: 'r-[secret]-1' })
  })

  test('and a long code and id are cut', () => {
    const long = new STSServiceException({
      name: 'C'.repeat(5000),
      message: 'no',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: 'r'.repeat(5000) },
    })
    expect(stsError(long, call).provider).toEqual({
      code: 'C'.repeat(100),
      status: 400,
      requestId: 'r'.repeat(100),
    })
  })

  test('and a long message is cut', () => {
    const error = stsError(answer('SomethingNew', 400, 'x'.repeat(100_000)), call)
    expect(error.message.length).toBeLessThan(1000)
  })
})

describe('what never came from STS', () => {
  const named = (name: string, message = 'why'): Error =>
    Object.assign(new Error(message), { name })

  test.each([
    [named('CredentialsProviderError'), 'no-source-credentials', 4],
    [named('TokenProviderError'), 'no-source-credentials', 4],
    [named('TimeoutError'), 'no-answer', 6],
    [
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      'provider-unreachable',
      6,
    ],
    [new TypeError('Invalid RFC-3339 date'), 'no-answer', 6],
    [named('AbortError'), 'interrupted', 130],
    ['a string', 'no-answer', 6],
    [undefined, 'no-answer', 6],
  ])('%s is %s, exit code %i', (thrown, code, exitCode) => {
    expect(stsError(thrown, call)).toMatchObject({ code, exitCode })
  })

  test('a PimError stays what it is, and names the target', () => {
    const error = new PimError('usage', 'insecure-endpoint', 'no')
    expect(stsError(error, call)).toMatchObject({ code: 'insecure-endpoint', target: 'aws:prod' })
  })
})

test('what may be conceded is told from AWS’s words, and only for the right code', () => {
  const denied = (action: string): STSServiceException =>
    answer('AccessDenied', 403, `User: u is not authorized to perform: ${action} on resource: r`)
  expect(refusedAction(denied('sts:TagSession'))).toBe('sts:TagSession')
  expect(refusedAction(denied('sts:AssumeRole'))).toBe('sts:AssumeRole')
  expect(refusedAction(answer('AccessDenied'))).toBeUndefined()
  expect(
    refusedAction(answer('ValidationError', 400, denied('sts:TagSession').message)),
  ).toBeUndefined()
  const long = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
  expect(wantsShorterSession(answer('ValidationError', 400, long))).toBe(true)
  expect(wantsShorterSession(answer('ValidationError'))).toBe(false)
  expect(wantsShorterSession(answer('AccessDenied', 403, long))).toBe(false)
  expect(errorCode(undefined)).toBe('')
})
