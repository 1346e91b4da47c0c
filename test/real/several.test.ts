import { describe, expect, test } from 'vitest'

import { openCloud } from './pim.ts'
import { elevate, elevationIn, eventsOf, openSignedIn, type TenantCloud } from './tenant.ts'

const targets = ['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops']

async function openElevated(text: string): Promise<TenantCloud> {
  const cloud = await openSignedIn()
  const answer = await elevate(cloud, { text }, '--wait', 'active')
  expect([answer.code, elevationIn(answer).state]).toEqual([0, 'active'])
  return cloud
}

const statesIn = async ({ run }: Pick<TenantCloud, 'run'>) =>
  (
    JSON.parse((await run(['status', '--json'])).stdout) as { elevations: { state: string }[] }
  ).elevations.map(({ state }) => state)

describe.concurrent.each(targets)('%s', (text) => {
  test('a start later on hides nothing of what is active now', async () => {
    await using cloud = await openElevated(text)
    const later = elevationIn(await elevate(cloud, { text }, '--start', '+3h'))
    expect(later.state).toBe('scheduled')
    expect(await statesIn(cloud)).toEqual(['active', 'scheduled'])
    expect((await cloud.run(['status', '--check', text])).code).toBe(0)
    const { stdout } = await cloud.run(['list', '--active', '--json'])
    expect(JSON.parse(stdout).targets).toMatchObject([{ target: text, state: 'active' }])
    cloud.tenant.skewSeconds = 360
    expect((await cloud.run(['release', '--all'])).code).toBe(0)
    const ends = cloud.tenant.requests.filter(({ action }) => action === 'SelfDeactivate')
    expect(ends).toHaveLength(1)
    expect(eventsOf(cloud, { text })).toContain('elevation.released')
    expect(await statesIn(cloud)).not.toContain('active')
  })

  test.each([
    ['a duration that is too short', ['-d', '2m', '--yes'], '2m is too short'],
    ['a duration without a unit', ['-d', '2', '--yes'], 'duration'],
    ['no word of consent', ['-d', '2h'], '--yes'],
  ] as const)('extending with %s releases nothing', async (_, flags, named) => {
    await using cloud = await openElevated(text)
    cloud.tenant.skewSeconds = 360
    const before = cloud.tenant.requests.length
    const { code, stderr } = await cloud.run(['extend', text, ...flags])
    expect([code, stderr]).toEqual([2, expect.stringContaining(named)])
    expect(cloud.tenant.requests).toHaveLength(before)
    expect(await statesIn(cloud)).toEqual(['active'])
  })
})

test('a session that `exec --force` takes beside another leaves that one, and each has an end on record', async () => {
  await using cloud = await openCloud()
  const target = 'aws:sandbox-admin'
  expect((await cloud.pim(['elevate', target, '-j', 'why'])).code).toBe(0)
  const words = ['exec', target, '-j', 'again', '--force', '--', 'true']
  expect((await cloud.pim(words)).code).toBe(0)
  expect((await cloud.pim(['status', '--check', target])).code).toBe(0)
  expect((await cloud.pim(['release', '--all'])).code).toBe(0)
  const ids = (event: string) =>
    cloud
      .records()
      .filter((record) => record.event === event)
      .map(({ elevationId }) => elevationId)
  const active = ids('elevation.active')
  expect(active).toHaveLength(2)
  expect(new Set(ids('elevation.released'))).toEqual(new Set(active))
  expect(ids('elevation.released')).toHaveLength(2)
})
