import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/credentials.ts'
import { asPimError, PimError } from '../../src/core/errors.ts'

const value = 'wJalrXUtnFEMI-do-not-print'
const secret = new Secret(value)

test('a secret gives its value to whoever asks by name', () => {
  expect(secret.reveal()).toBe(value)
})

describe('a secret does not print', () => {
  test.each([
    // oxlint-disable-next-line typescript/restrict-template-expressions -- it is what is tested
    ['in a template', `key: ${secret}`],
    ['by String', String(secret)],
    ['by joining', ['key', secret].join(' ')],
    ['by adding', 'key ' + secret],
    ['as JSON', JSON.stringify({ secret, deep: [{ secret }] })],
    ['by inspect', inspect(secret)],
    ['by inspect, hidden parts and all', inspect({ secret }, { showHidden: true, depth: 9 })],
    ['by format', format('%s %o %O %j', secret, secret, secret, secret)],
    // oxlint-disable-next-line typescript/no-misused-spread -- it is what is tested
    ['through a copy', JSON.stringify({ ...secret })],
    ['through its entries', JSON.stringify(Object.entries(secret))],
    ['through a structured clone', inspect(structuredClone(secret))],
  ])('%s', (_, text) => expect(text).not.toContain(value))

  test('on a console', () => {
    const lines: string[] = []
    const stream = new Writable({
      write: (chunk: Buffer, _, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const log = new Console(stream)
    log.log(secret, { secret })
    log.dir({ secret }, { showHidden: true })
    log.table([{ secret }])
    expect(lines.join('')).toContain('[secret]')
    expect(lines.join('')).not.toContain(value)
  })

  test('in an error, its JSON or its inspection', () => {
    // oxlint-disable-next-line typescript/restrict-template-expressions -- it is what is tested
    const error = new PimError('usage', 'c', `the key ${secret} is wrong`, { cause: { secret } })
    const shown = [error.message, JSON.stringify(error), inspect(error), error.stack].join('\n')
    expect(shown).not.toContain(value)
    expect(asPimError(secret).message).toBe('[secret]')
  })
})
