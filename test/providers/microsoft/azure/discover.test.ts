import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Findings } from '../../../../src/core/provider.ts'
import { PimError } from '../../../../src/core/errors.ts'
import { discover } from '../../../../src/providers/microsoft/azure/discover.ts'
import { noon } from '../../../core/sample-elevations.ts'
import {
  active,
  contributor,
  dev,
  eligible,
  lists,
  never,
  prod,
  refusal,
  scripted,
  type Answers,
} from './scripted.ts'

function read(answers: Answers): Promise<Findings> {
  return discover(scripted(answers).client, () => noon, never)
}

const web = `${prod}/resourceGroups/rg-web`
const assigned = active({ more: { assignmentType: 'Assigned' } })
const outOfReach = new PimError('unavailable', 'provider-failing', 'down', { hint: 'later' })

describe('what is eligible', () => {
  test('says where, what, until when, and what ARM wants to be told again', async () => {
    const more = {
      endDateTime: '2026-06-01T00:00:00.123Z',
      condition: 'c',
      conditionVersion: '2.0',
    }
    const { targets } = await read({
      [lists.eligible]: [eligible({ more })],
      [lists.active]: [assigned],
    })
    expect(targets).toEqual([
      {
        provider: 'azure',
        path: 'payments-prod/Contributor',
        role: 'Contributor',
        scope: prod,
        scopeName: 'payments-prod',
        displayNames: expect.arrayContaining([`${prod}/Contributor`]),
        eligibleUntil: new Date('2026-06-01T00:00:00.123Z'),
        reference: {
          roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${contributor}`,
          eligibleAt: prod,
          eligibilityScheduleId: `${prod}/providers/Microsoft.Authorization/RoleEligibilitySchedules/${contributor}-s`,
          condition: 'c',
          conditionVersion: '2.0',
          subscriptionName: 'payments-prod',
        },
      },
    ])
  })

  test('directly and through a group is one target: the direct way, and the later end', async () => {
    const viaGroup = {
      memberType: 'Group',
      roleEligibilityScheduleId: '/g',
      endDateTime: '2027-01-01T00:00:00Z',
    }
    const direct = {
      memberType: 'DIRECT',
      roleEligibilityScheduleId: '/d',
      endDateTime: '2026-06-01T00:00:00Z',
    }
    for (const rows of [
      [viaGroup, direct],
      [direct, viaGroup],
    ]) {
      const { targets } = await read({
        [lists.eligible]: rows.map((more, index) =>
          eligible({ scope: index === 0 ? prod : prod.toUpperCase(), more }),
        ),
        [lists.active]: [assigned],
      })
      expect(targets).toHaveLength(1)
      expect(targets[0]).toMatchObject({
        eligibleUntil: new Date('2027-01-01T00:00:00Z'),
        reference: { eligibilityScheduleId: '/d' },
      })
    }
  })

  test('directly for longer than through a group ends with the direct one', async () => {
    const direct = eligible({ more: { endDateTime: '2027-01-01T00:00:00Z' } })
    const group = eligible({ more: { endDateTime: '2026-06-01T00:00:00Z', memberType: 'Group' } })
    const { targets } = await read({
      [lists.eligible]: [direct, group],
      [lists.active]: [assigned],
    })
    expect(targets[0]?.eligibleUntil).toEqual(new Date('2027-01-01T00:00:00Z'))
  })

  test('one without an end outlasts one with an end', async () => {
    const rows = [eligible({ more: { endDateTime: '2027-01-01T00:00:00Z' } }), eligible()]
    const { targets } = await read({ [lists.eligible]: rows, [lists.active]: [assigned] })
    expect(targets[0]).not.toHaveProperty('eligibleUntil')
  })

  test('a schedule that is named by its GUID alone is told by its whole path', async () => {
    const { targets } = await read({
      [lists.eligible]: [eligible({ more: { roleEligibilityScheduleId: 'b1477448' } })],
      [lists.active]: [assigned],
    })
    expect(targets[0]?.reference?.eligibilityScheduleId).toBe(
      `${prod}/providers/Microsoft.Authorization/roleEligibilitySchedules/b1477448`,
    )
  })

  test('entries that cannot be read are a trouble beside the others', async () => {
    const broken = [
      {},
      null,
      'text',
      eligible({ scope: '' }),
      eligible({ more: { endDateTime: 'soon' } }),
    ]
    const { targets, troubles } = await read({
      [lists.eligible]: [...broken, eligible()],
      [lists.active]: [assigned, { properties: { scope: prod } }],
    })
    expect(targets.map(({ path }) => path)).toEqual(['payments-prod/Contributor'])
    expect(troubles.map(({ kind, code, message }) => [kind, code, message])).toEqual([
      [
        'unavailable',
        'unreadable-answer',
        expect.stringMatching(/^5 of 6 eligibilities .*endDateTime/),
      ],
      ['unavailable', 'unreadable-answer', expect.stringMatching(/^1 of 2 active assignments /)],
    ])
  })

  test('where it cannot be read, there is nothing to say', async () => {
    await expect(read({ [lists.eligible]: outOfReach, [lists.active]: [] })).rejects.toBe(
      outOfReach,
    )
  })

  test('comes from every page', async () => {
    const { client } = scripted({
      [lists.eligible]: { value: [eligible()], nextLink: '/page-2' },
      '/page-2': { value: [eligible({ scope: dev, scopeName: 'payments-dev' })], nextLink: null },
      [lists.active]: [assigned],
    })
    const { targets } = await discover(client, () => noon, never)
    expect(targets).toHaveLength(2)
  })
})

describe('the name of a subscription', () => {
  const group = eligible({ scope: web, scopeName: 'rg-web' })

  test('is asked for where no sibling tells it', async () => {
    const { client, requests } = scripted({
      [lists.eligible]: [group],
      [lists.active]: [assigned].map(() =>
        active({ scope: dev, scopeName: 'd', more: { assignmentType: 'Assigned' } }),
      ),
      [prod]: { displayName: 'payments-prod' },
    })
    const { targets } = await discover(client, () => noon, never)
    expect(targets[0]?.path).toBe('payments-prod/rg-web/Contributor')
    expect(requests.filter(({ path }) => path.startsWith(`${prod}?`))).toHaveLength(1)
  })

  test('is not asked for where one does', async () => {
    const { client, requests } = scripted({
      [lists.eligible]: [group, eligible()],
      [lists.active]: [assigned],
    })
    await discover(client, () => noon, never)
    expect(requests.filter(({ path }) => path.startsWith(`${prod}?`))).toEqual([])
  })

  test.each([outOfReach, refusal('AuthorizationFailed', 403), { displayName: 5 }, null])(
    'is its id where it cannot be read: %s',
    async (answer) => {
      const { targets, troubles } = await read({
        [lists.eligible]: [group],
        [lists.active]: [assigned],
        [prod]: answer,
      })
      expect(targets[0]?.path).toBe(`${prod.slice('/subscriptions/'.length)}/rg-web/Contributor`)
      expect(troubles).toEqual([])
    },
  )
})

test('whatever the lists hold is read or named as a trouble, and no crash', async () => {
  const properties = fc.dictionary(
    fc.constantFrom(
      'scope',
      'roleDefinitionId',
      'startDateTime',
      'endDateTime',
      'memberType',
      'assignmentType',
      'expandedProperties',
      'roleEligibilityScheduleId',
      'roleAssignmentScheduleId',
      'condition',
    ),
    fc.oneof(
      fc.anything(),
      fc.constantFrom(prod, '/x/roleDefinitions/r', '2026-03-01T12:00:00Z', 'Activated'),
    ),
  )
  const list = fc.array(fc.oneof(fc.anything(), fc.record({ properties })), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(list, list, async (rows, activeRows) => {
      const found = await read({
        [lists.eligible]: { value: rows },
        [lists.active]: { value: activeRows },
      })
      for (const trouble of found.troubles) {
        expect(['unreadable-answer', 'names-missing']).toContain(trouble.code)
      }
      for (const target of found.targets) expect(target.scope).toMatch(/^\//)
    }),
  )
})
