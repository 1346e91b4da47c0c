import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import { renderGithub, renderVariables, usualShell } from '../../src/ui/shell.ts'
import { anyText } from '../core/any-text.ts'

const evaluated = (script: string): string =>
  execFileSync('/bin/bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
const set = (value: string) => ({ set: { A: value }, unset: [] })

describe('a value is quoted so that nothing in it is run', () => {
  const attacks: [string, string][] = [
    ['command substitution', '$(touch /tmp/x)`id`'],
    ['a closing quote', "'; rm -rf / #"],
    ['two kinds of quotes', `'"'"`],
    ['a variable', '$HOME ${HOME} !! !$'],
    ['a newline', 'a\nexport B=1'],
    ['a backslash at the end', 'a\\'],
    ['globs and separators', '* ? [a] ; & | < > ( ) # ~'],
  ]

  test.skipIf(process.platform === 'win32').each(attacks)('in bash: %s', (_, value) => {
    const script = `${renderVariables(set(value), 'bash')}\nprintf %s "$A"`
    expect(evaluated(script)).toBe(value)
  })

  test.each([
    ['fish', "it's \\", "set -gx A 'it\\'s \\\\';"],
    ['powershell', "it's ’", "$Env:A = 'it''s ’’'"],
    ['zsh', "it's", "export A='it'\\''s'"],
    ['cmd', 'a+b/c=d', 'set "A=a+b/c=d"'],
    ['dotenv', 'a+b/c=d', 'A=a+b/c=d'],
  ] as const)('in %s', (shell, value, line) => {
    expect(renderVariables(set(value), shell)).toBe(line)
  })

  test('or refused, where the format has no safe quoting', () => {
    for (const shell of ['cmd', 'dotenv'] as const) {
      for (const [, value] of attacks) {
        expect(() => renderVariables(set(value), shell)).toThrow(
          expect.objectContaining({ code: 'unquotable-value', exitCode: 3 }),
        )
      }
    }
  })

  test('and an error does not repeat it', () => {
    expect(() => renderVariables(set('secret value!'), 'dotenv')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret value') }),
    )
  })

  test('whatever it is, in every line format one line stays one statement or it is refused', () => {
    fc.assert(
      fc.property(anyText(), fc.constantFrom('cmd', 'dotenv'), (value, shell) => {
        try {
          expect(renderVariables(set(value), shell as 'cmd')).not.toMatch(/[\n\r%!^&|<>"']{2}|\n/)
        } catch (error) {
          if (!(error instanceof PimError)) throw error
        }
      }),
    )
  })
})

test.each([
  ['bash', 'unset A'],
  ['zsh', 'unset A'],
  ['fish', 'set -e A;'],
  ['powershell', 'Remove-Item -ErrorAction SilentlyContinue Env:A'],
  ['cmd', 'set "A="'],
  ['dotenv', ''],
  ['json', '{"A":null}'],
] as const)('taking away in %s: %s', (shell, text) => {
  expect(renderVariables({ set: {}, unset: ['A'] }, shell)).toBe(text)
})

describe('a GitHub job', () => {
  test('sees the masks before the values, and a value cannot add a variable of its own', () => {
    const value = 'x\npim-0000\nPATH<<E\n/evil\nE'
    const { masks, lines } = renderGithub({ A: value, B: '' }, [value], 'pim-1234')
    expect(masks.startsWith('::add-mask::x')).toBe(true)
    expect(lines).toBe(`A<<pim-1234\n${value}\npim-1234\nB<<pim-1234\n\npim-1234\n`)
  })
})

test.each([
  [{ SHELL: '/bin/zsh' }, 'linux', 'zsh'],
  [{ SHELL: '/usr/bin/fish' }, 'darwin', 'fish'],
  [{ SHELL: '/bin/dash' }, 'linux', 'bash'],
  [{}, 'linux', 'bash'],
  [{}, 'win32', 'cmd'],
  [{ PSModulePath: 'C:' }, 'win32', 'powershell'],
] as const)('with %j on %s a person types into %s', (env, platform, shell) => {
  expect(usualShell(env, platform)).toBe(shell)
})
