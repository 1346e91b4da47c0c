import { describe, expect, test } from 'vitest'
import {
  asPimError,
  interrupted,
  PimError,
  worstExitCode,
  type ErrorKind,
} from '../../src/core/errors.ts'

describe('each kind of error has one exit code', () => {
  test.each([
    ['unexpected', 1],
    ['usage', 2],
    ['refused', 3],
    ['sign-in', 4],
    ['pending', 5],
    ['unavailable', 6],
    ['audit', 7],
    ['interrupted', 130],
  ] satisfies [ErrorKind, number][])('%s is %i', (kind, exitCode) => {
    expect(new PimError(kind, 'code', 'message').exitCode).toBe(exitCode)
  })
})

describe('of several exit codes the most serious counts', () => {
  test.each([
    [[], 0],
    [[0, 0], 0],
    [[0, 5], 5],
    [[5, 6], 6],
    [[6, 3], 3],
    [[3, 4], 4],
    [[4, 2], 2],
    [[2, 1], 1],
    [[1, 7], 7],
    [[7, 130], 130],
    [[0, 42], 42],
    [[42, 5], 5],
  ])('%j: %i', (codes, worst) => {
    expect(worstExitCode(codes)).toBe(worst)
    expect(worstExitCode(codes.toReversed())).toBe(worst)
  })
})

describe('naming the target', () => {
  const cause = new Error('below')
  const error = new PimError('refused', 'access-denied', 'no', {
    hint: 'ask',
    provider: { code: 'AccessDenied', status: 403 },
    cause,
  })

  test('keeps everything else', () => {
    const about = error.about('aws:prod')
    expect(about).toMatchObject({ ...error.toJSON(), target: 'aws:prod', kind: 'refused' })
    expect(about.cause).toBe(cause)
  })

  test('leaves the first name in place', () => {
    const first = error.about('aws:prod')
    expect(first.about('aws:other')).toBe(first)
  })
})

describe('as JSON', () => {
  test('holds what is known and no empty keys', () => {
    expect(Object.keys(new PimError('usage', 'c', 'm').toJSON())).toEqual([
      'code',
      'exitCode',
      'message',
    ])
    const full = new PimError('usage', 'c', 'm', {
      hint: 'h',
      target: 't',
      provider: { code: 'X', status: 400, requestId: 'r' },
    })
    expect(JSON.parse(JSON.stringify(full))).toEqual({
      code: 'c',
      exitCode: 2,
      message: 'm',
      hint: 'h',
      target: 't',
      provider: { code: 'X', status: 400, requestId: 'r' },
    })
  })

  test('leaves out the cause, which may hold anything', () => {
    const error = new PimError('usage', 'c', 'm', { cause: new Error('wrong') })
    expect(JSON.stringify(error)).not.toContain('wrong')
  })
})

describe('whatever is thrown becomes a PimError', () => {
  test('its own kind stays what it is', () => {
    const error = new PimError('refused', 'c', 'm')
    expect(asPimError(error)).toBe(error)
  })

  test('an abort is an interruption', () => {
    expect(asPimError(new DOMException('stop', 'AbortError'))).toMatchObject({ exitCode: 130 })
    expect(interrupted().exitCode).toBe(130)
  })

  test.each([[new TypeError('x is undefined')], ['text'], [undefined], [null], [{ a: 1 }], [7n]])(
    '%s is a failure of pim itself',
    (thrown) => {
      expect(asPimError(thrown)).toMatchObject({
        kind: 'unexpected',
        exitCode: 1,
        cause: thrown,
        hint: expect.stringContaining('--verbose'),
      })
    },
  )

  test('and is recognised by its type, not by its words', () => {
    expect(asPimError(new Error('AccessDenied: the token expired')).kind).toBe('unexpected')
  })
})
