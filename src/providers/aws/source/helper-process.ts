import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** How a program ended. */
export type HelperEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'late' | 'endless' }
  | { readonly kind: 'unstartable'; readonly code: string }

export interface HelperResult {
  readonly stdout: string
  readonly stderr: string
  readonly end: HelperEnd
}

interface HelperOptions {
  readonly env: Environment
  readonly limitMs: number
  /** Whether what it has written is a whole answer, for which no pipe need be at its end. */
  readonly isWhole: (stdout: string) => boolean
  /** Whether it may find a terminal to ask at, which only this process's own group can. */
  readonly hasTerminal?: boolean
}

const largest = 1024 * 1024
/** How long the words of a program that has failed may take to arrive. */
const graceMs = 500

/**
 * Runs a program without a shell and with an empty stdin, and resolves with how it ended: within the time
 * limit, even where it leaves a child behind that keeps its pipes open. What outlives the limit is ended.
 */
export async function runHelper(
  words: readonly string[],
  { env, limitMs, isWhole, hasTerminal = isTerminalThere() }: HelperOptions,
): Promise<HelperResult> {
  const { child, stop } = start(words, env, !hasTerminal && process.platform !== 'win32')
  const written = { stdout: '', stderr: '' }
  const ended = Promise.withResolvers<HelperEnd>()
  let exit: HelperEnd | undefined
  const look = (): void => {
    if (written.stdout.length > largest) ended.resolve({ kind: 'endless' })
    if (exit !== undefined && isWhole(written.stdout)) ended.resolve(exit)
  }
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    written.stdout += chunk
    look()
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (written.stderr.length < largest) written.stderr += chunk
  })
  child.on('error', (error) => {
    const code = 'code' in error ? String(error.code) : 'unknown'
    ended.resolve({ kind: 'unstartable', code })
  })
  child.on('exit', (code, signal) => {
    const end: HelperEnd =
      signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }
    exit = end
    if (end.kind === 'signal' || end.code !== 0) setTimeout(() => ended.resolve(end), graceMs)
    look()
  })
  child.on('close', () => exit !== undefined && ended.resolve(exit))
  const timer = setTimeout(() => ended.resolve({ kind: 'late' }), limitMs)
  process.once('exit', stop)
  const end = await ended.promise
  clearTimeout(timer)
  process.off('exit', stop)
  if (end.kind === 'late' || end.kind === 'endless') stop()
  // Else what is left behind would keep this process.
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
  return { ...written, end }
}

interface Helper {
  readonly child: ChildProcess
  /** Ends it, and its whole process group where it has one. */
  readonly stop: () => void
}

function start(
  [file = '', ...args]: readonly string[],
  env: Environment,
  isGroup: boolean,
): Helper {
  const child = spawn(file, args, {
    env: { ...env },
    detached: isGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  const stop = (): void => {
    if (child.pid === undefined) return
    try {
      process.kill(isGroup ? -child.pid : child.pid, 'SIGKILL')
    } catch {
      // It is over already.
    }
  }
  return { child, stop }
}

/** Whether this process has a terminal of its own to ask at, whatever its streams are. */
function isTerminalThere(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}
