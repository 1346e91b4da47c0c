import { describe, expect, test } from 'vitest'

import type { Prompter } from '../../../src/ui/prompt/prompt.ts'
import { keyboard } from './keyboard.ts'

/** What a question gives for these lines, and what was on the screen. */
async function answered<Answer>(
  ask: (prompter: Prompter) => Promise<Answer>,
  lines: readonly (readonly [cue: string, line: string])[],
): Promise<{ answer: Answer; screen: string }> {
  const { prompter, press, shows, screen } = keyboard('line')
  const answer = ask(prompter)
  for (const [cue, line] of lines) {
    await shows(cue)
    press(`${line}\n`)
  }
  return { answer: await answer, screen: screen() }
}

const escape = '\u001B'
const targets = ['aws:prod-admin', 'aws:prod-audit', 'azure:payments/Owner']

describe('without a cursor to move', () => {
  const pick = (prompter: Prompter) => prompter.pick('Elevate to', targets)
  const cue = 'part of a name): '

  test.each<[string, readonly string[], readonly string[]]>([
    ['a number', ['2'], ['aws:prod-audit']],
    ['several numbers', ['3 1'], ['azure:payments/Owner', 'aws:prod-admin']],
    ['numbers with commas, each once', ['1,2, 1'], ['aws:prod-admin', 'aws:prod-audit']],
    ['a whole name', ['azure:payments/owner'], ['azure:payments/Owner']],
    ['a part of a name, and a number of those', ['prod', '2'], ['aws:prod-audit']],
    ['what is not there, and then what is', ['nope', '4', '0', '1'], ['aws:prod-admin']],
    ['nothing, which shows all of them', ['owner', '', '2'], ['aws:prod-audit']],
  ])('the picker takes %s', async (_, lines, expected) => {
    const { answer, screen } = await answered(
      pick,
      lines.map((line) => [cue, line]),
    )
    expect(answer).toEqual(expected)
    expect(screen).toContain('  1) aws:prod-admin\n  2) aws:prod-audit\n')
    expect(screen).not.toContain(escape)
  })

  test('the picker shows the first of very many, and finds the rest by a part of the name', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `aws:role-${index}`)
    const { answer, screen } = await answered(
      (prompter) => prompter.pick('Elevate to', many),
      [
        [cue, 'role-2987'],
        [cue, '1'],
      ],
    )
    expect(answer).toEqual(['aws:role-2987'])
    expect(screen).toContain('and 2950 more: type a part of the name')
  })

  test.each([
    ['a text', ['feed the cat'], 'feed the cat'],
    ['one given before, by its number', ['2'], 'rotate the keys'],
    ['a number that is none of these', ['7'], '7'],
    ['a text after none', ['', 'why'], 'why'],
  ])('the reason is %s', async (_, lines, expected) => {
    const { answer, screen } = await answered(
      (prompter) => prompter.justification(['restart the queue', 'rotate the keys']),
      lines.map((line) => ['from above) ', line]),
    )
    expect(answer).toBe(expected)
    expect(screen).toContain('  1) restart the queue\n')
    expect(screen).not.toContain(escape)
  })

  test.each([
    ['', false],
    ['y', true],
    ['Yes', true],
    ['NO', false],
  ])('yes or no is %j', async (line, expected) => {
    const { answer } = await answered(
      (prompter) => prompter.confirm('Go on?', false),
      [
        ['(y/N) ', 'perhaps'],
        ['answer y or n\nGo on? (y/N) ', line],
      ],
    )
    expect(answer).toBe(expected)
  })

  test('what does not show can be mended, and is not shown', async () => {
    const { prompter, press, shows, screen } = keyboard('line')
    const answer = prompter.mfaCode('the device', 'aws:prod')
    await shows('One-time code of the device for aws:prod: ')
    press('12345\r')
    await shows('six digits are needed')
    await shows('One-time code of the device for aws:prod: ')
    press('999\u0015')
    for (const key of ['1', '9', '\u007F', '2', '3', '4', '5', '6', '\r']) press(key)
    expect((await answer).reveal()).toBe('123456')
    expect(screen()).not.toMatch(/\d{3}/)
  })

  test('a line that comes in pieces is one, and what is typed ahead answers the next question', async () => {
    const { prompter, press, shows } = keyboard('line')
    const reason = prompter.justification([])
    await shows('Why')
    press('restart ')
    press('the queue\ny\n')
    expect(await reason).toBe('restart the queue')
    expect(await prompter.confirm('Go on?', false)).toBe(true)
  })
})
