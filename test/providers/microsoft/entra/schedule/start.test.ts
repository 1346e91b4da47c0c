import { describe, expect, test } from 'vitest'
import { after, hours, minutes } from '../../../../../src/core/time/duration.ts'
import { attemptAt, never } from '../graph.ts'
import { elevate, openRoom, targetNamed } from '../fixture.ts'

describe.each([
  ['a directory role', 'roles', 'user-administrator', 'role'],
  ['a place in a group', 'groups', 'sec-ops', 'group'],
] as const)('%s', (_, which, path, noun) => {
  test('that is to begin later is scheduled, and active only when its time has come', async () => {
    const { tenant, advance, now, ...room } = await openRoom()
    const start = after(now(), hours(2))
    const made = await elevate(path, room[which], now(), { start })
    const times = { startsAt: start, expiresAt: after(start, hours(1)) }
    expect(made).toMatchObject({ state: 'scheduled', ...times })
    expect(tenant.requests[0]?.schedule.startsAt).toEqual(start)
    const progress = () => room[which].progress(made, never)
    expect(await progress()).toMatchObject({ state: 'scheduled', ...times })
    advance(hours(2).seconds)
    expect(await progress()).toMatchObject({ state: 'active', ...times })
  })

  test.each(['Granted', 'ScheduleCreated', 'Provisioned'])(
    'whose answer is %s is scheduled where it begins later',
    async (status) => {
      const { tenant, now, ...room } = await openRoom()
      tenant.answerNext({ surface: 'graph', status })
      const start = after(now(), minutes(30))
      const made = await elevate(path, room[which], now(), { start })
      expect(made).toMatchObject({ state: 'scheduled', startsAt: start })
    },
  )

  test('that is active now does not make active what follows it', async () => {
    const { now, ...room } = await openRoom()
    const first = await elevate(path, room[which], now())
    const start = after(now(), hours(1))
    const second = await elevate(path, room[which], now(), { start })
    expect(await room[which].progress(first, never)).toMatchObject({ state: 'active' })
    expect(await room[which].progress(second, never)).toMatchObject({ state: 'scheduled' })
  })

  test('whose answer was lost is known by the start that was asked for', async () => {
    const { tenant, now, ...room } = await openRoom()
    const target = await targetNamed(path, room[which])
    const start = after(now(), hours(1))
    tenant.fail({ surface: 'graph', operation: `activate-${noun}`, drop: 'unanswered' })
    const made = await room[which].activate(attemptAt(target, { requestedAt: now(), start }))
    expect(made).toMatchObject({ state: 'scheduled', startsAt: start })
    expect(tenant.requests).toHaveLength(1)
  })
})
