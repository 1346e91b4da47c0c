import { spawn, type ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'
import { PimError } from '../../core/errors.ts'
import { helperDescriptor, helperEnvironment } from './environment.ts'

/**
 * Starts a pim that goes on when this one and its terminal are gone, and whose output nobody sees. It gets
 * the passphrase of the store on a pipe, where nobody else can read it. Resolves once it runs. Throws
 * `unexpected`, `helper-failed` where it cannot be started.
 */
export async function startDetached(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { env: rest, passphrase } = helperEnvironment(env)
  const child = spawn(file, [...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', passphrase === undefined ? 'ignore' : 'pipe'],
    env: { ...rest },
    windowsHide: true,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(failed(cause)))
  })
  if (passphrase !== undefined) await writeTo(child, passphrase)
  child.unref()
}

async function writeTo(child: ChildProcess, text: string): Promise<void> {
  const pipe = child.stdio[helperDescriptor]
  if (!isWritable(pipe)) return
  await new Promise<void>((resolve, reject) => {
    pipe.once('error', (cause) => reject(failed(cause)))
    pipe.end(text, resolve)
  })
}

function isWritable(stream: ChildProcess['stdio'][number] | undefined): stream is Writable {
  return stream !== null && stream !== undefined && 'end' in stream
}

function failed(cause: Error): PimError {
  return new PimError('unexpected', 'helper-failed', 'the helper could not be started', {
    cause,
    hint: 'wait for it here, with `--wait`',
  })
}
