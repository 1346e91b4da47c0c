import { randomUUID } from 'node:crypto'

import { expect, test } from 'vitest'

import {
  armRoles,
  armScopes,
  tenantAlice,
  tenantEligibilities,
  tenantGroups,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../../../sandbox/microsoft/seed/model.ts'
import { active, authorization, codeOf, lasting, put, version } from './calls.ts'
import { openTenant, stepUp, withMfa } from '../fixture.ts'

const { prodContributor, devContributor, devOwner, devQueueOperator, rgWebOwner } =
  tenantEligibilities

test('answers with the request, which can be read and is over by the clock', async () => {
  const room = await openTenant()
  const name = randomUUID()
  const answer = await put(room, prodContributor, { name })
  expect(answer).toMatchObject({
    status: 201,
    body: {
      name,
      properties: {
        status: 'Provisioned',
        requestType: 'SelfActivate',
        principalId: tenantAlice.id,
        scope: armScopes.paymentsProd.id,
        approvalId: null,
        justification: 'restart the queue',
      },
    },
  })
  const path = `${armScopes.paymentsProd.id}${authorization}/roleAssignmentScheduleRequests/${name}`
  expect((await room.arm(`${path}?${version}`)).body).toEqual(answer.body)
  room.advance(3600)
  expect((await room.arm(active)).body.value).toHaveLength(1)
  expect((await put(room, prodContributor)).status).toBe(201)
})

test.each<[string, Eligibility, Record<string, unknown>, string]>([
  [
    'a justification',
    prodContributor,
    { justification: ' ' },
    'JustificationRule - Justification is required',
  ],
  [
    'the longest duration',
    prodContributor,
    lasting('PT8H1M'),
    'ExpirationRule - The requested duration exceeds the maximum',
  ],
  [
    'an end',
    prodContributor,
    { scheduleInfo: null },
    'ExpirationRule - The requested duration exceeds the maximum',
  ],
  ['MFA', devQueueOperator, {}, 'MfaRule - Multi-factor authentication is required'],
  ['a ticket', devOwner, lasting('PT30M'), 'TicketingRule - Ticket is required'],
])('demands %s where the policy does', async (_, one, properties, rule) => {
  const room = await openTenant()
  const answer = await put(room, one, { properties })
  expect(answer).toMatchObject({
    status: 400,
    body: {
      error: {
        code: 'RoleAssignmentRequestPolicyValidationFailed',
        message: `The following policy rules failed: ${rule}`,
      },
    },
  })
  expect((await room.arm(active)).body.value).toHaveLength(1)
})

test('names all broken rules at once, in the older form too', async () => {
  const room = await openTenant()
  room.tenant.policyFailures = 'list'
  const { body } = await put(room, devOwner, { properties: { justification: null } })
  expect(body.error.message).toBe(
    'The following policy rules failed: ["JustificationRule","TicketingRule","ExpirationRule"]',
  )
})

test('wants an authentication context from a client that can cope with challenges', async () => {
  const room = await openTenant()
  const { body } = await put(room, rgWebOwner)
  expect(body.error.code).toBe('RoleAssignmentRequestAcrsValidationFailed')
  const [, claims = ''] = body.error.message.split('&claims=')
  expect(JSON.parse(decodeURIComponent(claims))).toEqual({
    access_token: { acrs: { essential: true, value: 'c1' } },
  })
  const without = decodeURIComponent(claims)
  const incapable = await room.signIn({ claims: without })
  expect(codeOf(await put(room, rgWebOwner, { token: incapable['access_token'] ?? '' }))).toEqual([
    400,
    'RoleAssignmentRequestAcrsValidationFailed',
  ])
  const { access_token: token = '' } = await room.signIn({ claims: stepUp })
  expect((await put(room, rgWebOwner, { token })).status).toBe(201)
  const { access_token: mfa = '' } = await room.signIn({ claims: withMfa })
  expect((await put(room, devQueueOperator, { token: mfa })).status).toBe(201)
})

test.each([
  [
    'somebody else',
    { principalId: tenantGroups.platformTeam.id },
    [403, 'InsufficientPermissions'],
  ],
  ['a role nobody knows', { roleDefinitionId: randomUUID() }, [400, 'RoleDefinitionDoesNotExist']],
  [
    'a role one is not eligible for',
    { roleDefinitionId: armRoles.reader.id },
    [400, 'RoleAssignmentDoesNotExist'],
  ],
  [
    'another eligibility',
    { linkedRoleEligibilityScheduleId: randomUUID() },
    [400, 'RoleAssignmentDoesNotExist'],
  ],
  ['less than five minutes', lasting('PT4M'), [400, 'ActiveDurationTooShort']],
  ['a length nobody can read', lasting('8 hours'), [400, 'BadRequest']],
  ['an administrator’s request', { requestType: 'AdminAssign' }, [403, 'InsufficientPermissions']],
  ['half a request', { requestType: undefined }, [400, 'BadRequest']],
])('refuses %s', async (_, properties, expected) => {
  expect(codeOf(await put(await openTenant(), prodContributor, { properties }))).toEqual(expected)
})

test('takes each name once, and each role once', async () => {
  const room = await openTenant()
  const name = randomUUID()
  await put(room, prodContributor, { name })
  expect(codeOf(await put(room, prodContributor, { name }))).toEqual([
    409,
    'RoleAssignmentRequestExists',
  ])
  expect(codeOf(await put(room, prodContributor))).toEqual([400, 'RoleAssignmentExists'])
})

test('below a scope needs the whole path of the schedule', async () => {
  const room = await openTenant()
  const { scope, scheduleId } = prodContributor
  const below = (linkedRoleEligibilityScheduleId: string) =>
    put(room, prodContributor, {
      scope: armScopes.rgWeb.id,
      properties: { linkedRoleEligibilityScheduleId },
    })
  expect(codeOf(await below(scheduleId))).toEqual([400, 'RoleAssignmentDoesNotExist'])
  const path = `${scope}${authorization}/roleEligibilitySchedules/${scheduleId}`
  expect((await below(path)).body.properties).toMatchObject({ scope: armScopes.rgWeb.id })
})

test('in a resource group below a management group fails for those who cannot read there', async () => {
  const room = await openTenant()
  const { platformReader: one } = tenantEligibilities
  const properties = {
    linkedRoleEligibilityScheduleId: `${one.scope}${authorization}/roleEligibilitySchedules/${one.scheduleId}`,
  }
  const at = (scope: string) => put(room, one, { scope, properties })
  expect(codeOf(await at(armScopes.rgWeb.id))).toEqual([403, 'AuthorizationFailed'])
  expect((await at(armScopes.paymentsProd.id)).status).toBe(201)
})

test('can be tried first, which changes nothing', async () => {
  const room = await openTenant()
  const tried = [
    await put(room, prodContributor, { validate: true }),
    await put(room, devContributor, { validate: true }),
  ]
  expect(tried.map(({ status, body }) => [status, body.properties.status])).toEqual([
    [200, 'Provisioned'],
    [200, 'PendingEvaluation'],
  ])
  expect(codeOf(await put(room, rgWebOwner, { validate: true }))).toEqual([
    400,
    'RoleAssignmentRequestAcrsValidationFailed',
  ])
  expect(room.tenant.requests).toEqual([])
})
