import { describe, expect, test } from 'vitest'

import {
  armRoles,
  armScopes,
  tenantEligibilities,
  tenantGroups,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { active, asTarget, authorization, codeOf, put, version } from './calls.ts'
import { armScope, openTenant } from '../fixture.ts'
import type { Json, Reply } from '../fixture.ts'

const { prodContributor } = tenantEligibilities

describe('listing', () => {
  const eligible = (scope: string, filter = `&${asTarget}`) =>
    `${scope}${authorization}/roleEligibilityScheduleInstances?${version}${filter}`
  const names = ({ body }: Reply) =>
    body.value.map(
      ({ properties: { expandedProperties: one } }: Json) =>
        `${one.scope.displayName}/${one.roleDefinition.displayName}`,
    )

  test('at the tenant shows everything, with the words for the ids', async () => {
    const { arm } = await openTenant()
    const answer = await arm(eligible(''))
    expect(names(answer)).toEqual([
      'payments-prod/Contributor',
      'rg-web/Owner',
      'payments-prod/User Access Administrator',
      'platform/Reader',
      'payments-dev/Contributor',
      'payments-dev/Owner',
      'payments-dev/Queue Operator',
      'payments-prod/Queue Operator',
    ])
    expect(answer.body.value[3].properties).toMatchObject({
      memberType: 'Group',
      principalId: tenantGroups.platformTeam.id,
      principalType: 'Group',
      endDateTime: null,
      expandedProperties: { scope: { type: 'managementgroup' } },
    })
    expect(answer.body.value[6].properties.expandedProperties.roleDefinition.type).toBe(
      'CustomRole',
    )
  })

  test.each([
    [
      armScopes.paymentsProd.id,
      [
        'payments-prod/Contributor',
        'payments-prod/User Access Administrator',
        'payments-prod/Queue Operator',
      ],
    ],
    [
      armScopes.rgWeb.id.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
      ['rg-web/Owner'],
    ],
    [
      `/providers/Microsoft.Subscription${armScopes.paymentsDev.id}`,
      ['payments-dev/Contributor', 'payments-dev/Owner', 'payments-dev/Queue Operator'],
    ],
  ])('at %s shows what is defined there, and nothing inherited', async (scope, expected) => {
    const { arm } = await openTenant()
    expect(names(await arm(eligible(scope)))).toEqual(expected)
  })

  test('is refused without asTarget(), as to everybody who is no reader', async () => {
    const { arm } = await openTenant()
    expect(codeOf(await arm(eligible('', '')))).toEqual([403, 'InsufficientPermissions'])
  })

  test('is cut into pages whose links lead to the same host', async () => {
    const { arm, tenant } = await openTenant()
    tenant.pageSize = 3
    const pages: Reply[] = [await arm(eligible(''))]
    for (
      let next = pages[0]?.body.nextLink;
      next !== undefined;
      next = pages.at(-1)?.body.nextLink
    ) {
      expect(next).toContain(`${tenant.endpoints.arm}/`)
      pages.push(await arm(next))
    }
    expect(pages.map(({ body }) => body.value.length)).toEqual([3, 3, 2])
  })

  test('tells what was activated from what is there for good', async () => {
    const room = await openTenant()
    await put(room, prodContributor)
    const { body } = await room.arm(active)
    expect(
      body.value.map(({ properties }: Json) => [properties.assignmentType, properties.endDateTime]),
    ).toEqual([
      ['Activated', '2026-03-01T13:00:00.000Z'],
      ['Assigned', null],
    ])
  })
})

test.each([
  [
    '/subscriptions/00000000-0000-0000-0000-000000000000?api-version=2022-12-01',
    [404, 'SubscriptionNotFound'],
  ],
  [`${armScopes.paymentsProd.id}?api-version=2022-12-01`, [403, 'AuthorizationFailed']],
  [`${armScopes.paymentsDev.id}?api-version=2022-12-01`, [200, undefined]],
  [
    `${armScopes.paymentsDev.id}/resourceGroups/none${authorization}/permissions?api-version=2022-04-01`,
    [404, 'ResourceGroupNotFound'],
  ],
  [active.replace(version, 'api-version=2015-01-01'), [400, 'InvalidResourceType']],
  [active.replace(version, ''), [400, 'MissingApiVersionParameter']],
  [
    `${authorization}/roleDefinitions/${armRoles.owner.id}?api-version=2022-04-01`,
    [200, undefined],
  ],
  ['/nothing', [404, 'NotFound']],
])('GET %s answers %j', async (path, expected) => {
  const { arm } = await openTenant()
  expect(codeOf(await arm(path))).toEqual(expected)
})

test('what a role demands is told by seventeen rules', async () => {
  const { arm } = await openTenant()
  const filter = `$filter=roleDefinitionId eq '${armScopes.paymentsDev.id}${authorization}/roleDefinitions/${armRoles.owner.id}'`
  const path = `${armScopes.paymentsDev.id}${authorization}/roleManagementPolicyAssignments?${version}&${filter}`
  const { body } = await arm(path)
  expect(body.value).toHaveLength(1)
  const { effectiveRules } = body.value[0].properties
  expect(effectiveRules).toHaveLength(17)
  const byId = Object.fromEntries(effectiveRules.map((one: Json) => [one.id, one]))
  expect(byId.Expiration_EndUser_Assignment.maximumDuration).toBe('PT30M')
  expect(byId.Enablement_EndUser_Assignment.enabledRules).toEqual(['Justification', 'Ticketing'])
  expect(byId.Approval_EndUser_Assignment.setting.isApprovalRequired).toBe(false)
  expect(byId.AuthenticationContext_EndUser_Assignment).toMatchObject({
    ruleType: 'RoleManagementPolicyAuthenticationContextRule',
    isEnabled: false,
    target: { caller: 'EndUser', level: 'Assignment' },
  })
})

test.each([
  ['', 'platform', ['platform']],
  [armScopes.platform.id, "resourceType+eq+'subscription'", ['payments-prod', 'payments-dev']],
  [armScopes.platform.id, 'all', ['payments-prod', 'payments-dev', 'rg-web']],
  [armScopes.paymentsProd.id, "resourceType+eq+'resourcegroup'", ['rg-web']],
])('the eligible children of %s', async (scope, filter, expected) => {
  const { arm } = await openTenant()
  const query =
    filter === 'all' ? '$getAllChildren=true' : filter.includes('eq') ? `$filter=${filter}` : ''
  const { body } = await arm(`${scope}${authorization}/eligibleChildResources?${version}&${query}`)
  expect(body.value.map(({ name }: Json) => name)).toEqual(expected)
})

test('a token for Graph does not open ARM, and none does not either', async () => {
  const { arm, signIn } = await openTenant()
  const { access_token: graph = '' } = await signIn({
    scope: 'https://graph.microsoft.com/User.Read',
  })
  for (const token of [graph, 'eyJ.eyJ.x', '']) {
    expect(codeOf(await arm(active, { token }))).toEqual([401, 'InvalidAuthenticationToken'])
  }
  const { access_token: own = '' } = await signIn({ scope: armScope })
  expect((await arm(active, { token: own })).status).toBe(200)
})
