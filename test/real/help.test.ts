import { describe, expect, test } from 'vitest'

import { pimFile, run, searchPath } from './pim.ts'

const env = { PATH: searchPath, HOME: '/nonexistent', PIM_HOME: '/nonexistent/pim', COLUMNS: '80' }

async function help(words: readonly string[]): Promise<string> {
  const { code, out, err } = await run(process.execPath, [pimFile, ...words, '--help'], { env })
  expect([code, err]).toEqual([0, ''])
  return out
}

/** The headings of `pim --help`; below it, commands are under `Commands:`. */
const groups = ['Elevate', 'Approve', 'Look', 'Account', 'Settings', 'Diagnose']

/** The names of the commands, in every group. */
function commandsOf(text: string, headings: readonly string[]): readonly string[] {
  const sections = text
    .split('\n\n')
    .filter((part) => headings.includes(part.split(':\n')[0] ?? ''))
  const lines = sections.flatMap((section) => section.split('\n'))
  return lines.flatMap((line) => /^ {2}([a-z][a-z-]*)/.exec(line)?.[1] ?? [])
}

/** The words of every command there is, found by following help itself. */
async function everyCommand(words: readonly string[] = []): Promise<readonly string[][]> {
  const names = commandsOf(await help(words), words.length === 0 ? groups : ['Commands']).filter(
    (name) => name !== 'help',
  )
  const inner = await Promise.all(names.map((name) => everyCommand([...words, name])))
  return [[...words], ...inner.flat()]
}

const commands = await everyCommand()

test('finds every command', () => {
  expect(commands.map((words) => words.join(' '))).toMatchSnapshot()
})

describe('help of', () => {
  test.each(commands.map((words) => ['pim', ...words].join(' ')))('%s', async (line) => {
    const text = await help(line.split(' ').slice(1))
    expect(text).toMatchSnapshot()
    expect(Math.max(...text.split('\n').map((row) => row.length))).toBeLessThanOrEqual(100)
  })
})
