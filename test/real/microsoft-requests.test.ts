import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import type { PimKind } from '../../sandbox/microsoft/seed/model.ts'
import { tenantEligibilities } from '../../sandbox/microsoft/seed/seed.ts'
import { elevate, elevationIn, eventsOf, openSignedIn, type TenantCloud } from './tenant.ts'

const kinds = ['azure', 'entra', 'group'] as const
const activations = { azure: 'activate', entra: 'activate-role', group: 'activate-group' } as const
const surfaceOf = { azure: 'arm', entra: 'graph', group: 'graph' } as const
const target = (text: string) => ({ text })
const targets = {
  azure: target('azure:payments-prod/Contributor'),
  entra: target('entra:user-administrator'),
  group: target('group:sec-ops'),
}
const eligibilities = {
  azure: tenantEligibilities.prodContributor,
  entra: tenantEligibilities.userAdministrator,
  group: tenantEligibilities.secOpsMember,
}

function activationFault(kind: PimKind) {
  return { surface: surfaceOf[kind], operation: activations[kind] } as const
}

/** Alice at the portal, or at another machine: with a home of her own. */
async function elsewhere(cloud: TenantCloud) {
  const env = { PIM_HOME: join(cloud.folder, 'elsewhere') }
  expect((await cloud.run(['login', 'azure', '--quiet'], env)).code).toBe(0)
  return (words: readonly string[]) => cloud.run(words, env)
}

describe.concurrent.each(kinds)('%s', (kind) => {
  test('a role that is assigned for good is named at once, and asked for once', async () => {
    await using cloud = await openSignedIn()
    const { id, roleId, scope, principalId, startsAt } = eligibilities[kind]
    cloud.tenant.add({ assignments: [{ kind, id, roleId, scope, principalId, startsAt }] })
    const answer = await elevate(cloud, targets[kind], '--wait', 'active')
    const { error } = elevationIn(answer)
    expect([answer.code, error]).toMatchObject([3, { code: 'assigned' }])
    expect(error?.message).toBe('you hold this permanently: it is assigned to you, not activated')
    const asks = cloud.tenant.calls.filter(({ operation }) => operation === activations[kind])
    expect(asks).toHaveLength(1)
  })

  test('a policy that answers 500 for good is unknown, and no obstacle', async () => {
    await using cloud = await openSignedIn()
    const surface = surfaceOf[kind]
    cloud.tenant.fail({ surface, operation: 'policies', status: 500, code: '', times: 99 })
    const answer = await elevate(cloud, targets[kind], '--wait', 'active')
    expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
  })

  test('an answer that is lost twice is looked up: one request, and it is active', async () => {
    await using cloud = await openSignedIn()
    cloud.tenant.fail({ ...activationFault(kind), drop: 'unanswered' })
    if (kind === 'azure') {
      const refused = { status: 403, code: 'InsufficientPermissions', times: 99 }
      cloud.tenant.fail({ surface: 'arm', operation: 'read-request', ...refused })
    }
    const answer = await elevate(cloud, targets[kind], '--wait', 'active')
    expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
    expect(cloud.tenant.requests).toHaveLength(1)
    expect(eventsOf(cloud, targets[kind])).toEqual(['elevation.requested', 'elevation.active'])
  })

  test.each([
    ['503', { status: 503, code: 'ServiceUnavailable' }],
    ['a dropped connection', { drop: 'unheard' }],
  ] as const)('an activation that meets %s is sent again', async (_, trouble) => {
    await using cloud = await openSignedIn()
    cloud.tenant.fail({ ...activationFault(kind), ...trouble, times: 2 })
    const answer = await elevate(cloud, targets[kind], '--wait', 'active')
    expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
    expect(cloud.tenant.requests).toHaveLength(1)
  })

  test('throttling is named with its length, and is no lost answer', async () => {
    await using cloud = await openSignedIn()
    const slow = { status: 429, code: 'TooManyRequests', headers: { 'Retry-After': '3600' } }
    cloud.tenant.fail({ ...activationFault(kind), ...slow, times: 9 })
    const answer = await elevate(cloud, targets[kind])
    const { error, state } = elevationIn(answer)
    expect([answer.code, state, error]).toMatchObject([
      6,
      'failed',
      { code: 'throttled', provider: { status: 429, retryAfterSeconds: 3600 } },
    ])
    expect(error?.message).toContain('for 1h')
    expect(JSON.stringify(error)).not.toMatch(/all the same|may still be granted/)
    expect(eventsOf(cloud, targets[kind])).toEqual(['elevation.requested', 'elevation.failed'])
  })

  test('throttling that ends within the time limit is waited for', async () => {
    await using cloud = await openSignedIn()
    const slow = { status: 429, code: 'TooManyRequests', headers: { 'Retry-After': '2' } }
    cloud.tenant.fail({ ...activationFault(kind), ...slow, times: 4 })
    const answer = await elevate(cloud, targets[kind], '--wait', 'active')
    expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
  })
})

const askable = [
  ['azure', 'azure:payments-dev/Contributor'],
  ['group', 'group:sec-ops@owner'],
  ['entra', 'entra:conditional-access-administrator'],
] as const

describe.concurrent.each(askable)('%s: a request that waits already', (_, text) => {
  test('is adopted, shown and waited for', async () => {
    await using cloud = await openSignedIn()
    const portal = await elsewhere(cloud)
    expect((await portal(['elevate', text, '-j', 'by the portal', '-d', '2h'])).code).toBe(5)
    const [made] = cloud.tenant.requests

    const answer = await elevate(cloud, { text })
    const { error, state, providerRequestId } = elevationIn(answer)
    expect([answer.code, state, providerRequestId]).toEqual([5, 'pending-approval', made?.id])
    expect(error).toMatchObject({ code: 'awaits-approval' })
    expect(error?.message).toContain(made?.id)
    expect(answer.stderr).toContain('was made elsewhere')
    expect(cloud.tenant.requests).toHaveLength(1)
    const { stdout } = await cloud.run(['status', '--json'])
    expect(JSON.parse(stdout).elevations).toMatchObject([
      { target: text, state: 'pending-approval', providerRequestId: made?.id },
    ])
    const stages = made?.eligibility.policy.approvalStages ?? []
    for (const _stage of stages) cloud.tenant.decide(made?.id ?? '', 'approve')
    const waited = await cloud.run(['wait', made?.id ?? '', '--json'])
    expect([waited.code, JSON.parse(waited.stdout).elevations]).toMatchObject([
      0,
      [{ target: text, state: 'active' }],
    ])
  })
})

test('an error of PIM without its envelope names the missing permission', async () => {
  await using cloud = await openSignedIn()
  const body = {
    instanceAnnotations: [],
    message:
      'The request failed because of a missing permission scope. RoleEligibilitySchedule.Read.Directory,RoleManagement.Read.All',
    errorCode: 'PermissionScopeNotGranted',
  }
  cloud.tenant.fail({
    surface: 'graph',
    operation: 'list-eligible-roles',
    status: 403,
    body,
    times: 9,
  })
  const { stdout, stderr } = await cloud.run(['list', '--provider', 'entra', '--json'])
  expect(JSON.parse(stdout).errors).toMatchObject([
    { provider: 'entra', error: { code: 'consent-missing', exitCode: 4 } },
  ])
  expect(stderr).toContain('RoleEligibilitySchedule.Read.Directory')
  expect(stderr).not.toContain('did not come from Microsoft')
})
