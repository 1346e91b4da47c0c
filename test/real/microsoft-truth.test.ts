import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import type { TenantFault } from '../../sandbox/microsoft/server/faults.ts'
import { elevate, elevationIn, eventsOf, openSignedIn, type TenantCloud } from './tenant.ts'

const targets = {
  azure: 'azure:payments-prod/Contributor',
  entra: 'entra:user-administrator',
  group: 'group:sec-ops',
} as const
const rows = [
  ['azure', 'arm', 'deactivate', 'list-active'],
  ['entra', 'graph', 'deactivate-role', 'list-active-roles'],
  ['group', 'graph', 'deactivate-group', 'list-active-groups'],
] as const

/** So much later, by the clock of Microsoft, what was activated may be released. */
const later = 600

async function openElevated(text: string): Promise<TenantCloud> {
  const cloud = await openSignedIn()
  const answer = await elevate(cloud, { text }, '--wait', 'active')
  expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
  cloud.tenant.skewSeconds = later
  return cloud
}

/** The portal, or another machine: alice with a home of her own. */
async function releaseElsewhere(cloud: TenantCloud, text: string): Promise<void> {
  const env = { PIM_HOME: join(cloud.folder, 'elsewhere') }
  expect((await cloud.run(['login', 'azure', '--quiet'], env)).code).toBe(0)
  expect((await cloud.run(['release', text], env)).code).toBe(0)
}

/** What pim says after it has asked Microsoft. */
async function statusOf(cloud: TenantCloud): Promise<readonly { readonly target: string }[]> {
  // A busy machine may take longer than the two seconds that plain status waits.
  const { code, stdout } = await cloud.run(['status', '--refresh', '--json'])
  expect(code).toBe(0)
  return JSON.parse(stdout).elevations
}

function isActive({ tenant }: TenantCloud): boolean {
  return tenant.requests.every(({ action }) => action !== 'SelfDeactivate')
}

describe.concurrent.each(rows)('%s', (kind, surface, release, list) => {
  const text = targets[kind]
  const missing = {
    surface,
    operation: release,
    status: kind === 'group' ? 404 : 400,
    code: 'RoleAssignmentDoesNotExist',
    message: 'The Role assignment does not exist.',
  } as const satisfies TenantFault

  test('a release that Microsoft refuses while it lists the role is no release', async () => {
    await using cloud = await openElevated(text)
    cloud.tenant.fail(missing)
    const { code, stderr } = await cloud.run(['release', text, '--json'])
    expect(code).toBe(6)
    expect(stderr).toContain('"release-unconfirmed"')
    expect(stderr).toContain('its list still shows the role as active')
    expect(isActive(cloud)).toBe(true)
    expect(await statusOf(cloud)).toMatchObject([{ target: text, state: 'active' }])
    expect(eventsOf(cloud, { text })).not.toContain('elevation.released')
    // It can be released still.
    expect((await cloud.run(['release', text])).code).toBe(0)
    expect(isActive(cloud)).toBe(false)
    expect(eventsOf(cloud, { text }).at(-1)).toBe('elevation.released')
  })

  test('nor is one where the list is empty and no request tells of an end', async () => {
    await using cloud = await openElevated(text)
    cloud.tenant.fail(missing)
    cloud.tenant.fail({ surface, operation: list, status: 200, body: { value: [] }, times: 2 })
    const { code, stderr } = await cloud.run(['release', text, '--json'])
    expect([code, stderr.includes('"release-unconfirmed"')]).toEqual([6, true])
    expect(eventsOf(cloud, { text })).not.toContain('elevation.released')
    expect((await cloud.run(['release', text])).code).toBe(0)
  })

  test('what was released elsewhere is released, on the word of its request', async () => {
    await using cloud = await openElevated(text)
    await releaseElsewhere(cloud, text)
    expect((await cloud.run(['release', text])).code).toBe(0)
    expect(await statusOf(cloud)).toEqual([])
    expect(eventsOf(cloud, { text }).at(-1)).toBe('elevation.released')
  })

  test.each([
    ['is lost on its way back', { drop: 'unanswered' }],
    ['meets a 503', { status: 503, code: 'ServiceUnavailable' }],
    ['meets a dropped connection', { drop: 'unheard' }],
  ] as const)('a release that %s is looked up, or sent again', async (_, trouble) => {
    await using cloud = await openElevated(text)
    cloud.tenant.fail({ surface, operation: release, ...trouble })
    expect((await cloud.run(['release', text])).code).toBe(0)
    const ends = cloud.tenant.requests.filter(({ action }) => action === 'SelfDeactivate')
    expect(ends).toHaveLength(1)
    expect(await statusOf(cloud)).toEqual([])
    expect(eventsOf(cloud, { text }).at(-1)).toBe('elevation.released')
  })

  test('a list that misses it once ends nothing', async () => {
    await using cloud = await openElevated(text)
    cloud.tenant.fail({ surface, operation: list, status: 200, body: { value: [] }, times: 2 })
    const asks = () => cloud.tenant.calls.filter(({ operation }) => operation === list).length
    const before = asks()
    expect(await statusOf(cloud)).toMatchObject([{ target: text, state: 'active' }])
    expect(asks()).toBeGreaterThan(before)
    expect(await statusOf(cloud)).toMatchObject([{ target: text, state: 'active' }])
    expect(eventsOf(cloud, { text })).not.toContain('elevation.released')
    await releaseElsewhere(cloud, text)
    expect(await statusOf(cloud)).toEqual([])
    expect(eventsOf(cloud, { text }).at(-1)).toBe('elevation.released')
  })

  test('a row without a type of assignment is active', async () => {
    await using cloud = await openSignedIn()
    cloud.tenant.omitsAssignmentType = true
    const answer = await elevate(cloud, { text }, '--wait', 'active')
    expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
    const { stdout } = await cloud.run(['list', '--active', '--refresh', '--json'])
    expect(JSON.parse(stdout).targets).toMatchObject([{ target: text, state: 'active' }])
  })

  // How far Microsoft's clock is ahead of that of this machine.
  test.each([-30, -90, -300, -600, 90, 7200])('%d s between the clocks', async (skew) => {
    await using cloud = await openSignedIn()
    cloud.tenant.skewSeconds = skew
    const answer = await elevate(cloud, { text }, '--wait', 'active')
    expect([skew, answer.code, elevationIn(answer).state]).toEqual([skew, 0, 'active'])
    if (Math.abs(skew) > 60) expect(answer.stderr).toContain('the clock of this machine is')
    const asked = cloud.tenant.requests[0]?.schedule
    expect(asked?.startsAt).toBeUndefined()
    expect(await statusOf(cloud)).toMatchObject([{ target: text, state: 'active' }])
  })
})
