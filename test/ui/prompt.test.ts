import { PassThrough, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createPrompter, type Prompter } from '../../src/ui/prompt.ts'

const ctrlC = '\u0003'
const ctrlD = '\u0004'

/** A terminal on which the keys are pressed once a question is on the screen. */
function terminal() {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode: (isRaw: boolean) => {
      input.isRaw = isRaw
      return input
    },
  })
  const shown = Promise.withResolvers<void>()
  let text = ''
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += String(chunk)
      if (String(chunk).includes('?')) shown.resolve()
      done()
    },
  })
  const screen = Object.assign(output, { isTTY: true, columns: 100, rows: 30, end: () => output })
  const prompter = createPrompter({
    input: input as unknown as NodeJS.ReadStream,
    output: screen as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  })
  return { input, prompter, shown: shown.promise, screen: () => text }
}

const questions: [string, (prompter: Prompter) => Promise<unknown>][] = [
  ['the reason', (prompter) => prompter.justification(['restart the queue'])],
  ['the one-time code', (prompter) => prompter.mfaCode('the device', 'aws:prod')],
  ['the list', (prompter) => prompter.pick('Elevate to', ['aws:prod', 'aws:test'])],
]

describe('a question that is left is interrupted', () => {
  test.each(
    questions.flatMap(([name, ask]) =>
      [
        ['Ctrl-C', ctrlC],
        ['Ctrl-D', ctrlD],
      ].map(([key = '', keys = '']) => [key, name, keys, ask] as const),
    ),
  )('by %s at %s', async (_, __, keys, ask) => {
    const { input, prompter, shown } = terminal()
    const answer = ask(prompter)
    await shown
    input.write(keys)
    await expect(answer).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 })
  })

  test.each(questions)('by the end of the terminal at %s', async (_, ask) => {
    const { input, prompter, shown } = terminal()
    const answer = ask(prompter)
    await shown
    input.end()
    await expect(answer).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 })
  })
})

test('the reason says which keys there are, and that an empty one is none', async () => {
  const { input, prompter, shown, screen } = terminal()
  const answer = prompter.justification(['restart the queue'])
  await shown
  expect(screen()).toContain('type a reason, up and down for one given before, enter to take')
  expect(screen()).not.toContain('empty')
  for (const key of ['\r', 'w', 'h', 'y']) {
    await pause(4)
    input.write(key)
    if (key === '\r') expect(screen()).toContain('an empty answer is none')
  }
  await pause(4)
  input.write('\r')
  expect(await answer).toBe('why')
})

test('Ctrl-D behind what was typed ends nothing', async () => {
  const { input, prompter, shown } = terminal()
  const answer = prompter.mfaCode('the device', 'aws:prod')
  await shown
  for (const key of ['123456', ctrlD, '\r']) {
    await pause(4)
    input.write(key)
  }
  expect((await answer).reveal()).toBe('123456')
})

test('a question that was left does not keep the next from being asked', async () => {
  const { input, prompter, shown } = terminal()
  const first = prompter.pick('Elevate to', ['aws:prod'])
  const second = prompter.pick('Elevate to', ['aws:test'])
  await shown
  input.write(ctrlD)
  await expect(first).rejects.toMatchObject({ code: 'interrupted' })
  await pause(20)
  input.write('\r')
  expect(await second).toEqual(['aws:test'])
})
