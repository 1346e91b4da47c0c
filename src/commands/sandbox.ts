import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PimError } from '../core/errors.ts'
import type { Deps } from '../deps.ts'
import { merge } from '../flows/run-as.ts'
import { usualShell } from '../ui/shell.ts'

/**
 * `pim sandbox [-- command]`: an embedded cloud for the time of one command, or of a shell. It has
 * a folder of its own, so that neither the person's cloud nor their audit log is touched.
 */
export async function sandboxCommand(command: readonly string[], deps: Deps): Promise<number> {
  const [file, ...args] = command.length > 0 ? command : shellToOpen(deps)
  if (file === undefined) throw noCommand()
  const folder = await mkdtemp(join(tmpdir(), 'pim-sandbox-'))
  try {
    await using sandbox = await deps.startSandbox(folder)
    const env = merge(deps.env, [{ set: sandbox.environment, unset: sandbox.namesToRemove }])
    await signIn(env, deps)
    deps.io.note(`sandbox at ${sandbox.endpoint}; the MFA code is ${sandbox.mfaCode}`)
    const { exitCode } = await deps.runChild({ file, args, env })
    return exitCode
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Signs the sandbox's person in, as `pim login azure` does; its browser needs nobody. A sandbox without
 * that is of use all the same.
 */
async function signIn(env: Readonly<Record<string, string>>, deps: Deps): Promise<void> {
  const [file, ...self] = deps.host.self
  const { CI: _, PIM_NO_INPUT: __, ...attended } = env
  const args = [...self, 'login', 'azure', '--quiet']
  const { exitCode } = await deps.runChild({ file, args, env: attended })
  if (exitCode !== 0) deps.io.warn('nobody is signed in to Microsoft in this sandbox')
}

/** Without a command a person gets a shell, as with `env -i` or a container. */
function shellToOpen({ mayPrompt, env, host, io }: Deps): readonly string[] {
  if (!mayPrompt) return []
  io.note('a shell opens in the sandbox; leave it with `exit`')
  if (host.platform === 'win32')
    return [usualShell(env, host.platform) === 'cmd' ? 'cmd' : 'powershell']
  return [env.SHELL ?? '/bin/sh']
}

function noCommand(): PimError {
  return new PimError('usage', 'missing-command', 'there is no command to run in the sandbox', {
    hint: 'put it behind two hyphens: `pim sandbox -- ./my-script.sh`; in a terminal a shell opens without one',
  })
}
