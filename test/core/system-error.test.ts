import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asPimError, mayHaveArrived } from '../../src/core/errors.ts'
import { systemCode, systemReason, systemWords } from '../../src/core/system-error.ts'

const nodeError = (code: string, message: string) => Object.assign(new Error(message), { code })

describe('why the system refused', () => {
  test.each(Object.keys(constants.errno))('%s is never said by its code', (code) => {
    const reason = systemReason(nodeError(code, `${code}: a reason of the system, read`))
    expect(reason).not.toMatch(/\bE[A-Z]{3,}\b/)
    expect(reason.length).toBeGreaterThan(5)
  })

  test('is not read out of an error of Node or of pim', () => {
    expect(systemCode(nodeError('ERR_INVALID_ARG_TYPE', 'no'))).toBeUndefined()
    expect(systemCode(asPimError(new Error('no')))).toBeUndefined()
  })

  test.each([
    [
      'connect ECONNREFUSED 127.0.0.1:443',
      'no connection to 127.0.0.1:443 (nothing listens there)',
    ],
    [
      'getaddrinfo ENOTFOUND login.example',
      'no address of login.example (no name server knows that host)',
    ],
    ['read ECONNRESET', 'the connection was cut'],
    ['write EPIPE', 'the connection was cut'],
    ['the answer was EMPTY', 'the answer was EMPTY'],
    ['self-signed certificate', 'self-signed certificate'],
  ])('%s', (words, said) => {
    expect(systemWords(words)).toBe(said)
  })
})

describe('a refusal that nobody translated', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'pim-test-')), 'file')
  writeFileSync(file, '')

  test('names the path, and is no bug', () => {
    let thrown: unknown
    try {
      readFileSync(join(file, 'below'))
    } catch (error) {
      thrown = error
    }
    expect(asPimError(thrown).toJSON()).toEqual({
      code: 'system-error',
      exitCode: 6,
      message: `cannot open \`${join(file, 'below')}\`: part of its path is not a folder`,
      hint: 'check the path and its permissions, and try again',
    })
  })

  test('names the program', async () => {
    const thrown = await new Promise((resolve) => spawn(file).once('error', resolve))
    expect(asPimError(thrown).message).toBe(`cannot run \`${file}\`: permission denied`)
  })

  test('names the address', async () => {
    const thrown = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve))
    expect(asPimError(thrown)).toMatchObject({
      message: 'cannot connect to `127.0.0.1:1`: nothing listens there',
      hint: 'check the network, and try again',
    })
  })
})

test.each([
  ['open', 'ENOSPC', 'system-error', false],
  ['connect', 'ECONNREFUSED', 'provider-unreachable', false],
  ['read', 'ECONNRESET', 'no-answer', true],
])('whether a request may have arrived: %s %s', (syscall, code, said, mayHave) => {
  const error = asPimError(Object.assign(nodeError(code, `${syscall} ${code}`), { syscall }))
  expect([error.code, mayHaveArrived(error)]).toEqual([said, mayHave])
})
