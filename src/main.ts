import { asPimError, type PimError } from './core/errors.ts'
import { createDeps } from './deps/deps.ts'
import { defaultGlobals, type Globals } from './deps/globals.ts'
import { hostOf, type Host } from './deps/host.ts'
import { renderError } from './ui/output/error.ts'
import { createStyle, wantsColor } from './ui/output/style.ts'
import { commandWord, splitAtDashes, type Words } from './cli/argv.ts'

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
  const words = splitAtDashes(argv)
  let globals: Globals | undefined
  const keep = (given: Globals): void => {
    globals = given
  }
  try {
    return await Promise.race([runWords(words, host, keep), host.ranDry])
  } catch (thrown) {
    const error = asPimError(thrown)
    host.screen.release()
    await sayLast(error, globals ?? guessGlobals(words.own), host)
    return exitCodeOf(error, commandWord(words.own))
  }
}

async function runWords(
  words: Words,
  host: Host,
  keep: (globals: Globals) => void,
): Promise<number> {
  return (await runAtOnce(words.own, host)) ?? runThroughCommander(words, host, keep)
}

/**
 * AWS SDKs run `pim credentials <target>` on every call, and prompts run `pim status` on every
 * line. In exactly these words they need no parser, which would be a fifth of their time.
 */
async function runAtOnce(words: readonly string[], host: Host): Promise<number | undefined> {
  const [first, second, ...more] = words
  if (second === undefined && (first === '--version' || first === '-V')) {
    host.stdout.write(`${host.version}\n`)
    return 0
  }
  if (second === undefined && first === 'status') {
    const { statusCommand } = await import('./commands/status/status.ts')
    const deps = await createDeps(host, defaultGlobals)
    const exitCode = await statusCommand({}, deps)
    await deps.announced()
    return exitCode
  }
  if (first === 'credentials' && second?.startsWith('-') === false && more.length === 0) {
    const { credentialsCommand } = await import('./commands/use/credentials.ts')
    return credentialsCommand(second, await createDeps(host, defaultGlobals))
  }
  return undefined
}

async function runThroughCommander(
  words: Words,
  host: Host,
  keep: (globals: Globals) => void,
): Promise<number> {
  const { runCommandLine } = await import('./cli/run.ts')
  return runCommandLine(words, host, keep)
}

/** Where the words could not be understood, the flags among them still count. */
function guessGlobals(own: readonly string[]): Globals {
  return { ...defaultGlobals, json: own.includes('--json'), color: !own.includes('--no-color') }
}

/** Says why a run ended. */
async function sayLast(
  error: PimError,
  { json, verbose, color }: Globals,
  { env, stderr }: Host,
): Promise<void> {
  const style = await createStyle(wantsColor(env, color, stderr))
  renderError(error, { write: stderr.write, json, verbose, style })
}

/**
 * What runs another program ends with that one's own code, and as a shell does where it cannot be run.
 * `pim exec` keeps its other failures to a code that few commands use.
 */
function exitCodeOf({ code, exitCode }: PimError, word: string | undefined): number {
  if (word !== 'exec' && word !== 'sandbox') return exitCode
  if (code === 'command-not-found') return 127
  if (code === 'command-not-runnable') return 126
  return word === 'sandbox' || exitCode === 130 ? exitCode : 125
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
