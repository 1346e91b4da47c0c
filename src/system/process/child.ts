import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { PimError } from '../../core/errors.ts'
import { systemCode, systemReason } from '../../core/system-error.ts'
import { exitCodeOfSignal, sentByTerminal, type Signals } from './signals.ts'

/** A program, its arguments and its whole environment. */
export interface Child {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** How it ended: its exit code, or 128 and the number of the signal that ended it. */
export interface Ending {
  readonly exitCode: number
  readonly signal?: string
}

interface ChildOptions extends Child {
  readonly signals: Signals
  /** With a terminal the kernel sends Ctrl-C to the child itself; a second one means "now" to many programs. */
  readonly hasTerminal: boolean
}

/**
 * Runs a program in the foreground with exactly this environment, passes signals on, and resolves
 * with how it ended. Throws `usage` (`command-not-found`, `command-not-runnable`) where it cannot start.
 */
export async function runChild(options: ChildOptions): Promise<Ending> {
  const { file, signals, hasTerminal } = options
  const child = start(options)
  const giveBack = signals.takeOver((signal) => {
    if (!(hasTerminal && sentByTerminal.includes(signal))) child.kill(signal)
  })
  try {
    const result = await child
    if (result.signal !== undefined) {
      return { exitCode: exitCodeOfSignal(result.signal), signal: result.signal }
    }
    if (result.exitCode === undefined) throw cannotStart(file, result.cause)
    return { exitCode: result.exitCode }
  } finally {
    giveBack()
  }
}

function start({ file, args, env }: Child) {
  try {
    return execa(file, args, {
      env,
      extendEnv: false,
      stdio: 'inherit',
      reject: false,
      cleanup: false,
      preferLocal: false,
    })
  } catch (error) {
    throw cannotStart(file, error)
  }
}

function cannotStart(file: string, cause: unknown): PimError {
  const code = systemCode(cause)
  const isThere = file.includes('/') && existsSync(file)
  if (file === '' || (code === 'ENOENT' && !isThere)) {
    return new PimError('usage', 'command-not-found', `there is no command \`${file}\``, {
      hint: 'check the spelling, PATH and that the working folder is still there',
      cause,
    })
  }
  const why =
    code === 'ENOENT' ? 'the interpreter that it names does not exist' : systemReason(cause)
  return new PimError('usage', 'command-not-runnable', `\`${file}\` cannot be run: ${why}`, {
    hint: 'check that it is a program, that its interpreter is there, and that you may execute it',
    cause,
  })
}
