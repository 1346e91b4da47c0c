import { describe, expect, test } from 'vitest'

import { loadCsdl } from './csdl.ts'
import { exchangeNamed } from './graph-bodies.ts'
import { changed } from './json-walk.ts'
import type { Pointer } from './json-walk.ts'
import { describeWithSpecs } from './specs.ts'

describeWithSpecs('what deviates from the schema of Microsoft Graph', (specs) => {
  const graph = loadCsdl(specs)
  const activation = exchangeNamed('an activation of a directory role')
  const groupActivation = exchangeNamed('an activation of a group')
  const decision = exchangeNamed('a decision about a group')

  describe('is found in an activation', () => {
    test.each<[string, Pointer, unknown, string]>([
      [
        'an action in another casing',
        ['action'],
        'SelfActivate',
        '/action: "SelfActivate" is no unifiedRoleScheduleRequestActions',
      ],
      ['an action nobody sends', ['action'], 'unknownFutureValue', '/action: cannot be sent'],
      [
        'an expiration in another casing',
        ['scheduleInfo', 'expiration', 'type'],
        'AfterDuration',
        '/scheduleInfo/expiration/type: "AfterDuration" is no expirationPatternType',
      ],
      [
        'a duration that is none',
        ['scheduleInfo', 'expiration', 'duration'],
        '5h',
        '/scheduleInfo/expiration/duration: "5h" is no Edm.Duration',
      ],
      [
        'a time without a zone',
        ['scheduleInfo', 'startDateTime'],
        '2026-03-01T12:00:00',
        '/scheduleInfo/startDateTime: "2026-03-01T12:00:00" is no Edm.DateTimeOffset',
      ],
      ['no principal', ['principalId'], undefined, '/principalId: is missing'],
      [
        'no scope of either kind',
        ['directoryScopeId'],
        undefined,
        '/directoryScopeId or appScopeId: is missing',
      ],
      [
        'a misspelt property',
        ['justificaton'],
        'why',
        '/justificaton: is unknown to unifiedRoleAssignmentScheduleRequest',
      ],
      [
        'a property of ARM',
        ['linkedRoleEligibilityScheduleId'],
        's',
        '/linkedRoleEligibilityScheduleId: is unknown to',
      ],
      ['what the service sets', ['status'], 'Provisioned', '/status: is set by the service'],
      [
        'something it leads to',
        ['roleDefinition'],
        { id: 'r' },
        '/roleDefinition: cannot be sent along',
      ],
      ['an annotation', ['@odata.context'], 'x', '/@odata.context: cannot be sent'],
    ])('%s', (_, at, there, problem) => {
      expect(graph.checkRequest(changed(activation.request, at, there))).toEqual([
        expect.stringContaining(problem),
      ])
    })
  })

  test.each<[string, Pointer, unknown, string]>([
    [
      'a relation in another casing',
      ['accessId'],
      'Member',
      '/accessId: "Member" is no privilegedAccessGroupRelationships',
    ],
    ['no relation', ['accessId'], undefined, '/accessId: is missing'],
    ['a role', ['roleDefinitionId'], 'r', '/roleDefinitionId: is unknown to privilegedAccessGroup'],
  ])('is found in an activation of a group: %s', (_, at, there, problem) => {
    expect(graph.checkRequest(changed(groupActivation.request, at, there))).toEqual([
      expect.stringContaining(problem),
    ])
  })

  test.each<[string, Pointer, unknown, string]>([
    [
      'a word that decides nothing',
      ['reviewResult'],
      'approve',
      '/reviewResult: "approve" is none of Approve, Deny',
    ],
    ['no justification', ['justification'], undefined, '/justification: is missing'],
    ['what is not the approver’s to say', ['status'], 'Completed', '/status: is not to be changed'],
  ])('is found in a decision: %s', (_, at, there, problem) => {
    expect(graph.checkRequest(changed(decision.request, at, there))).toEqual([problem])
  })
})
