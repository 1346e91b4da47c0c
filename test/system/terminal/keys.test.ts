import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openKeys } from '../../../src/system/terminal/keys.ts'

function terminal() {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode: (isRaw: boolean) => {
      modes.push(isRaw)
      input.isRaw = isRaw
      return input
    },
  })
  const left = { times: 0 }
  const keys = openKeys(input as unknown as NodeJS.ReadStream, () => void (left.times += 1))
  return { input, keys, left, modes }
}

const never = new AbortController().signal

test('a key is heard at once, or when it was pressed before', async () => {
  const { input, keys } = terminal()
  const next = keys.next(60_000, never)
  input.write('e')
  expect(await next).toBe('e')
  input.write('x')
  await pause(20)
  expect(await keys.next(60_000, never)).toBe('x')
  expect(await keys.next(5, never)).toBeUndefined()
  keys.close()
})

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
  ['Ctrl-\\', '\u001C'],
])('%s is leaving, also behind other keys', async (_, key) => {
  const { input, keys, left } = terminal()
  const next = keys.next(60_000, never)
  input.write(`abc${key}`)
  await next
  expect(left.times).toBeGreaterThan(0)
  keys.close()
})

test('so is the end of the terminal', async () => {
  const { input, left } = terminal()
  input.end()
  await pause(20)
  expect(left.times).toBeGreaterThan(0)
})

test('closed, the terminal is as before, nothing is heard, and nobody has left', async () => {
  const { input, keys, left, modes } = terminal()
  keys.close()
  input.write('\u0003e')
  await pause(20)
  expect([modes, left.times, input.isPaused(), input.listenerCount('keypress')]).toEqual([
    [true, false],
    0,
    true,
    0,
  ])
})

test('a signal ends the wait for a key', async () => {
  const { keys } = terminal()
  const controller = new AbortController()
  const next = keys.next(60_000, controller.signal)
  controller.abort()
  expect(await next).toBeUndefined()
  keys.close()
})
