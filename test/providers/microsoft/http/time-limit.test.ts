import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTimeLimit } from '../../../../src/providers/microsoft/http/time-limit.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

test('a limit is over when its time is', () => {
  const { signal } = startTimeLimit(1000)
  vi.advanceTimersByTime(999)
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(signal.aborted).toBe(true)
})

test('what the provider asked to wait for does not count, and what came before does', async () => {
  const limit = startTimeLimit(1000)
  vi.advanceTimersByTime(600)
  await limit.outside(async () => void vi.advanceTimersByTime(60_000))
  vi.advanceTimersByTime(399)
  expect(limit.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(limit.signal.aborted).toBe(true)
})

test('a wait that is broken off starts the clock again', async () => {
  const limit = startTimeLimit(1000)
  const broken = limit.outside(() => Promise.reject(new Error('no')))
  await expect(broken).rejects.toThrow('no')
  vi.advanceTimersByTime(1000)
  expect(limit.signal.aborted).toBe(true)
})

test('a limit that was ended is never over', () => {
  const limit = startTimeLimit(1000)
  limit.end()
  vi.advanceTimersByTime(5000)
  expect(limit.signal.aborted).toBe(false)
})
