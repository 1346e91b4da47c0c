import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { createIo } from '../../../src/ui/output/io.ts'
import { createStyle, wantsColor } from '../../../src/ui/output/style.ts'

async function said(manner: { json?: boolean; quiet?: boolean; verbose?: boolean }) {
  const text = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    write: (part: string): void => void (text[name] += part),
    isTerminal: false,
  })
  const streams = { stdout: output('stdout'), stderr: output('stderr') }
  const all = { json: false, quiet: false, verbose: false, ...manner }
  const io = createIo(streams, all, await createStyle(false))
  io.out('answer')
  io.note('note')
  io.warn('warning')
  io.detail('detail')
  io.error(new PimError('usage', 'c', 'error'))
  return text
}

const error = 'pim: error: error\n'

describe('stdout is the answer, stderr the conversation', () => {
  test.each([
    ['as a rule', {}, `pim: note\npim: warning: warning\n${error}`],
    ['under --quiet', { quiet: true }, `pim: warning: warning\n${error}`],
    [
      'under --json, without the notes',
      { json: true },
      `pim: warning: warning\n${JSON.stringify({
        schema: 'pim.error/v1',
        error: { code: 'c', exitCode: 2, message: 'error' },
      })}\n`,
    ],
  ])('%s', async (_, manner, stderr) => {
    expect(await said(manner)).toEqual({ stdout: 'answer\n', stderr })
  })

  test('under --verbose', async () => {
    const { stdout, stderr } = await said({ verbose: true })
    expect(stdout).toBe('answer\n')
    expect(stderr).toContain('pim: detail\n')
  })

  test.each([
    ['at a terminal', true, {}, '\u0007pim: notice\n'],
    ['at a terminal, under --json', true, { json: true }, '\u0007pim: notice\n'],
    ['under --quiet', true, { quiet: true }, ''],
    ['without a terminal', false, {}, ''],
  ])('a notice is for who sits at the terminal: %s', async (_, isTerminal, manner, expected) => {
    const text = { stdout: '', stderr: '' }
    const io = createIo(
      {
        stdout: { write: (part) => void (text.stdout += part) },
        stderr: { write: (part) => void (text.stderr += part), isTerminal },
      },
      { json: false, quiet: false, verbose: false, ...manner },
      await createStyle(false),
    )
    io.ring()
    io.notice('notice')
    expect(text).toEqual({ stdout: '', stderr: expected })
  })

  test('a name that a line holds is shown, not obeyed', async () => {
    let text = ''
    const output = { write: (part: string): void => void (text += part), isTerminal: true }
    const manner = { json: false, quiet: false, verbose: true }
    const io = createIo({ stdout: output, stderr: output }, manner, await createStyle(false))
    for (const say of [io.note, io.warn, io.detail, io.notice]) say('a\u001B[2J\u202Eb\npim: c')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(text.trim().split('\n')).toHaveLength(4)
    expect(text).toContain(String.raw`a\u{1b}[2J\u{202e}b\u{a}pim: c`)
  })

  test('a document is one, and ends with a newline', async () => {
    let stdout = ''
    const write = (part: string): void => void (stdout += part)
    const streams = { stdout: { write, isTerminal: false }, stderr: { write, isTerminal: false } }
    const manner = { json: true, quiet: true, verbose: false }
    createIo(streams, manner, await createStyle(false)).json({ a: [1] })
    expect(JSON.parse(stdout)).toEqual({ a: [1] })
    expect(stdout.endsWith('\n')).toBe(true)
  })

  test('a document and an error show what would deceive a terminal as escapes', async () => {
    let text = ''
    const output = { write: (part: string): void => void (text += part), isTerminal: false }
    const manner = { json: true, quiet: true, verbose: false }
    const io = createIo({ stdout: output, stderr: output }, manner, await createStyle(false))
    io.json({ role: 'a\u009B2J\u202Eb' })
    io.error(new PimError('usage', 'c', 'a\u009B2J\u2028b'))
    expect(text).toContain('a\\u009b2J\\u202eb')
    expect(text).toContain('a\\u009b2J\\u2028b')
    expect(text).not.toMatch(/[\u0080-\u009f\u202e\u2028]/)
  })
})

describe('colours', () => {
  test.each([
    [{}, true, true, true],
    [{}, true, false, false],
    [{}, false, true, false],
    [{ NO_COLOR: '1' }, true, true, false],
    [{ NO_COLOR: '' }, true, true, true],
    [{ FORCE_COLOR: '1' }, true, false, true],
    [{ FORCE_COLOR: '0' }, true, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true, false],
    [{ TERM: 'dumb' }, true, true, false],
  ])('env %j, flag %s, terminal %s: %s', (env, flag, isTerminal, wanted) => {
    expect(wantsColor(env, flag, { isTerminal })).toBe(wanted)
  })

  test('are sequences where wanted, and nothing elsewhere', async () => {
    expect((await createStyle(true)).error('x')).toContain('\u001B[')
    expect((await createStyle(false)).error('x')).toBe('x')
  })
})
