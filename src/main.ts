import { CommanderError, type Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { createProgram } from './cli.ts'
import { asPimError, PimError } from './core/errors.ts'
import { createDeps, type Globals, type Host } from './deps.ts'
import { listenToSignals } from './system/signals.ts'
import { renderError } from './ui/error.ts'
import { createStyle, wantsColor } from './ui/style.ts'

/** Runs pim in this process and ends it. */
export async function main(process: NodeJS.Process): Promise<void> {
  let isStuck = false
  for (const stream of [process.stdout, process.stderr]) ignoreClosedPipe(stream)
  const exitCode = await run(process.argv.slice(2), {
    env: process.env,
    platform: process.platform,
    pid: process.pid,
    uid: process.getuid?.(),
    version: packageJson.version,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: listenToSignals(process),
    onStuck: () => {
      isStuck = true
    },
  })
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  if (isStuck) leaveThreadsBehind(exitCode, process)
  process.exit(exitCode)
}

/** Runs one command line and resolves with its exit code. The only catch that ends a run. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const { own, behindDashes } = splitAtDashes(argv)
  let exitCode = 0
  let globals: Globals | undefined
  const program = createProgram({
    version: host.version,
    behindDashes,
    open: (given) => {
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
    return sayLast(thrown, own, globals, host)
  }
}

function isHelp({ code, exitCode }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help'
}

/** Says why a run ended, and with which exit code. */
function sayLast(
  thrown: unknown,
  own: readonly string[],
  globals: Globals | undefined,
  { env, stderr }: Host,
): number {
  const error = thrown instanceof CommanderError ? usageError(thrown) : asPimError(thrown)
  const color = globals?.color ?? !own.includes('--no-color')
  renderError(error, {
    write: (text) => stderr.write(text),
    json: globals?.json ?? own.includes('--json'),
    verbose: globals?.verbose ?? false,
    style: createStyle(wantsColor(env, color, stderr)),
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
  const write = (text: string): void => void stdout.write(text)
  const inner = program.commands.flatMap((command) => [command, ...command.commands])
  for (const command of [program, ...inner]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: write, writeErr: write, outputError: () => {} })
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

/** The first word that is neither a flag nor a flag's value. */
function commandWord(own: readonly string[]): string | undefined {
  return own.find((word, index) => !word.startsWith('-') && own[index - 1] !== '--config')
}

/** Whoever reads us may stop reading; that must not end an elevation half-way. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
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
