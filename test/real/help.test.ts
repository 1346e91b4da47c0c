import { describe, expect, test } from 'vitest'

import { pimFile, run, searchPath } from './pim.ts'

const env = { PATH: searchPath, HOME: '/nonexistent', PIM_HOME: '/nonexistent/pim', COLUMNS: '80' }

async function help(words: readonly string[]): Promise<string> {
  const { code, out, err } = await run(process.execPath, [pimFile, ...words, '--help'], { env })
  expect([code, err]).toEqual([0, ''])
  return out
}

/** The names under `Commands:`, without aliases. */
function commandsOf(text: string): readonly string[] {
  const [, list = ''] = text.split('\nCommands:\n')
  const [lines = ''] = list.split('\n\n')
  return lines.split('\n').flatMap((line) => /^ {2}([a-z][a-z-]*)/.exec(line)?.[1] ?? [])
}

/** The words of every command there is, found by following help itself. */
async function everyCommand(words: readonly string[] = []): Promise<readonly string[][]> {
  const names = commandsOf(await help(words)).filter((name) => name !== 'help')
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
