import { spawn } from 'node:child_process'
import { PimError } from '../core/errors.ts'

/**
 * Starts a program that goes on when this one and its terminal are gone, and whose output nobody sees.
 * Resolves once it runs. Throws `unexpected`, `helper-failed` where it cannot be started.
 */
export async function startDetached(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(file, [...args], { detached: true, stdio: 'ignore', env, windowsHide: true })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(failed(cause)))
  })
  child.unref()
}

function failed(cause: Error): PimError {
  return new PimError('unexpected', 'helper-failed', 'the helper could not be started', {
    cause,
    hint: 'wait for it here, with `--wait`',
  })
}
