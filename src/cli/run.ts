import { CommanderError, type Command } from 'commander'
import { createProgram } from './program.ts'
import { PimError } from '../core/errors.ts'
import { createDeps } from '../deps/deps.ts'
import type { Globals } from '../deps/globals.ts'
import type { Host } from '../deps/host.ts'
import { commandWord, type Words } from './argv.ts'

/** Lets commander read the words and runs the command they call for. Wrong words are a `usage` error. */
export async function runCommandLine(
  { own, behindDashes }: Words,
  host: Host,
  keep: (globals: Globals) => void,
): Promise<number> {
  let exitCode = 0
  const program = createProgram(own, {
    version: host.version,
    behindDashes,
    open: async (globals) => {
      keep(globals)
      return createDeps(host, globals)
    },
    finish: (code) => {
      exitCode = code
    },
  })
  let failed: Command | undefined
  speakThrough(program, host, (command) => {
    failed = command
  })
  try {
    await program.parseAsync([...own], { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (isHelp(thrown)) return 0
    throw usageError(thrown, failed, own)
  }
}

/**
 * commander throws in place of exiting, and leaves errors to `renderError`. Help that nobody asked
 * for, as for `pim` alone, is the answer all the same, so all help goes to stdout.
 */
function speakThrough(
  program: Command,
  { stdout }: Host,
  onFailure: (command: Command) => void,
): void {
  const inner = program.commands.flatMap((command) => [command, ...command.commands])
  for (const command of [program, ...inner]) {
    const onExit = (error: CommanderError): never => {
      onFailure(command)
      throw error
    }
    command.exitOverride(onExit).configureOutput({
      writeOut: stdout.write,
      writeErr: stdout.write,
      outputError: () => {},
    })
  }
}

function isHelp({ code, exitCode }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help'
}

/** What commander found wrong with the words. */
function usageError(
  error: CommanderError,
  command: Command | undefined,
  own: readonly string[],
): PimError {
  const missing = command === undefined ? [] : missingWords(command)
  if (missing.length > 1 && error.code.startsWith('commander.missing')) {
    const words = `${missing.slice(0, -1).join(', ')} and ${missing.at(-1)}`
    return new PimError('usage', 'invalid-usage', `missing: ${words}`, { hint: 'see `--help`' })
  }
  const [line = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const message = line.replace(/^./, (first) => first.toLowerCase())
  const isVersion = error.code === 'commander.unknownCommand' && commandWord(own) === 'version'
  const suggestion = isVersion
    ? '`pim --version` prints the version.'
    : rest.join(' ').replace(/^\(D(.*)\)$/, 'd$1')
  return new PimError('usage', 'invalid-usage', message, {
    hint: suggestion === '' ? 'see `--help`' : `${suggestion} See \`--help\``,
  })
}

/** Everything that the command must have and was not given: commander itself names the first. */
function missingWords(command: Command): readonly string[] {
  const given = command.args.length
  const known = command.registeredArguments.filter(
    ({ required }, index) => required && index >= given,
  )
  const options = command.options.filter(
    (option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
  )
  return [...known.map((argument) => `<${argument.name()}>`), ...options.map(({ flags }) => flags)]
}
