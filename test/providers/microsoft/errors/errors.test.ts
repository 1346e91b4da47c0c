import { describe, expect, test } from 'vitest'
import { toPimError } from '../../../../src/providers/microsoft/errors/errors.ts'
import type { FailedAnswer } from '../../../../src/providers/microsoft/errors/error-answer.ts'
import { knownCodes } from '../../../../src/providers/microsoft/errors/error-codes.ts'

function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): FailedAnswer {
  return { status, body, headers: { get: (name) => headers[name] }, resource: 'graph' }
}

function refusal(code: string, message = 'words of Microsoft', status = 400): FailedAnswer {
  return answer(status, { error: { code, message } })
}

const table: readonly (readonly [code: string, status: number, kind: string, ours: string])[] = [
  ['RoleAssignmentExists', 400, 'unavailable', 'still-settling'],
  ['ConcurrentActivationInProgress', 400, 'unavailable', 'still-settling'],
  ['RoleAssignmentDoesNotExist', 404, 'refused', 'assignment-missing'],
  ['ActiveDurationTooShort', 400, 'refused', 'duration-too-short'],
  ['RoleAssignmentRequestAcrsValidationFailed', 400, 'sign-in', 'step-up-needed'],
  ['RoleAssignmentRequestAcrsValidationFailed', 403, 'sign-in', 'step-up-needed'],
  ['GroupAssignmentRequestAcrsValidationFailed', 400, 'sign-in', 'step-up-needed'],
  ['PendingRoleAssignmentRequest', 400, 'pending', 'request-pending'],
  ['RoleAssignmentRequestExists', 409, 'refused', 'request-exists'],
  ['RoleAssignmentScheduleRequestExists', 400, 'refused', 'request-exists'],
  ['InsufficientPermissions', 403, 'refused', 'access-denied'],
  ['AuthorizationFailed', 403, 'refused', 'access-denied'],
  ['Authorization_RequestDenied', 403, 'refused', 'access-denied'],
  ['LinkedAuthorizationFailed', 403, 'refused', 'access-denied'],
  ['RequestDisallowedByPolicy', 403, 'refused', 'access-denied'],
  ['SubjectNotFound', 400, 'unavailable', 'not-replicated'],
  ['AadPremiumLicenseRequired', 400, 'refused', 'license-missing'],
  ['RequestDisallowedByAzure', 403, 'sign-in', 'mfa-needed'],
  ['InvalidResourceType', 404, 'unavailable', 'not-offered'],
  ['InvalidPolicy', 400, 'refused', 'policy-invalid'],
  ['RoleDefinitionDoesNotExist', 404, 'refused', 'role-unknown'],
  ['RoleNotFound', 404, 'refused', 'role-unknown'],
  ['SubscriptionNotFound', 404, 'refused', 'not-eligible'],
  ['ResourceGroupNotFound', 404, 'usage', 'unknown-scope'],
  ['RoleEligibilityDoesNotExist', 404, 'refused', 'not-eligible'],
  ['JustificationRuleViolated', 400, 'refused', 'justification-required'],
  ['MaximumDurationExceeded', 400, 'refused', 'duration-refused'],
  ['Request_BadRequest', 400, 'refused', 'request-invalid'],
  ['InvalidAuthenticationToken', 401, 'sign-in', 'token-refused'],
  ['ExpiredAuthenticationToken', 401, 'sign-in', 'token-refused'],
  ['AuthenticationFailed', 401, 'sign-in', 'token-refused'],
  ['InvalidAuthenticationTokenTenant', 401, 'sign-in', 'wrong-tenant'],
  ['InvalidAuthenticationTokenAudience', 401, 'sign-in', 'token-refused'],
]

describe('a code of Microsoft', () => {
  test.each(table)('%s (%i) is %s, %s', (code, status, kind, ours) => {
    const error = toPimError(refusal(code, 'words of Microsoft', status))
    expect(error).toMatchObject({ kind, code: ours, provider: { code, status } })
    expect(error.message).not.toBe('')
    expect(error.hint).toBeTruthy()
  })

  test('is in the table above', () => {
    const tested = table.map(([code]) => code.toLowerCase())
    expect(knownCodes.filter((code) => !tested.includes(code))).toEqual([])
  })

  test('means the same in any casing', () => {
    expect(toPimError(refusal('ROLEASSIGNMENTEXISTS')).code).toBe('still-settling')
  })

  test('that nobody knows is a refusal in its own words, made printable', () => {
    expect(toPimError(refusal('NewCode', 'no \u001b[31mway\u202e'))).toMatchObject({
      kind: 'refused',
      code: 'provider-refused',
      message: 'no \\u{1b}[31mway\\u{202e}',
      provider: { code: 'NewCode', status: 400 },
    })
  })

  test('without words is shown itself', () => {
    expect(toPimError(refusal('NewCode', '')).message).toBe('Microsoft refused with NewCode')
  })

  test('is cut where it is endless', () => {
    const error = toPimError(refusal('C'.repeat(10_000), 'm'.repeat(10_000)))
    expect(error.message.length).toBeLessThan(1000)
    expect(error.provider?.code?.length).toBeLessThan(200)
  })
})

describe('rules of a policy that failed', () => {
  const failed = (rules: string): FailedAnswer =>
    refusal(
      'RoleAssignmentRequestPolicyValidationFailed',
      `The following policy rules failed: ${rules}`,
    )

  test.each([
    ['JustificationRule - Justification is required', 'justification-required', 'add `-j <why>`'],
    ['["JustificationRule"]', 'justification-required', 'add `-j <why>`'],
    ['TicketingRule - Ticket is required', 'ticket-required', 'add `-t <number>`'],
    ['["ExpirationRule"]', 'duration-refused', expect.stringContaining('`-d`')],
    ['EligibilityRule - not eligible', 'not-eligible', expect.stringContaining('pim list')],
  ])('%s: %s', (rules, code, hint) => {
    expect(toPimError(failed(rules))).toMatchObject({ kind: 'refused', code, hint })
  })

  test.each(['MfaRule - Multi-factor authentication is required', '["MfaRule"]'])('%s', (rules) => {
    expect(toPimError(failed(rules))).toMatchObject({ kind: 'sign-in', code: 'mfa-needed' })
  })

  test.each([
    'JustificationRule - Justification is required, TicketingRule - Ticket is required',
    '["JustificationRule","TicketingRule"]',
  ])('several at once say all there is to add: %s', (rules) => {
    expect(toPimError(failed(rules))).toMatchObject({
      kind: 'refused',
      code: 'policy-refused',
      message: 'the policy demands a justification; the policy demands a ticket',
      hint: 'add `-j <why>`; add `-t <number>`',
    })
  })

  test.each(['["NewRule"]', '["MfaRule","NewRule"]', 'for no reason'])(
    'are shown as they came where one is not known: %s',
    (rules) => {
      expect(toPimError(failed(rules))).toMatchObject({
        kind: 'refused',
        code: 'policy-refused',
        message: `The following policy rules failed: ${rules}`,
      })
    },
  )
})

describe('a permission that is missing', () => {
  // The code of the service behind Graph is inside of the message.
  const inner = {
    errorCode: 'PermissionScopeNotGranted',
    message:
      'Authorization failed due to missing permission scope RoleAssignmentSchedule.ReadWrite.Directory,RoleManagement.ReadWrite.Directory.',
    instanceAnnotations: [],
  }
  const body = {
    error: {
      code: 'UnknownError',
      message: JSON.stringify(inner),
      innerError: { 'request-id': 'a-request', date: '2026-06-29T13:05:49' },
    },
  }

  test('is named with what it is for, and who can give it where', () => {
    const consent = {
      authority: 'https://login.example',
      graph: 'https://graph.example',
      tenant: 'the tenant',
      clientId: 'app',
    }
    const error = toPimError({ ...answer(403, body), consent })
    expect(error).toMatchObject({
      kind: 'sign-in',
      code: 'consent-missing',
      message:
        'the sign-in lacks a permission: RoleAssignmentSchedule.ReadWrite.Directory (activating directory roles, giving them back, and which are active)',
      provider: { code: 'PermissionScopeNotGranted', status: 403, requestId: 'a-request' },
    })
    expect(error.hint).toContain(
      'a Privileged Role Administrator or Global Administrator can consent at https://login.example/the%20tenant/v2.0/adminconsent?client_id=app&scope=https%3A%2F%2Fgraph.example%2FUser.Read+',
    )
    expect(error.hint).toContain('&redirect_uri=http%3A%2F%2Flocalhost')
  })

  test('is not laid on a person where a workload signs in', () => {
    expect(toPimError(answer(403, body)).hint).toContain('grant it to the application')
  })
})

describe('no answer of Microsoft', () => {
  test.each([
    [429, {}, { 'retry-after': '90' }, 'throttled', 'try again in 90 s'],
    [429, undefined, {}, 'throttled', 'try again in a minute'],
    [500, { error: { code: 'X', message: 'm' } }, {}, 'provider-failing', 'try again in a minute'],
    [502, undefined, {}, 'provider-failing', 'try again in a minute'],
    [404, undefined, {}, 'unreadable-answer', expect.any(String)],
    [403, '<html>', {}, 'unreadable-answer', expect.any(String)],
    [302, undefined, {}, 'unexpected-redirect', expect.any(String)],
    [407, undefined, {}, 'proxy-sign-in', expect.any(String)],
  ])('%i is unavailable', (status, body, headers, code, hint) => {
    expect(toPimError(answer(status, body, headers))).toMatchObject({
      kind: 'unavailable',
      code,
      hint,
      provider: { status },
    })
  })

  test.each([null, [], 'text', { error: 'text' }, { error: { code: 1 } }, { error: {} }])(
    '%j is read without trouble',
    (body) => {
      expect(toPimError(answer(400, body)).code).toBe('unreadable-answer')
    },
  )

  test.each(['x-ms-request-id', 'request-id'])('%s is the request id', (name) => {
    const error = toPimError(answer(400, { error: { code: 'X' } }, { [name]: 'id' }))
    expect(error.provider).toEqual({ code: 'X', status: 400, requestId: 'id' })
  })
})
