import { describe, expect, test } from 'vitest'

import { Secret } from '../../../src/core/credentials.ts'
import type { Prompter } from '../../../src/ui/prompt/prompt.ts'
import { keyboard } from './keyboard.ts'

const ctrlC = '\u0003'
const ctrlD = '\u0004'

const questions: [string, string, (prompter: Prompter) => Promise<unknown>][] = [
  ['the reason', 'Why', (prompter) => prompter.justification(['restart the queue'])],
  ['the one-time code', 'One-time', (prompter) => prompter.mfaCode('the device', 'aws:prod')],
  ['the list', 'Elevate to', (prompter) => prompter.pick('Elevate to', ['aws:prod', 'aws:test'])],
  ['yes or no', 'Go on?', (prompter) => prompter.confirm('Go on?', false)],
]
const interrupted = { code: 'interrupted', exitCode: 130 }

describe('a question that is left is interrupted', () => {
  test.each(
    questions.flatMap(([name, cue, ask]) =>
      [
        ['Ctrl-C', ctrlC],
        ['Ctrl-D', ctrlD],
      ].map(([key = '', keys = '']) => [key, name, keys, cue, ask] as const),
    ),
  )('by %s at %s', async (_, __, keys, cue, ask) => {
    const { press, prompter, shows } = keyboard('cursor')
    const answer = ask(prompter)
    await shows(cue)
    press(keys)
    await expect(answer).rejects.toMatchObject(interrupted)
  })

  test.each(
    (['cursor', 'line'] as const).flatMap((form) =>
      questions.map(([name, cue, ask]) => [form, name, cue, ask] as const),
    ),
  )('by the end of the terminal, with a %s, at %s', async (form, _, cue, ask) => {
    const { end, prompter, shows } = keyboard(form)
    const answer = ask(prompter)
    await shows(cue)
    end()
    await expect(answer).rejects.toMatchObject(interrupted)
    // There is nobody any more for the next one either.
    if (form === 'line') await expect(ask(prompter)).rejects.toMatchObject(interrupted)
  })

  test.each(questions)('by Ctrl-C, a signal to a plain line, at %s', async (_, cue, ask) => {
    const signal = new AbortController()
    const { prompter, shows, isRaw } = keyboard('line', signal.signal)
    const answer = ask(prompter)
    await shows(cue)
    signal.abort()
    await expect(answer).rejects.toMatchObject(interrupted)
    expect(isRaw()).toBe(false)
    await expect(ask(prompter)).rejects.toMatchObject(interrupted)
  })

  test.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('by %s where nothing shows, and the terminal is as it was', async (_, key) => {
    const { press, prompter, shows, isRaw } = keyboard('line')
    const answer = prompter.mfaCode('the device', 'aws:prod')
    await shows('One-time')
    expect(isRaw()).toBe(true)
    press(key)
    await expect(answer).rejects.toMatchObject(interrupted)
    expect(isRaw()).toBe(false)
  })
})

test('the reason says which keys there are, and that an empty one is none', async () => {
  const { press, prompter, shows, screen } = keyboard('cursor')
  const answer = prompter.justification(['restart the queue'])
  await shows('type a reason, up and down for one given before, enter to take')
  expect(screen()).not.toContain('empty')
  press('\r')
  await shows('an empty answer is none')
  for (const key of 'why') press(key)
  press('\r')
  expect(await answer).toBe('why')
})

test.each(['cursor', 'line'] as const)(
  'Ctrl-D behind what was typed ends nothing, with a %s',
  async (form) => {
    const { press, prompter, shows } = keyboard(form)
    const answer = prompter.mfaCode('the device', 'aws:prod')
    await shows('One-time')
    for (const key of ['123456', ctrlD, '\r']) press(key)
    expect((await answer).reveal()).toBe('123456')
  },
)

test.each(['cursor', 'line'] as const)(
  'a code that was used is not taken again, with a %s',
  async (form) => {
    const { press, prompter, shows, screen } = keyboard(form)
    const answer = prompter.mfaCode('the device', 'aws:prod', [new Secret('123456')])
    await shows('Next one-time code of the device for aws:prod (each works once)')
    for (const key of ['123456', '\r']) press(key)
    await shows('this code was used already; wait for the next one')
    if (form === 'cursor') press('\u007F'.repeat(6))
    for (const key of ['654321', '\r']) press(key)
    expect((await answer).reveal()).toBe('654321')
    expect(screen()).not.toMatch(/123456|654321/)
  },
)

test('a question that was left does not keep the next from being asked', async () => {
  const { press, prompter, shows } = keyboard('cursor')
  const first = prompter.pick('Elevate to', ['aws:prod'])
  const second = prompter.pick('Then to', ['aws:test'])
  await shows('Elevate to')
  press(ctrlD)
  await expect(first).rejects.toMatchObject({ code: 'interrupted' })
  await shows('Then to')
  press('\r')
  expect(await second).toEqual(['aws:test'])
})

test('a question keeps the screen until it is answered, and the next one waits for it', async () => {
  const { press, prompter, shows, screen } = keyboard('line')
  const first = prompter.confirm('First?', false)
  const second = prompter.confirm('Second?', false)
  await shows('First? (y/N) ')
  expect(screen()).not.toContain('Second?')
  press('y\n')
  await shows('Second?')
  press('\n')
  expect([await first, await second]).toEqual([true, false])
})

const evil = 'evil\u009B2J\u202Enimda'

test.each(
  (['cursor', 'line'] as const).flatMap((form) =>
    (
      [
        ['a reason', (prompter) => prompter.justification([evil], evil)],
        ['a ticket', (prompter) => prompter.ticket(evil)],
        ['a code', (prompter) => prompter.mfaCode(evil, evil)],
        ['a secret', (prompter) => prompter.secret(evil)],
        ['a yes', (prompter) => prompter.confirm(evil, true)],
        ['a choice', (prompter) => prompter.pick(evil, [evil])],
      ] satisfies [string, (prompter: Prompter) => Promise<unknown>][]
    ).map(([name, ask]) => [form, name, ask] as const),
  ),
)('with a %s, the question for %s obeys no name that it holds', async (form, _, ask) => {
  const { prompter, shows, screen, end } = keyboard(form)
  const answer = ask(prompter)
  await shows(String.raw`evil\u{9b}2J\u{202e}nimda`)
  expect(screen()).not.toMatch(/[\u0080-\u009F\u202E]/)
  end()
  await expect(answer).rejects.toMatchObject(interrupted)
})
