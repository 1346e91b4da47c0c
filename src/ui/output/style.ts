/** Colours named for what they mean. Meaning is never carried by colour alone. */
export interface Style {
  readonly error: (text: string) => string
  readonly warning: (text: string) => string
  readonly done: (text: string) => string
  readonly faint: (text: string) => string
}

const same = (text: string): string => text

const plain: Style = { error: same, warning: same, done: same, faint: same }

/** Without colours, nothing is loaded for them. */
export async function createStyle(useColor: boolean): Promise<Style> {
  if (!useColor) return plain
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return { error: chalk.red, warning: chalk.yellow, done: chalk.green, faint: chalk.dim }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Whether a terminal can move its cursor; on Windows no variable says that it cannot. */
export function movesCursor({ TERM = '' }: Environment, platform: string): boolean {
  return TERM !== 'dumb' && (TERM !== '' || platform === 'win32')
}

interface Output {
  readonly isTerminal: boolean
}

/** `--no-color` and `NO_COLOR` switch colours off, `FORCE_COLOR` switches them on, else a terminal decides. */
export function wantsColor(env: Environment, flag: boolean, output: Output): boolean {
  if (!flag || (env.NO_COLOR ?? '') !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0'
  return output.isTerminal && env.TERM !== 'dumb'
}
