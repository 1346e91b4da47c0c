import { spawn, type ChildProcess } from 'node:child_process'
import { interrupted } from '../../../core/errors.ts'

/** How a command line tool ended, and what it said. */
export type CliEnding =
  | {
      readonly state: 'ended'
      readonly code: number | null
      readonly out: string
      readonly err: string
    }
  /** It is not on the PATH, or cannot be run. */
  | { readonly state: 'missing' }
  | { readonly state: 'late' }

export interface CliPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly limitMs: number
}

const longestOutput = 1024 * 1024
/** How long what it left behind may hold its output open. */
const drainMs = 1000

/**
 * Runs a tool with nothing to read, and ends it and whatever it started when the time is over. Its
 * words are fixed and hold nothing of a stranger's: on Windows a shell reads them.
 */
export async function runCli(
  file: string,
  words: readonly string[],
  { env, platform, limitMs }: CliPlace,
  signal: AbortSignal,
): Promise<CliEnding> {
  const isWindows = platform === 'win32'
  // What opens our own store is nobody else's business.
  const { PIM_STORE_PASSPHRASE: _, ...lent } = env
  // On Windows they are scripts, which only a shell runs.
  const line = isWindows ? ([[file, ...words].join(' '), []] as const) : ([file, words] as const)
  const child = spawn(line[0], [...line[1]], {
    env: lent,
    // In the folder of a command a program of the same name may lie.
    cwd: isWindows ? (env.SystemRoot ?? 'C:\\Windows') : '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !isWindows,
    shell: isWindows,
    windowsHide: true,
  })
  const limit = AbortSignal.timeout(limitMs)
  const end = AbortSignal.any([signal, limit])
  const stop = (): void => endAll(child)
  end.addEventListener('abort', stop, { once: true })
  try {
    const ending = await endingOf(child, end)
    if (signal.aborted) throw interrupted(signal.reason)
    return limit.aborted ? { state: 'late' } : ending
  } finally {
    end.removeEventListener('abort', stop)
  }
}

function endingOf(child: ChildProcess, end: AbortSignal): Promise<CliEnding> {
  const said = { out: '', err: '' }
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said[name] = `${said[name]}${text}`.slice(0, longestOutput)
    })
  }
  return new Promise((resolve) => {
    const ended = (code: number | null): void => resolve({ state: 'ended', code, ...said })
    child.on('error', () => resolve({ state: 'missing' }))
    child.on('close', ended)
    child.on('exit', (code) => {
      setTimeout(() => {
        ended(code)
        endAll(child)
      }, drainMs).unref()
    })
    end.addEventListener('abort', () => ended(null), { once: true })
  })
}

/** On Windows only the tool itself can be ended. */
function endAll(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
