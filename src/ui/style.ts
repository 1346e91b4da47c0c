import { Chalk, type ChalkInstance } from 'chalk'

/** Colours named for what they mean. Meaning is never carried by colour alone. */
export interface Style {
  readonly error: (text: string) => string
  readonly warning: (text: string) => string
  readonly done: (text: string) => string
  readonly name: (text: string) => string
  readonly faint: (text: string) => string
}

export function createStyle(useColor: boolean): Style {
  const chalk: ChalkInstance = new Chalk({ level: useColor ? 1 : 0 })
  return {
    error: chalk.red,
    warning: chalk.yellow,
    done: chalk.green,
    name: chalk.bold,
    faint: chalk.dim,
  }
}

interface Terminal {
  readonly isTTY?: boolean
}

/** `--no-color` and `NO_COLOR` switch colours off, `FORCE_COLOR` switches them on, else a terminal decides. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  flag: boolean,
  stream: Terminal,
): boolean {
  if (!flag || (env.NO_COLOR ?? '') !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
