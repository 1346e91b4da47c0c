import type { Host } from './host.ts'

/** The flags that every command takes. */
export interface Globals {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly input: boolean
  readonly color: boolean
  readonly config?: string
  /** The tenant and the account that a command is to use, where it takes them. */
  readonly tenant?: string
  readonly account?: string
}

export const defaultGlobals: Globals = {
  json: false,
  quiet: false,
  verbose: false,
  input: true,
  color: true,
}

/**
 * Whether there is a person to ask: a terminal both ways, and nobody said not to. Where stdin belongs to the
 * command, as in `dump | pim exec … -- psql`, keys are read from the terminal itself, as sudo and ssh do.
 */
export function mayPrompt(host: Host, globals: Globals): boolean {
  if (mustNotAsk(host.env, globals) || !host.stderr.isTerminal) return false
  return host.stdinIsTerminal || host.hasOwnTerminal
}

/** Whether somebody said not to ask: `--no-input`, `PIM_NO_INPUT` or a pipeline's `CI`. */
export function mustNotAsk(env: Host['env'], { input }: Globals): boolean {
  return !input || [env.PIM_NO_INPUT, env.CI].some((value) => isOn(value))
}

/** Whether a variable that switches something is set to anything but nothing, 0 or false. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase())
}
