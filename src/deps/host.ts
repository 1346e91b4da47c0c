import { fstatSync, writeSync } from 'node:fs'
import packageJson from '../../package.json' with { type: 'json' }
import { milliseconds, type Duration } from '../core/time/duration.ts'
import { interrupted, PimError } from '../core/errors.ts'
import { systemReason } from '../core/system-error.ts'
import { uptimeSeconds } from '../system/process/clock-reading.ts'
import { takeEnvironment } from '../system/process/environment.ts'
import { hasOwnTerminal, openOwnTerminal } from '../system/terminal/own-terminal.ts'
import { createScreen, type Screen } from '../system/terminal/screen.ts'
import { listenToSignals, type Signals } from '../system/process/signals.ts'
import type { Stretch } from '../system/store/key-derivation.ts'

/** A stream that pim writes to. */
interface Output {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  /** Whether whoever read it has gone: nothing more that is written will be seen. */
  readonly isAbandoned: boolean
  /** How many cells a line of the terminal has; undefined where stdout is none, or it does not say. */
  readonly columns?: number | undefined
}

/** The process that pim runs in, or a test's stand-in for it. */
export interface Host {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly pid: number
  /** What starts this program again: a file, and its first arguments. */
  readonly self: readonly [string, ...string[]]
  readonly uid: number | undefined
  readonly version: string
  readonly now: () => Date
  /** How long the machine has been up; undefined where the system does not tell. */
  readonly uptimeSeconds: () => number | undefined
  /** Throws `interrupted` when the signal aborts. */
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly stdout: Output
  readonly stderr: Output
  readonly stdinIsTerminal: boolean
  /** Whether a person can be asked all the same, at the terminal that this process runs in. */
  readonly hasOwnTerminal: boolean
  readonly stdin: () => NodeJS.ReadStream
  /** The streams to ask a person through. */
  readonly terminal: () => { input: NodeJS.ReadStream; output: NodeJS.WriteStream }
  /** Who has the terminal: what is written to it waits while a question is open. */
  readonly screen: Pick<Screen, 'hold' | 'release'>
  readonly signals: Signals
  /** Makes a key of a passphrase; scrypt where absent. */
  readonly stretch?: Stretch
  /** A call to the system is stuck in a thread that an ordinary exit would wait for. */
  readonly onStuck: () => void
  /** Rejects with `interrupted` once nothing is left that could go on: a run that is not over then never will be. */
  readonly ranDry: Promise<never>
}

/** This process as a host. Opens no stream of Node's own: each would cost a start several milliseconds. */
export function hostOf(process: NodeJS.Process, onStuck: () => void): Host {
  const isTerminal = (descriptor: number): boolean =>
    isCharacterDevice(descriptor) && isatty(descriptor)
  const isatty = (descriptor: number): boolean =>
    process.getBuiltinModule('node:tty').isatty(descriptor)
  const output = (descriptor: number): Output => {
    let isAbandoned = false
    return {
      write: (text) => {
        isAbandoned = writeFully(descriptor, text) === 'abandoned'
      },
      get isTerminal() {
        return isTerminal(descriptor)
      },
      get isAbandoned() {
        return isAbandoned
      },
      get columns() {
        return descriptor === answerDescriptor
          ? columnsOf(process, isTerminal(descriptor))
          : undefined
      },
    }
  }
  let keys: NodeJS.ReadStream | undefined
  const screen = createScreen()
  return {
    env: takeEnvironment(process),
    platform: process.platform,
    pid: process.pid,
    self: [process.execPath, ...process.argv.slice(1, 2)],
    uid: process.getuid?.(),
    version: packageJson.version,
    now: () => new Date(),
    uptimeSeconds,
    sleep,
    stdout: screen.behind(output(1)),
    stderr: screen.behind(output(2)),
    screen,
    get stdinIsTerminal() {
      return isTerminal(0)
    },
    get hasOwnTerminal() {
      return hasOwnTerminal(process.platform)
    },
    stdin: () => process.stdin,
    terminal: () => {
      keys ??= isTerminal(0)
        ? process.stdin
        : new (process.getBuiltinModule('node:tty').ReadStream)(openOwnTerminal())
      return { input: keys, output: process.stderr }
    },
    signals: listenToSignals(process),
    onStuck,
    ranDry: ranDry(process),
  }
}

/** A terminal that has no size, as a serial line, says 0; one that is gone cannot be opened. */
function columnsOf(process: NodeJS.Process, isTerminal: boolean): number | undefined {
  if (!isTerminal) return undefined
  try {
    return process.stdout.columns || undefined
  } catch {
    return undefined
  }
}

function ranDry(process: NodeJS.Process): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  process.once('beforeExit', () => reject(interrupted()))
  promise.catch(() => {})
  return promise
}

async function sleep(duration: Duration, signal: AbortSignal): Promise<void> {
  const { setTimeout: delay } = await import('node:timers/promises')
  try {
    await delay(milliseconds(duration), undefined, { signal })
  } catch (error) {
    throw interrupted(error)
  }
}

/** A pipe or a file is told from a terminal without loading anything. */
function isCharacterDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false
  }
}

const pauseMs = 5
const answerDescriptor = 1

function unwritable(cause: unknown): PimError {
  return new PimError(
    'unexpected',
    'output-failed',
    `cannot write the answer to stdout: ${systemReason(cause)}`,
    {
      hint: 'nothing was undone; check with `pim status`',
      cause,
    },
  )
}

/**
 * Writes all of it before it returns. Whoever reads may stop reading: that must not end an
 * elevation half-way, so what nobody takes is dropped. An answer that cannot be written for any
 * other reason is an error.
 */
function writeFully(descriptor: number, text: string): 'written' | 'dropped' | 'abandoned' {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') return 'abandoned'
      if (code !== 'EAGAIN' && descriptor !== answerDescriptor) return 'dropped'
      if (code !== 'EAGAIN') throw unwritable(error)
      // Another program has made the pipe non-blocking, and it is full for the moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
  return 'written'
}
