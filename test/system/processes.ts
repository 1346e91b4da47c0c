import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('at-work.ts', import.meta.url))

export interface Worker {
  readonly child: ChildProcess
  /** Resolves when the process has written its first word. */
  readonly ready: Promise<unknown>
  readonly ended: Promise<{ code: number | null; errors: string }>
}

/** Starts a process that does a job of `at-work.ts`; `limit` bounds the size of its files, in KiB. */
export function startWorker(args: readonly string[], limit?: number): Worker {
  const shell = ['-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, script, ...args]
  const child =
    limit === undefined
      ? spawn(process.execPath, ['--expose-gc', script, ...args])
      : spawn('/bin/bash', shell)
  let errors = ''
  child.stderr.on('data', (text) => (errors += String(text)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }))
  return { child, ready: once(child.stdout, 'data'), ended }
}
