import { printableJson, quoted } from '../core/printable.ts'
import { PimError } from '../core/errors.ts'

export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell' | 'cmd' | 'dotenv' | 'json' | 'github'

/** Variables to set, in the clear, and names to take away. */
export interface Variables {
  readonly set: Readonly<Record<string, string>>
  readonly unset: readonly string[]
}

/** The shell that a person most likely types into. */
export function usualShell(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Shell {
  if (platform === 'win32') return env.PSModulePath === undefined ? 'cmd' : 'powershell'
  const name = env.SHELL?.split('/').at(-1)
  return name === 'zsh' || name === 'fish' ? name : 'bash'
}

/** Text for a shell to evaluate. Values are quoted so that nothing in them is ever run. */
export function renderVariables({ set, unset }: Variables, shell: Shell): string {
  const dialect = dialects[shell]
  if (shell === 'json') return printableJson(JSON.stringify({ ...set, ...nulls(unset) }))
  return [
    ...unset.map((name) => dialect.unset(name)),
    ...Object.entries(set).map(([name, value]) => dialect.set(name, value)),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

/** Whether a value can be written for this shell; where not, `renderVariables` refuses it. */
export function isQuotable(value: string, shell: Shell): boolean {
  return dialects[shell].plain?.test(value) ?? true
}

/** A command for a POSIX shell, with its words quoted so that nothing in them is ever run. */
export function renderCommand(words: readonly string[]): string {
  return words.map((word) => (/^[\w+=:,.@/-]+$/.test(word) ? word : quoted(word))).join(' ')
}

/**
 * What a GitHub job must see: mask commands for its log, and lines for the file behind
 * `GITHUB_ENV`. A delimiter that nobody can guess keeps a value from adding variables of its own.
 */
export function renderGithub(
  values: Readonly<Record<string, string>>,
  secrets: readonly string[],
  delimiter: string,
): { readonly masks: string; readonly lines: string } {
  return {
    masks: secrets.map((secret) => `::add-mask::${secret}`).join('\n'),
    lines: Object.entries(values)
      .map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
      .join(''),
  }
}

interface Dialect {
  /** The values that need no quoting, where there is no safe quoting. */
  readonly plain?: RegExp
  readonly set: (name: string, value: string) => string
  readonly unset: (name: string) => string
}

const posix: Dialect = {
  set: (name, value) => `export ${name}=${quoted(value)}`,
  unset: (name) => `unset ${name}`,
}

const dialects: Readonly<Record<Shell, Dialect>> = {
  bash: posix,
  zsh: posix,
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}';`,
    unset: (name) => `set -e ${name};`,
  },
  powershell: {
    // PowerShell takes the typographic quotes for quotes as well.
    set: (name, value) => `$Env:${name} = '${value.replaceAll(/['‘’‚‛]/g, '$&$&')}'`,
    unset: (name) => `Remove-Item -ErrorAction SilentlyContinue Env:${name}`,
  },
  cmd: {
    plain: /^[\w+/=:.@ -]*$/,
    set: (name, value) => `set "${name}=${plain(value, 'cmd')}"`,
    unset: (name) => `set "${name}="`,
  },
  dotenv: {
    plain: /^[\w+/=:.@-]*$/,
    set: (name, value) => `${name}=${plain(value, 'dotenv')}`,
    unset: () => '',
  },
  json: posix,
  github: posix,
}

/** Two formats have no safe quoting; what would need it is refused rather than guessed. */
function plain(value: string, format: Shell): string {
  if (isQuotable(value, format)) return value
  throw new PimError(
    'refused',
    'unquotable-value',
    `a value cannot be written safely for ${format}`,
    {
      hint: 'use another `--shell`, or `pim exec`',
    },
  )
}

function nulls(names: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(names.map((name) => [name, null]))
}
