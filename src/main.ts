import { CommanderError, type Command } from 'commander'
import { commandWord, createProgram } from './cli.ts'
import { asPimError, PimError } from './core/errors.ts'
import { createDeps, type Globals } from './deps.ts'
import { hostOf, type Host } from './host.ts'
import { renderError } from './ui/error.ts'
import { createStyle, wantsColor } from './ui/style.ts'

/** Runs pim in this process and ends it. */
export async function main(process: NodeJS.Process): Promise<void> {
  let isStuck = false
  const host = hostOf(process, () => {
    isStuck = true
  })
  const exitCode = await run(process.argv.slice(2), host)
  if (isStuck) leaveThreadsBehind(exitCode, process)
  process.exit(exitCode)
}

/** Runs one command line and resolves with its exit code. The only catch that ends a run. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const { own, behindDashes } = splitAtDashes(argv)
  let exitCode = 0
  let globals: Globals | undefined
  const program = createProgram(own, {
    version: host.version,
    behindDashes,
    open: async (given) => {
      globals = given
      return createDeps(host, given)
    },
    finish: (code) => {
      exitCode = code
    },
  })
  speakThrough(program, host)
  try {
    await program.parseAsync([...own], { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (thrown instanceof CommanderError && isHelp(thrown)) return 0
    return await sayLast(thrown, own, globals, host)
  }
}

function isHelp({ code, exitCode }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help'
}

/** Says why a run ended, and with which exit code. */
async function sayLast(
  thrown: unknown,
  own: readonly string[],
  globals: Globals | undefined,
  { env, stderr }: Host,
): Promise<number> {
  const error = thrown instanceof CommanderError ? usageError(thrown) : asPimError(thrown)
  const color = globals?.color ?? !own.includes('--no-color')
  renderError(error, {
    write: stderr.write,
    json: globals?.json ?? own.includes('--json'),
    verbose: globals?.verbose ?? false,
    style: await createStyle(wantsColor(env, color, stderr)),
  })
  return commandWord(own) === 'exec' ? exitCodeOfExec(error) : error.exitCode
}

/** `pim exec` ends with the command's own code, so its own failures keep to codes that few commands use. */
function exitCodeOfExec({ code, exitCode }: PimError): number {
  if (code === 'command-not-found') return 127
  if (code === 'command-not-runnable') return 126
  return exitCode === 130 ? exitCode : 125
}

/** What commander found wrong with the words. */
function usageError(error: CommanderError): PimError {
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const suggestion = rest.join(' ').replace(/^\((.*)\)$/, '$1')
  return new PimError(
    'usage',
    'invalid-usage',
    message.replace(/^./, (first) => first.toLowerCase()),
    {
      hint: suggestion === '' ? 'see `--help`' : `${suggestion.replace(/^D/, 'd')} See \`--help\``,
    },
  )
}

/**
 * commander throws in place of exiting, and leaves errors to `renderError`. Help that nobody asked
 * for, as for `pim` alone, is the answer all the same, so all help goes to stdout.
 */
function speakThrough(program: Command, { stdout }: Host): void {
  const inner = program.commands.flatMap((command) => [command, ...command.commands])
  for (const command of [program, ...inner]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: stdout.write, writeErr: stdout.write, outputError: () => {} })
  }
}

const takingCommands = ['exec', 'sandbox', 'complete']

/** For the commands that run another program, what follows the first `--` is that program's alone. */
function splitAtDashes(argv: readonly string[]): {
  own: readonly string[]
  behindDashes: readonly string[]
} {
  const dashes = argv.indexOf('--')
  if (dashes < 0 || !takingCommands.includes(commandWord(argv.slice(0, dashes)) ?? '')) {
    return { own: argv, behindDashes: [] }
  }
  return { own: argv.slice(0, dashes), behindDashes: argv.slice(dashes + 1) }
}

/**
 * A keychain call that a person never answered holds a thread, and `process.exit` would wait for
 * that thread. Replacing the program does not.
 */
function leaveThreadsBehind(exitCode: number, process: NodeJS.Process): void {
  if (process.platform === 'win32' || process.execve === undefined) return
  process.removeAllListeners('warning')
  process.execve('/bin/sh', ['sh', '-c', `exit ${exitCode}`], {})
}
