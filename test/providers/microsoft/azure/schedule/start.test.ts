import { expect, test } from 'vitest'
import { after, hours, minutes } from '../../../../../src/core/time/duration.ts'
import { openRoom } from '../fixture.ts'
import { never } from '../scripted.ts'

test('what is to begin later is scheduled, and active only when its time has come', async () => {
  const { tenant, provider, elevate, advance, now } = await openRoom()
  const start = after(now(), hours(2))
  const made = await elevate('payments-prod/Contributor', { start })
  const times = { startsAt: start, expiresAt: after(start, hours(1)) }
  expect(made).toMatchObject({ state: 'scheduled', ...times, accessEndsAt: times.expiresAt })
  expect(tenant.requests[0]?.schedule.startsAt).toEqual(start)
  expect(await provider.progress(made, never)).toMatchObject({ state: 'scheduled', ...times })
  advance(hours(2))
  expect(await provider.progress(made, never)).toMatchObject({ state: 'active', ...times })
})

test.each(['Granted', 'ScheduleCreated', 'Provisioned', 'PendingProvisioning'])(
  'an answer of %s to it is scheduled',
  async (status) => {
    const { tenant, elevate, now } = await openRoom()
    tenant.answerNext({ surface: 'arm', status })
    const start = after(now(), minutes(30))
    const made = await elevate('payments-prod/Contributor', { start })
    expect(made).toMatchObject({ state: 'scheduled', startsAt: start })
  },
)

test('what waits for approval and begins later waits', async () => {
  const { elevate, now } = await openRoom()
  const start = after(now(), minutes(30))
  const made = await elevate('payments-dev/Contributor', { start })
  expect(made).toMatchObject({ state: 'pending-approval', startsAt: start })
})

test('what is active now does not make active what follows it', async () => {
  const { provider, elevate, now } = await openRoom()
  const path = 'payments-prod/Contributor'
  const first = await elevate(path)
  const second = await elevate(path, { id: 'ba9876543210', start: after(now(), hours(1)) })
  expect(await provider.progress(first, never)).toMatchObject({ state: 'active' })
  expect(await provider.progress(second, never)).toMatchObject({ state: 'scheduled' })
})

test('without a start, none is sent', async () => {
  const { tenant, elevate } = await openRoom()
  await elevate('payments-prod/Contributor')
  expect(tenant.requests[0]?.schedule.startsAt).toBeUndefined()
})
