import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { AuditRecord } from '../../src/core/audit/audit.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import type { StsAction } from '../../sandbox/aws/sts/actions.ts'
import type { StsCall } from '../../sandbox/aws/server/journal.ts'
import type { StsServer } from '../../sandbox/aws/server/server.ts'

/** The built pim; `PIM_TEST_BIN` names another, such as an installed one. */
export const pimFile =
  process.env['PIM_TEST_BIN'] ?? fileURLToPath(new URL('../../bin/pim.js', import.meta.url))

export type Environment = Readonly<Record<string, string | undefined>>

export interface StartOptions {
  readonly env?: Environment
  /** What it reads on stdin; nothing unless told. */
  readonly input?: string
  /** When it is killed as hung; the result then has the signal `SIGKILL`. */
  readonly limitSeconds?: number
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
  readonly milliseconds: number
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once stdout or stderr holds the text; rejects when it ends before. */
  readonly says: (text: string) => Promise<void>
  /** What it has said so far. */
  readonly said: () => { readonly out: string; readonly err: string }
}

/** Starts a program with exactly this environment and no terminal. */
export function start(file: string, args: readonly string[], options: StartOptions = {}): Running {
  const began = performance.now()
  const { env = {}, input = '', limitSeconds = 120 } = options
  const child = spawn(file, args, {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    timeout: limitSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  const said = { out: '', err: '' }
  let hear = (): void => {}
  const collect = (stream: 'out' | 'err') => (text: string) => {
    said[stream] += text
    hear()
  }
  child.stdout.setEncoding('utf8').on('data', collect('out'))
  child.stderr.setEncoding('utf8').on('data', collect('err'))
  child.stdin.on('error', () => {}).end(input)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({ code, signal, ...said, milliseconds: Math.round(performance.now() - began) })
    })
  })
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      hear = () => {
        if (said.out.includes(text) || said.err.includes(text)) resolve()
      }
      hear()
      child.once('close', () => reject(new Error(`ended without "${text}": ${said.err}`)))
    })
  return { child, ended, says, said: () => said }
}

/** Runs a program to its end. */
export function run(file: string, args: readonly string[], options?: StartOptions): Promise<Ended> {
  return start(file, args, options).ended
}

/** A home, a PIM_HOME and an STS of its own, on loopback, with its journal at hand. */
export interface Cloud extends AsyncDisposable {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly sts: StsServer
  readonly pim: (words: readonly string[], options?: StartOptions) => Promise<Ended>
  readonly startPim: (words: readonly string[], options?: StartOptions) => Running
  readonly calls: (action: StsAction) => readonly StsCall[]
  /** The records of the audit log under a PIM_HOME; this cloud's own unless told. */
  readonly records: (home?: string) => readonly AuditRecord[]
}

/** Programs to be found: the Node that runs the tests first, then what is on the PATH. */
export const searchPath = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)

export async function openCloud(): Promise<Cloud> {
  const folder = mkdtempSync(join(tmpdir(), 'pim-real-'))
  const sandbox = await startSandbox({ folder, now: () => new Date() })
  const home = join(folder, 'home')
  mkdirSync(home)
  const env = { PATH: searchPath, HOME: home, ...sandbox.environment }
  const startPim: Cloud['startPim'] = (words, options = {}) =>
    start(process.execPath, [pimFile, ...words], { ...options, env: { ...env, ...options.env } })
  return {
    folder,
    env,
    sts: sandbox.sts,
    startPim,
    pim: (words, options) => startPim(words, options).ended,
    calls: (action) => sandbox.sts.calls.filter((call) => call.action === action),
    records: (pimHome = sandbox.environment['PIM_HOME'] ?? '') => readRecords(pimHome),
    [Symbol.asyncDispose]: async () => {
      await sandbox.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Those lines that are whole: a process that was killed may have left half a one. */
function readRecords(pimHome: string): readonly AuditRecord[] {
  const path = join(pimHome, 'state', 'audit', 'audit.jsonl')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as AuditRecord]
    } catch {
      return []
    }
  })
}

/** The id of the elevation that a call was made for: pim puts it last into the session's name. */
export function elevationIdOf(call: StsCall): string {
  return call.roleSessionName?.split('-').at(-1) ?? ''
}

/** Waits for something that comes by itself. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitSeconds = 90,
): Promise<void> {
  const end = performance.now() + limitSeconds * 1000
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited ${limitSeconds} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
