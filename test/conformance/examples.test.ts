import { describe, expect, test } from 'vitest'

import {
  readActive,
  readArmRequest,
  readEligible,
  readPolicyAssignments,
  requestNamed,
} from '../../src/providers/microsoft/azure/wire.ts'
import { hours } from '../../src/core/time/duration.ts'
import { readPage } from '../../src/providers/microsoft/http/paging.ts'
import { readRules } from '../../src/providers/microsoft/pim/policy-rules.ts'
import { stateOfStatus } from '../../src/providers/microsoft/pim/request-status.ts'
import { readExamples } from './examples.ts'
import { nodeAt, readDocuments } from './swagger-documents.ts'
import type { Node } from './swagger-documents.ts'
import { describeWithSpecs } from './specs.ts'

describeWithSpecs('an official example', (specs) => {
  const examples = readExamples(specs)
  /** The bodies that operations were answered with, by the start of their id. */
  const answersOf = (...operations: readonly string[]) =>
    examples
      .filter(({ operation }) => operations.includes(operation.id))
      .flatMap(({ name, answers }) => answers.map(({ body }) => ({ name, body: body as Node })))

  describe('of a list is read without loss:', () => {
    test.each(answersOf('RoleEligibilityScheduleInstances_ListForScope'))('$name', ({ body }) => {
      const items = readPage(body).value as readonly Node[]
      const { rows, trouble } = readEligible(items)
      expect(trouble).toBeUndefined()
      expect(rows).toEqual(
        items.map((item) => {
          const properties = nodeAt(item, 'properties')
          return {
            ...placeIn(properties),
            scheduleId: properties['roleEligibilityScheduleId'],
            isDirect: properties['memberType'] === 'Direct',
            endsAt: momentIn(properties, 'endDateTime'),
            condition: properties['condition'],
            conditionVersion: properties['conditionVersion'],
          }
        }),
      )
    })

    test.each(answersOf('RoleAssignmentScheduleInstances_ListForScope'))('$name', ({ body }) => {
      const items = readPage(body).value as readonly Node[]
      const { rows, trouble } = readActive(items)
      expect(trouble).toBeUndefined()
      expect(rows).toEqual(
        items.map((item) => {
          const properties = nodeAt(item, 'properties')
          return {
            ...placeIn(properties),
            isActivated: properties['assignmentType'] === 'Activated',
            startsAt: momentIn(properties, 'startDateTime'),
            endsAt: momentIn(properties, 'endDateTime'),
            scheduleId: properties['roleAssignmentScheduleId'],
            eligibilityScheduleId: properties['linkedRoleEligibilityScheduleId'],
          }
        }),
      )
    })
  })

  describe('of a request is read without loss:', () => {
    const single = answersOf(
      'RoleAssignmentScheduleRequests_Create',
      'RoleAssignmentScheduleRequests_Get',
      'RoleAssignmentScheduleRequests_Validate',
    )
    const listed = answersOf('RoleAssignmentScheduleRequests_ListForScope').flatMap(
      ({ name, body }) =>
        (readPage(body).value as readonly Node[]).map((item) => ({
          name,
          body: requestNamed(String(item['name']).toUpperCase(), readPage(body).value) as Node,
        })),
    )
    test.each([...single, ...listed])('$name', ({ body }) => {
      const properties = nodeAt(body, 'properties')
      const schedule = nodeAt(properties, 'scheduleInfo')
      const startsAt = momentIn(schedule, 'startDateTime')
      expect(nodeAt(schedule, 'expiration')['duration']).toBe('PT8H')
      expect(readArmRequest('id', body)).toEqual({
        id: 'id',
        status: properties['status'],
        startsAt,
        expiresAt: new Date((startsAt?.getTime() ?? 0) + 8 * 3_600_000),
        duration: hours(8),
        approvalId: undefined,
        scheduleId: properties['targetRoleAssignmentScheduleId'],
      })
    })
  })

  test.each(answersOf('RoleManagementPolicyAssignments_ListForScope'))(
    'of a policy says what it demands: $name',
    ({ body }) => {
      const [first, ...others] = readPolicyAssignments(readPage(body).value)
      expect(others).toEqual([])
      expect(first?.roleDefinitionId).toMatch(/\/roleDefinitions\/a1705bd2-/)
      expect(readRules(first?.effectiveRules)).toMatchObject({
        maxDuration: { seconds: 7 * 3600 },
        justification: true,
        ticket: true,
        mfa: true,
        approval: true,
      })
    },
  )

  test('of a status is known: every one that the documents list', () => {
    const { operations, resolve } = readDocuments(specs)
    const get = operations.find(({ id }) => id === 'RoleAssignmentScheduleRequests_Get')
    const definition = resolve(
      '#/definitions/RoleAssignmentScheduleRequestProperties',
      get?.file ?? '',
    ).node
    const statuses = nodeAt(nodeAt(definition, 'properties'), 'status')['enum'] as string[]
    expect(statuses).toHaveLength(22)
    expect(statuses.filter((status) => stateOfStatus(status) === undefined)).toEqual([])
  })
})

function placeIn(properties: Node) {
  const expanded = nodeAt(properties, 'expandedProperties')
  return {
    scope: properties['scope'],
    roleDefinitionId: properties['roleDefinitionId'],
    scopeName: nodeAt(expanded, 'scope')['displayName'],
    roleName: nodeAt(expanded, 'roleDefinition')['displayName'],
  }
}

function momentIn(node: Node, name: string): Date | undefined {
  const text = node[name]
  return typeof text === 'string' ? new Date(text) : undefined
}
