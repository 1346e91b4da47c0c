import { expect, test } from 'vitest'

import { loadCsdl } from './csdl.ts'
import { exchangeNamed } from './graph-bodies.ts'
import { describeWithSpecs } from './specs.ts'

describeWithSpecs('what deviates from the schema of Microsoft Graph', (specs) => {
  const graph = loadCsdl(specs)
  const decision = exchangeNamed('a decision about a group')
  const directory = '/v1.0/roleManagement/directory'
  test.each([
    [
      'steps where v1.0 has stages',
      `${decision.request.url.replace('stages', 'steps')}`,
      'approval leads to no steps',
    ],
    [
      'approvals of directory roles in v1.0',
      `${directory}/roleAssignmentApprovals`,
      'rbacApplication leads to no roleAssignmentApprovals',
    ],
    [
      'a function without parentheses',
      `${directory}/roleEligibilityScheduleInstances/filterByCurrentUser`,
      'has parentheses',
    ],
    [
      'a function without its parameter',
      `${directory}/roleEligibilityScheduleInstances/filterByCurrentUser()`,
      'needs on',
    ],
    [
      'a parameter without quotes',
      `${directory}/roleEligibilityScheduleInstances/filterByCurrentUser(on=principal)`,
      'is not in quotes',
    ],
    [
      'an approver of instances',
      `${directory}/roleEligibilityScheduleInstances/filterByCurrentUser(on='approver')`,
      '"approver" is no',
    ],
    [
      'an unknown parameter',
      `${directory}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal',of='x')`,
      'takes no of',
    ],
    [
      'a function of lists on one',
      `${directory}/roleEligibilityScheduleInstances/i/filterByCurrentUser(on='principal')`,
      'leads to no filterByCurrentUser',
    ],
    [
      'a function in another casing',
      `${directory}/roleEligibilityScheduleInstances/FilterByCurrentUser(on='principal')`,
      'is no key',
    ],
    ['an unknown version', '/v2.0/me', 'has no known version'],
  ])('is found in a path: %s', (_, url, problem) => {
    expect(graph.checkRequest({ method: 'GET', url })).toEqual([
      expect.stringMatching(new RegExp(`^unknown operation: .*${problem}`)),
    ])
  })

  const instances = `${directory}/roleAssignmentScheduleInstances`
  test.each([
    ['$select=id,displayName', '$select: unifiedRoleAssignmentScheduleInstance has no displayName'],
    [
      '$select=roleDefinition',
      '$select: unifiedRoleAssignmentScheduleInstance has no roleDefinition',
    ],
    ['$expand=role', '$expand: unifiedRoleAssignmentScheduleInstance leads to no role'],
    ['$expand=roleDefinition($select=name)', '$expand: $select: unifiedRoleDefinition has no name'],
    ["$filter=kind eq 'Activated'", '$filter: unifiedRoleAssignmentScheduleInstance has no kind'],
    ['$filter=assignmentType eq Activated', '$filter: Activated is no literal of Edm.String'],
    ["$filter=assignmentType = 'Activated'", "$filter: cannot read  = 'Activated'"],
    [
      "$filter=startDateTime gt '2026-03-01'",
      "$filter: '2026-03-01' is no literal of Edm.DateTimeOffset",
    ],
    ["$filter=assignmentType eq 'Activated' and", '$filter: ends too early'],
    ["$filter=(assignmentType eq 'Activated'", '$filter: ) is missing'],
    ['$filter=asTarget()', '$filter: asTarget is no function'],
    ['$top=0', '$top: 0 is not what it takes'],
    ['$orderby=kind', '$orderby: unifiedRoleAssignmentScheduleInstance has no kind'],
    ['api-version=2020-10-01', 'api-version is no query option'],
  ])('is found in a query: %s', (query, problem) => {
    expect(graph.checkRequest({ method: 'GET', url: `${instances}?${query}` })).toEqual([problem])
  })

  test.each([
    [
      'a list of instances',
      'POST',
      instances,
      {},
      'nobody creates unifiedRoleAssignmentScheduleInstance',
    ],
    [
      'one instance',
      'PATCH',
      `${instances}/i`,
      {},
      'nobody changes unifiedRoleAssignmentScheduleInstance',
    ],
    [
      'one request',
      'DELETE',
      `${directory}/roleAssignmentScheduleRequests/r`,
      undefined,
      'DELETE does nothing to unifiedRoleAssignmentScheduleRequest',
    ],
    [
      'an action',
      'GET',
      `${directory}/roleAssignmentScheduleRequests/r/cancel`,
      undefined,
      'an action is called by POST, not by GET',
    ],
    ['a list, with a body', 'GET', instances, { id: 'i' }, 'a GET has no body'],
  ])('is found in a method: %s', (_, method, url, body, problem) => {
    expect(graph.checkRequest({ method, url, body })).toEqual([problem])
  })
})
