import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../../src/core/errors.ts'
import {
  directoryRoles,
  groups,
} from '../../../../src/providers/microsoft/entra/schedule/schedule-api.ts'
import {
  readNamed,
  readPolicyRules,
  readScheduleRequest,
  statusIn,
} from '../../../../src/providers/microsoft/entra/wire.ts'
import { berlin, groupRow, request, roleRow, userAdministrator } from './graph.ts'

test.each([
  ['Activated', true],
  ['activated', true],
  ['ACTIVATED', true],
  ['Assigned', false],
  ['unknownFutureValue', false],
  [null, true],
  [7, true],
])('an assignment of the type %s was activated: %s', (assignmentType, isActivated) => {
  expect(directoryRoles.readInstance(roleRow({ assignmentType })).isActivated).toBe(isActivated)
  expect(groups.readInstance(groupRow({ assignmentType })).isActivated).toBe(isActivated)
})

describe('a token names', () => {
  test.each([
    ['a built-in role of the tenant', {}, userAdministrator],
    [
      'one by its template',
      { roleDefinition: { isBuiltIn: true, templateId: 'template-1' } },
      'template-1',
    ],
    ['no role whose definition was not told along', { roleDefinition: null }, undefined],
    [
      'no role that may be a custom one',
      { roleDefinition: { templateId: 'template-1' } },
      undefined,
    ],
    [
      'no custom role',
      { roleDefinition: { isBuiltIn: false, templateId: 'template-1' } },
      undefined,
    ],
    ['no role of an administrative unit', { directoryScopeId: berlin }, undefined],
  ])('%s', (_, differences, tokenRoleId) => {
    const { facts } = directoryRoles.readInstance(roleRow(differences))
    expect(facts.tokenRoleId).toBe(tokenRoleId)
  })
})

test('a directory scope stays as it was spelt', () => {
  const directoryScopeId = '/AdministrativeUnits/BERLIN-1'
  const { right, facts } = directoryRoles.readInstance(roleRow({ directoryScopeId }))
  expect(right).toEqual({ roleDefinitionId: userAdministrator, directoryScopeId })
  expect(facts).toMatchObject({ directoryScopeId, scheduleId: 'schedule-1' })
})

describe('an instance cannot do without', () => {
  test.each(['roleDefinitionId', 'directoryScopeId'])('%s of a role', (field) => {
    for (const value of [null, undefined, 7, '', 'a b', 'a@b', 'a\u001bb']) {
      expect(() => directoryRoles.readInstance(roleRow({ [field]: value }))).toThrow(PimError)
    }
  })

  test.each(['groupId', 'accessId'])('%s of a group', (field) => {
    for (const value of [null, undefined, 7, '', 'a b', 'a@b', '\u202e']) {
      expect(() => groups.readInstance(groupRow({ [field]: value }))).toThrow(PimError)
    }
  })

  test.each(['yesterday', '2026-03-01', '2026-13-01T00:00:00Z', 12])(
    'a time that is one, not %s',
    (time) => {
      expect(() => groups.readInstance(groupRow({ endDateTime: time }))).toThrow(PimError)
    },
  )
})

test('fields that nobody knows, and those that we can do without, never stand in the way', () => {
  const spoilable = [
    'assignmentType',
    'roleAssignmentScheduleId',
    'roleDefinition',
    'memberType',
    'principalId',
    'news',
  ] as const
  fc.assert(
    fc.property(fc.constantFrom(...spoilable), fc.jsonValue(), (field, value) => {
      const { right } = directoryRoles.readInstance(roleRow({ [field]: value }))
      expect(right.roleDefinitionId).toBe(userAdministrator)
    }),
  )
})

test('whatever comes is read, passed over, or a PimError', () => {
  const readers = [
    directoryRoles.readInstance,
    groups.readInstance,
    readScheduleRequest,
    readNamed,
    statusIn,
    (body: unknown) => readPolicyRules(body, userAdministrator),
  ]
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      for (const read of readers) {
        try {
          read(body)
        } catch (error) {
          expect(error).toBeInstanceOf(PimError)
          expect(error).toMatchObject({ kind: 'unavailable', code: 'unreadable-answer' })
        }
      }
    }),
  )
})

test('a request is read with its times', () => {
  expect(readScheduleRequest(request({ news: true }))).toMatchObject({
    id: 'request-1',
    status: 'Provisioned',
    startsAt: new Date('2026-03-01T12:00:00Z'),
    expiresAt: new Date('2026-03-01T13:00:00Z'),
  })
})

test.each([
  ['the policy of this role', { roleDefinitionId: userAdministrator.toUpperCase() }, ['rule']],
  ['one that names no role', {}, ['rule']],
  ['not that of another', { roleDefinitionId: 'role-2' }, undefined],
])('a policy that counts is %s', (_, fields, rules) => {
  const row = { ...fields, policy: { rules: ['rule'] } }
  expect(readPolicyRules(row, userAdministrator)).toEqual(rules)
})
