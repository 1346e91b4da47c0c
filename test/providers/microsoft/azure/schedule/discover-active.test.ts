import { describe, expect, test } from 'vitest'
import type { Findings } from '../../../../../src/core/provider.ts'
import { PimError } from '../../../../../src/core/errors.ts'
import { discover } from '../../../../../src/providers/microsoft/azure/discover.ts'
import { hours, later, noon } from '../../../../core/sample-elevations.ts'
import {
  active,
  dev,
  eligible,
  lists,
  never,
  prod,
  refusal,
  scripted,
  type Answers,
} from '../scripted.ts'

function read(answers: Answers): Promise<Findings> {
  return discover(scripted(answers).client, () => noon, never)
}

const web = `${prod}/resourceGroups/rg-web`
const assigned = active({ more: { assignmentType: 'Assigned' } })
const activeAt = (scope: string): string => `${scope}${lists.active}`
const outOfReach = new PimError('unavailable', 'provider-failing', 'down', { hint: 'later' })

describe('what is active', () => {
  test('is what was activated, the last to end of each', async () => {
    const longer = active({
      scope: prod.toUpperCase(),
      more: { endDateTime: '2026-03-01T15:00:00Z', assignmentType: 'ACTIVATED' },
    })
    const { active: standings } = await read({
      [lists.eligible]: [eligible(), eligible({ scope: dev, scopeName: 'payments-dev' })],
      [lists.active]: [
        active(),
        longer,
        active({ scope: dev, more: { assignmentType: 'Assigned' } }),
      ],
    })
    expect(standings).toEqual([
      {
        path: 'payments-prod/Contributor',
        startsAt: noon,
        expiresAt: later(hours(3)),
        facts: expect.objectContaining({ tenantId: 't-1', principalId: 'alice-id' }),
      },
    ])
  })

  test('has not ended, and may have no end', async () => {
    const rows = [
      active({ more: { endDateTime: '2026-03-01T12:00:00Z' } }),
      active({ scope: dev, scopeName: 'payments-dev', more: { endDateTime: null } }),
    ]
    const found = await read({ [lists.eligible]: [eligible()], [lists.active]: rows })
    expect(
      found.active.map(({ path, expiresAt }) => [path, expiresAt.getFullYear() > 2100]),
    ).toEqual([['payments-dev/Contributor', true]])
  })

  test('is a target of its own where nothing listed is eligible just there', async () => {
    const found = await read({
      [lists.eligible]: [eligible()],
      [lists.active]: [active({ scope: web, scopeName: 'rg-web' })],
    })
    expect(found.targets.map(({ path }) => path)).toEqual([
      'payments-prod/Contributor',
      'payments-prod/rg-web/Contributor',
    ])
    expect(found.targets[1]?.reference).toMatchObject({ eligibleAt: prod })
  })

  test('is asked for scope by scope where the whole list is empty', async () => {
    const { client, requests } = scripted({
      [lists.eligible]: [
        eligible(),
        eligible({ roleId: 'other', roleName: 'Other' }),
        eligible({ scope: dev }),
      ],
      [lists.active]: [],
      [activeAt(prod)]: [active()],
      [activeAt(dev)]: refusal('AuthorizationFailed', 403),
    })
    const found = await discover(client, () => noon, never)
    expect(found.active).toHaveLength(1)
    expect(found.troubles).toEqual([])
    const perScope = requests.filter(({ path }) => path.includes('roleAssignmentScheduleInstances'))
    expect(perScope).toHaveLength(3)
  })

  test('is not asked for again where nothing is eligible, or where the list shows something', async () => {
    for (const [rows, list] of [
      [[], []],
      [[eligible()], [assigned]],
    ] as const) {
      const { client, requests } = scripted({ [lists.eligible]: rows, [lists.active]: list })
      await discover(client, () => noon, never)
      expect(requests).toHaveLength(2)
    }
  })

  test('is missing with a trouble where the list, or that of a scope, cannot be read', async () => {
    const whole = await read({ [lists.eligible]: [eligible()], [lists.active]: outOfReach })
    const scope = await read({
      [lists.eligible]: [eligible()],
      [lists.active]: [],
      [activeAt(prod)]: outOfReach,
    })
    for (const found of [whole, scope]) {
      expect(found.targets).toHaveLength(1)
      expect(found.active).toEqual([])
      expect(found.troubles).toEqual([outOfReach])
    }
  })
})
