import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { renderError } from '../../../src/ui/output/error.ts'
import { createStyle } from '../../../src/ui/output/style.ts'

async function rendered(error: PimError, manner: { json?: boolean; verbose?: boolean } = {}) {
  let text = ''
  const style = await createStyle(false)
  const write = (part: string): void => void (text += part)
  renderError(error, { json: false, verbose: false, ...manner, write, style })
  return text
}

const refused = new PimError('refused', 'access-denied', 'could not assume X', {
  target: 'aws:prod',
  hint: 'ask for it',
  provider: { code: 'AccessDenied', status: 403, requestId: 'r-1' },
})

test('an error says what happened to which target, and what to do', async () => {
  expect(await rendered(refused)).toBe(
    'pim: error: aws:prod: could not assume X\npim: hint: ask for it\n',
  )
})

test('a target that the message names already is not named twice', async () => {
  const error = new PimError('usage', 'c', 'no target `aws:prod`', { target: 'aws:prod' })
  expect(await rendered(error)).toBe('pim: error: no target `aws:prod`\n')
})

test('a message of several lines is one sentence', async () => {
  const error = new PimError('usage', 'c', 'first  \n\n  second\r\nthird')
  expect(await rendered(error)).toBe('pim: error: first second third\n')
})

test('--verbose adds codes and the provider’s request, and a stack only for a bug', async () => {
  expect(await rendered(refused, { verbose: true })).toContain(
    'pim: code access-denied, exit 3\npim: the provider answered AccessDenied 403 r-1\n',
  )
  expect(await rendered(refused, { verbose: true })).not.toContain('error.test.ts')
  const bug = new PimError('unexpected', 'unexpected', 'x', { cause: new TypeError('x') })
  expect(await rendered(bug, { verbose: true })).toContain('error.test.ts')
})

test('--json is one line, which holds everything', async () => {
  const text = await rendered(refused, { json: true, verbose: true })
  expect(text.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(text)).toEqual({
    schema: 'pim.error/v1',
    error: {
      code: 'access-denied',
      exitCode: 3,
      message: 'could not assume X',
      hint: 'ask for it',
      target: 'aws:prod',
      provider: { code: 'AccessDenied', status: 403, requestId: 'r-1' },
    },
  })
})

describe('a stranger’s words cannot drive the terminal', () => {
  const evil = '\u001B[2J\u202E\npim: elevated'
  test.each([
    ['in the message', new PimError('refused', 'c', evil)],
    ['in the target', new PimError('refused', 'c', 'm', { target: evil })],
    ['in the hint', new PimError('refused', 'c', 'm', { hint: evil })],
    ['in the provider’s code', new PimError('refused', 'c', 'm', { provider: { code: evil } })],
    ['in a stack', new PimError('unexpected', 'c', 'm', { cause: new Error(evil) })],
  ])('%s', async (_, error) => {
    const text = await rendered(error, { verbose: true })
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u)
    expect(text.split('\n').filter((line) => line.startsWith('pim: elevated'))).toEqual([])
  })
})
