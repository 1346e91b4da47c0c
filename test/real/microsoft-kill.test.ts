import { describe, expect, test } from 'vitest'

import { until } from './pim.ts'
import { openSignedIn } from './fixture.ts'

const surfaces = [
  ['azure:payments-prod/Contributor', 'arm', 'activate'],
  ['entra:user-administrator', 'graph', 'activate-role'],
  ['group:sec-ops', 'graph', 'activate-group'],
] as const

/** A pim that is killed when the provider has granted what it asks for, and has not said so yet. */
async function killedInFlight([target, surface, operation]: readonly [
  string,
  'arm' | 'graph',
  string,
]) {
  const stand = await openSignedIn()
  stand.tenant.fail({ surface, operation, delayMs: 30_000 })
  const running = stand.startPim(['elevate', target, '-j', 'restart the queue', '-d', '30m'])
  await until('the request', () => stand.tenant.calls.some((call) => call.operation === operation))
  running.child.kill('SIGKILL')
  expect((await running.ended).signal).toBe('SIGKILL')
  const elevations = async () =>
    JSON.parse((await stand.pim(['status', '--json', '--refresh'])).out).elevations as Record<
      string,
      unknown
    >[]
  return { stand, elevations }
}

const verified = '{"ok":true,"unknownOutcome":[]}'

describe.concurrent.each(surfaces)('killed before the answer came: %s', (...surface) => {
  test('`pim status` finds it active, and the log has its outcome from then on', async () => {
    const { stand: opened, elevations } = await killedInFlight(surface)
    await using stand = opened
    expect(stand.events()).toEqual(['elevation.requested'])
    const [elevation] = await elevations()
    expect(elevation).toMatchObject({
      target: surface[0],
      state: 'active',
      justification: 'restart the queue',
      id: stand.records()[0]?.elevationId,
    })
    expect(stand.events()).toEqual(['elevation.requested', 'elevation.active'])
    const { ok, unknownOutcome } = JSON.parse((await stand.pim(['audit', 'verify', '--json'])).out)
    expect(JSON.stringify({ ok, unknownOutcome })).toBe(verified)
  })

  test('`pim elevate` asks for it no second time', async () => {
    const { stand: opened } = await killedInFlight(surface)
    await using stand = opened
    const again = await stand.pim(['elevate', surface[0], '-j', 'restart the queue', '--json'])
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out).elevations).toMatchObject([{ state: 'active', changed: false }])
    const asked = stand.tenant.calls.filter((call) => call.operation === surface[2])
    expect(asked).toHaveLength(1)
  })
})

const withApprovers = [
  ['azure:payments-dev/Contributor', 'arm', 'activate'],
  ['group:sec-ops@owner', 'graph', 'activate-group'],
] as const

test.concurrent.each(withApprovers)(
  'killed before it heard that %s waits for an approver: found, and withdrawn by its id',
  async (...surface) => {
    const { stand: opened, elevations } = await killedInFlight(surface)
    await using stand = opened
    const [elevation = {}] = await elevations()
    expect(elevation).toMatchObject({ target: surface[0], state: 'pending-approval' })
    const [{ id }] = JSON.parse((await stand.pim(['requests', '--json'])).out).requests
    expect(elevation['providerRequestId']).toBe(id)
    expect((await stand.pim(['cancel', String(elevation['id'])])).code).toBe(0)
    expect(await elevations()).toEqual([])
    expect(stand.events()).toEqual([
      'elevation.requested',
      'elevation.pending',
      'elevation.canceled',
    ])
  },
)
