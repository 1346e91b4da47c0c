import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../../../src/core/time/duration.ts'
import {
  readRules,
  unknownRequirements,
} from '../../../../src/providers/microsoft/pim/policy-rules.ts'

const expiration = (maximumDuration: unknown) => ({
  id: 'Expiration_EndUser_Assignment',
  ruleType: 'RoleManagementPolicyExpirationRule',
  isExpirationRequired: true,
  maximumDuration,
})
const enablement = (...enabledRules: unknown[]) => ({
  id: 'Enablement_EndUser_Assignment',
  enabledRules,
})
const approval = (setting: unknown) => ({ id: 'Approval_EndUser_Assignment', setting })
const context = (isEnabled: unknown, claimValue: unknown) => ({
  id: 'AuthenticationContext_EndUser_Assignment',
  isEnabled,
  claimValue,
})

describe('the longest activation is read from', () => {
  test.each([
    ['PT7H', hours(7)],
    ['PT30M', minutes(30)],
    ['P1D', hours(24)],
    ['PT1H30M', minutes(90)],
    ['pt8h', hours(8)],
  ])('%s', (text, duration) => {
    expect(readRules([expiration(text)]).maxDuration).toEqual(duration)
  })

  test.each(['', 'P1Y', '8h', 'PT0S', 'soon', null, 8, undefined])('not from %j', (text) => {
    expect(readRules([expiration(text)]).maxDuration).toBe('unknown')
  })
})

test.each([
  [[], { justification: false, ticket: false, mfa: false }],
  [['Justification'], { justification: true, ticket: false, mfa: false }],
  [['Ticketing'], { justification: false, ticket: true, mfa: false }],
  [['MultiFactorAuthentication'], { justification: false, ticket: false, mfa: true }],
  [['JUSTIFICATION', 'multifactorauthentication'], { justification: true, mfa: true }],
  [['SomethingNew'], { justification: false, ticket: false, mfa: false }],
])('enabled rules %j demand %j', (rules, demands) => {
  expect(readRules([enablement(...rules)])).toMatchObject(demands)
})

test.each([
  [{ isApprovalRequired: true, isRequestorJustificationRequired: true }, true, true],
  [{ isApprovalRequired: true, isRequestorJustificationRequired: false }, true, false],
  [{ isApprovalRequired: true }, true, false],
  [{ isApprovalRequired: false, isRequestorJustificationRequired: true }, false, false],
  [{}, 'unknown', false],
  [null, 'unknown', false],
])('approval %j is approval %j and justification %j', (setting, needsApproval, justification) => {
  const read = readRules([approval(setting), enablement()])
  expect(read).toMatchObject({ approval: needsApproval, justification })
})

test.each([
  [true, 'c1', 'c1'],
  [false, 'c1', undefined],
  [true, '', undefined],
  [true, null, undefined],
  ['yes', 'c1', undefined],
])('an authentication context enabled %j as %j is %j', (isEnabled, claimValue, expected) => {
  expect(readRules([context(isEnabled, claimValue)]).authenticationContext).toBe(expected)
})

test('rules for administrators and for eligibilities are not taken for those of an activation', () => {
  const others = [
    { id: 'Expiration_Admin_Assignment', maximumDuration: 'P90D' },
    { id: 'Enablement_Admin_Assignment', enabledRules: ['Ticketing'] },
    { id: 'Expiration_Admin_Eligibility', maximumDuration: 'P180D' },
  ]
  expect(readRules(others)).toEqual(unknownRequirements)
})

test('rules of Graph, typed and in any order and casing, are read as those of ARM', () => {
  const rules = [
    {
      '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule',
      ...context(true, 'c2'),
    },
    { ...enablement('Justification', 'Ticketing'), id: 'enablement_enduser_assignment' },
    { ...expiration('PT4H'), newField: { nested: [1] } },
    approval({ isApprovalRequired: true, approvalStages: 'unheard of' }),
  ]
  expect(readRules(rules)).toEqual({
    maxDuration: hours(4),
    minDuration: minutes(5),
    justification: true,
    ticket: true,
    mfa: false,
    approval: true,
    authenticationContext: 'c2',
    mfaDevices: [],
  })
})

test('whatever stands in place of rules is unknown, and never a no', () => {
  fc.assert(
    fc.property(fc.anything(), (junk) => {
      expect(readRules(junk)).toEqual(unknownRequirements)
    }),
  )
})

test('a rule of any content is no crash', () => {
  const id = fc.constantFrom(
    'Expiration_EndUser_Assignment',
    'Enablement_EndUser_Assignment',
    'Approval_EndUser_Assignment',
    'AuthenticationContext_EndUser_Assignment',
  )
  const fields = fc.dictionary(
    fc.constantFrom('maximumDuration', 'enabledRules', 'setting', 'isEnabled', 'claimValue'),
    fc.anything(),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fields)), (rules) => {
      const read = readRules(rules.map(([name, content]) => ({ ...content, id: name })))
      expect([true, false, 'unknown']).toContain(read.approval)
    }),
  )
})
