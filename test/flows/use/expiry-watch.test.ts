import { expect, test } from 'vitest'
import { minutes, seconds } from '../../../src/core/time/duration.ts'
import type { Elevation, ElevationRecords } from '../../../src/core/elevation/elevation.ts'
import { watchEnds } from '../../../src/flows/use/expiry-watch.ts'
import { elevation, hours, later, noon } from '../../core/sample-elevations.ts'

/** A clock, what is remembered, and how often anybody looked. */
function room(lent: Elevation, access: 'session' | 'grant') {
  const state = { now: noon, remembered: new Map([[lent.id, lent]]), looks: 0 }
  const records: ElevationRecords = {
    list: async () => [...state.remembered.values()],
    read: async () => ({ elevations: [...state.remembered.values()], unreadable: [] }),
    of: async (target) => {
      state.looks += 1
      return [...state.remembered.values()].filter((each) => each.target === target)
    },
    put: async (each) => void state.remembered.set(each.id, each),
    remove: async ({ id }) => void state.remembered.delete(id),
  }
  const look = watchEnds([{ elevation: lent, access }], minutes(5), {
    records,
    now: () => state.now,
  })
  return {
    state,
    records,
    at: async (span: ReturnType<typeof seconds>) => {
      state.now = later(span)
      return (await look()).map(({ elevation: { id, expiresAt }, next }) => ({
        id,
        expiresAt,
        next: next?.id,
      }))
    },
  }
}

const lent = elevation()
const end = { id: 'e1', expiresAt: later(hours(1)), next: undefined }
const prolonged = elevation({ id: 'e2', expiresAt: later(hours(2)) })

test('each is told of once, minutes before its end', async () => {
  for (const access of ['session', 'grant'] as const) {
    const { at } = room(lent, access)
    expect(await at(minutes(54))).toEqual([])
    expect(await at(minutes(55))).toEqual([end])
    expect(await at(minutes(56))).toEqual([])
    expect(await at(minutes(61))).toEqual([])
  }
})

test('a machine that slept past the moment is told when it wakes, past the end it is not', async () => {
  expect(await room(lent, 'grant').at(minutes(59))).toEqual([end])
  expect(await room(lent, 'grant').at(minutes(60))).toEqual([])
})

test('a right that was prolonged elsewhere is told of at its new end', async () => {
  const { at, records } = room(lent, 'grant')
  await at(minutes(10))
  await records.remove(lent)
  await records.put(prolonged)
  expect(await at(minutes(55))).toEqual([])
  expect(await at(minutes(115))).toEqual([{ ...end, id: 'e2', expiresAt: later(hours(2)) }])
})

test('a right that was given back is not told of, and had again it is', async () => {
  const { at, records } = room(lent, 'grant')
  await records.remove(lent)
  expect(await at(minutes(55))).toEqual([])
  await records.put(prolonged)
  expect(await at(minutes(60))).toEqual([])
  expect(await at(minutes(116))).toMatchObject([{ id: 'e2' }])
})

test('the keys of a session end when they end, whatever was taken since', async () => {
  const { at, records } = room(lent, 'session')
  await records.put(prolonged)
  expect(await at(minutes(55))).toEqual([{ ...end, next: 'e2' }])
  const given = room(lent, 'session')
  await given.records.remove(lent)
  expect(await given.at(minutes(55))).toEqual([end])
})

test('the disk is looked at twice a minute, and not each time', async () => {
  const { at, state } = room(lent, 'grant')
  for (let second = 1; second <= 60; second += 1) await at(seconds(second))
  expect(state.looks).toBe(2)
})
