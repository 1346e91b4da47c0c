import { describe, expect, test } from 'vitest'

import {
  armRoles,
  armScopes,
  tenantAlice,
  tenantEligibilities,
} from '../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../sandbox/microsoft/seed/model.ts'
import { openTenant, stepUp } from '../sandbox/microsoft/fixture.ts'
import type { Room } from '../sandbox/microsoft/fixture.ts'
import { describeWithSpecs } from './specs.ts'
import { createReferee } from './tenant-calls.ts'

const requestId = '44444444-4444-4444-8444-444444444444'
const otherId = '55555555-5555-4555-8555-555555555555'
const { prodContributor, prodAccess, devContributor, devOwner, platformReader } =
  tenantEligibilities
const authorization = (scope: string, rest: string) =>
  `${scope}/providers/Microsoft.Authorization/${rest}`
const target = 'api-version=2020-10-01&$filter=asTarget()'

describeWithSpecs('the embedded Azure Resource Manager conforms', (specs) => {
  const { expectConforming } = createReferee(specs)

  test('in lists, page by page', async () => {
    const room = await openTenant()
    room.tenant.pageSize = 4
    const eligible = await room.arm(authorization('', `roleEligibilityScheduleInstances?${target}`))
    await room.arm(eligible.body.nextLink)
    await room.arm(authorization('', `roleAssignmentScheduleInstances?${target}`))
    await room.arm(
      authorization(armScopes.paymentsProd.id, `roleAssignmentScheduleInstances?${target}`),
    )
    expectConforming(room.tenant, [
      'list-eligible 200',
      'list-eligible 200',
      'list-active 200',
      'list-active 200',
    ])
  })

  test('in what a role demands and allows', async () => {
    const room = await openTenant()
    const { id } = armScopes.paymentsDev
    const role = authorization(id, `roleDefinitions/${armRoles.owner.id}`)
    const filter = encodeURIComponent(`roleDefinitionId eq '${role}'`)
    const policies = 'roleManagementPolicyAssignments?api-version=2020-10-01'
    await room.arm(authorization(id, policies))
    await room.arm(authorization(id, `${policies}&$filter=${filter}`))
    await room.arm(`${role}?api-version=2022-04-01`)
    await room.arm(authorization(armScopes.rgWeb.id, 'permissions?api-version=2022-04-01'))
    await room.arm(authorization(id, 'permissions?api-version=2022-04-01'))
    expectConforming(room.tenant, [
      'policies 200',
      'policies 200',
      'role-definition 200',
      'permissions 200',
      'permissions 200',
    ])
  })

  test('in what lies below a scope', async () => {
    const room = await openTenant()
    const children = 'eligibleChildResources?api-version=2020-10-01'
    await room.arm(authorization(armScopes.platform.id, `${children}&$getAllChildren=true`))
    await room.arm(
      authorization(
        '',
        `${children}&$filter=${encodeURIComponent("resourceType eq 'subscription'")}`,
      ),
    )
    await room.arm('/tenants?api-version=2022-12-01')
    await room.arm(`${armScopes.paymentsDev.id}?api-version=2022-12-01`)
    expectConforming(room.tenant, [
      'children 200',
      'children 200',
      'tenants 200',
      'subscription 200',
    ])
  })

  test('from validating a request to giving the role back', async () => {
    const room = await openTenant()
    await post(room, prodContributor, requestId, 'validate')
    await put(room, prodContributor, requestId)
    await room.arm(request(prodContributor, requestId))
    await room.arm(authorization('', `roleAssignmentScheduleRequests?${target}`))
    await room.arm(authorization('', `roleAssignmentScheduleInstances?${target}`))
    room.advance(600)
    await put(room, prodContributor, otherId, deactivation(prodContributor))
    expectConforming(room.tenant, [
      'validate 200',
      'activate 201',
      'read-request 200',
      'list-requests 200',
      'list-active 200',
      'deactivate 201',
    ])
  })

  test('in requests that wait, are decided or taken back', async () => {
    const room = await openTenant()
    await put(room, devContributor, requestId)
    room.tenant.decide(requestId, 'deny', 'not today')
    await room.arm(request(devContributor, requestId))
    await put(room, devContributor, otherId)
    await room.arm(`POST ${request(devContributor, otherId, '/cancel')}`)
    await room.arm(request(devContributor, otherId))
    expectConforming(room.tenant, [
      'activate 201',
      'read-request 200',
      'activate 201',
      'cancel 200',
      'read-request 200',
    ])
  })

  test('in an activation below the scope of its eligibility, after a step-up, and until a set time', async () => {
    const room = await openTenant()
    const { access_token: token = '' } = await room.signIn({ claims: stepUp })
    await put(room, { ...platformReader, scope: armScopes.paymentsProd.id }, requestId, {
      ...activation(platformReader),
      linkedRoleEligibilityScheduleId: authorization(
        platformReader.scope,
        `roleEligibilitySchedules/${platformReader.scheduleId}`,
      ),
    })
    const call = `PUT ${request(prodAccess, otherId)}`
    const scheduleInfo = {
      startDateTime: '2026-03-01T12:30:00Z',
      expiration: { type: 'AfterDateTime', endDateTime: '2026-03-01T14:00:00Z' },
    }
    const later = await room.arm(call, {
      token,
      body: { properties: { ...activation(prodAccess), scheduleInfo } },
    })
    expect(later.body.properties.status).toBe('Granted')
    expectConforming(room.tenant, ['activate 201', 'activate 201'])
  })

  describe('in refusals:', () => {
    test('what is active, unknown or too young', async () => {
      const room = await openTenant()
      await put(room, prodContributor, requestId)
      await put(room, prodContributor, otherId)
      await put(room, prodContributor, otherId, deactivation(prodContributor))
      room.advance(90)
      await put(room, prodContributor, otherId, deactivation(prodContributor))
      await room.arm(request(prodContributor, otherId))
      expectConforming(room.tenant, [
        'activate 201',
        'activate 400',
        'deactivate 400',
        'deactivate 400',
        'read-request 404',
      ])
    })

    test('what the policy or the sign-in does not allow', async () => {
      const room = await openTenant()
      await put(room, devOwner, requestId)
      await put(room, prodAccess, requestId)
      await room.arm(authorization('', 'roleEligibilityScheduleInstances?api-version=2020-10-01'))
      await room.arm(authorization('', `roleEligibilityScheduleInstances?${target}`), {
        token: 'x',
      })
      await room.arm('/subscriptions/none?api-version=2022-12-01')
      expectConforming(room.tenant, [
        'activate 400',
        'activate 400',
        'list-eligible 403',
        'list-eligible 401',
        'subscription 404',
      ])
    })

    test('requests that are not of the form', async () => {
      const room = await openTenant()
      await room.arm(`PUT ${request(prodContributor, requestId)}`, { body: { properties: {} } })
      await room.arm(authorization('', 'roleEligibilityScheduleInstances'))
      expectConforming(
        room.tenant,
        ['activate 400', 'list-eligible 400'],
        ['activate 400', 'list-eligible 400'],
      )
    })
  })
})

type Granted = Pick<Eligibility, 'roleId' | 'scope' | 'scheduleId'>

function request({ scope }: Granted, id: string, action = ''): string {
  const path = `roleAssignmentScheduleRequests/${id}${action}?api-version=2020-10-01`
  return authorization(scope, path)
}

async function put(room: Room, granted: Granted, id: string, properties = activation(granted)) {
  return room.arm(`PUT ${request(granted, id)}`, { body: { properties } })
}

async function post(room: Room, granted: Granted, id: string, action: string) {
  const body = { properties: activation(granted) }
  return room.arm(`POST ${request(granted, id, `/${action}`)}`, { body })
}

function activation(granted: Granted): Record<string, unknown> {
  return {
    ...deactivation(granted),
    requestType: 'SelfActivate',
    justification: 'restart the queue',
    scheduleInfo: {
      startDateTime: '2026-03-01T12:00:00Z',
      expiration: { type: 'AfterDuration', duration: 'PT1H', endDateTime: null },
    },
  }
}

function deactivation({ scope, roleId }: Granted): Record<string, unknown> {
  const [subscription = ''] = /^\/subscriptions\/[^/]+/.exec(scope) ?? []
  return {
    principalId: tenantAlice.id,
    roleDefinitionId: authorization(subscription, `roleDefinitions/${roleId}`),
    requestType: 'SelfDeactivate',
  }
}
