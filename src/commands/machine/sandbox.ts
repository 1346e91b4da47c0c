import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { PimError } from '../../core/errors.ts'
import { systemReason } from '../../core/system-error.ts'
import type { Deps } from '../../deps/deps.ts'
import { merge } from '../../flows/use/run-as.ts'
import { usualShell } from '../../ui/shell.ts'

export interface SandboxFlags {
  readonly nested?: boolean
}

/**
 * `pim sandbox [-- command]`: an embedded cloud for the time of one command, or of a shell. It has
 * a folder of its own, so that neither the person's cloud nor their audit log is touched.
 */
export async function sandboxCommand(
  command: readonly string[],
  flags: SandboxFlags,
  deps: Deps,
): Promise<number> {
  if (deps.env.PIM_SANDBOX !== undefined && flags.nested !== true) throw nested()
  const isShell = command.length === 0
  const [file, ...args] = isShell ? shellToOpen(deps) : command
  if (file === undefined) throw noCommand()
  const folder = await makeFolder()
  try {
    await using sandbox = await deps.startSandbox(folder)
    const programs = await deps.writeSandboxPrograms(folder)
    const env = environmentOf(sandbox, programs, deps)
    await signIn(env, deps)
    deps.io.note(`sandbox at ${sandbox.endpoint}; the MFA code is ${sandbox.mfaCode}`)
    if (isShell) deps.io.note('what you type from here on meets the sandbox alone, until `exit`')
    if (isShell && programs !== undefined) {
      deps.io.note('you are alice; `pim-bob` and `pim-carol` are pim as others, who approve')
    }
    const { exitCode } = await deps.runChild({ file, args, env })
    return exitCode
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeFolder(): Promise<string> {
  const place = tmpdir()
  try {
    return await mkdtemp(join(place, 'pim-sandbox-'))
  } catch (cause) {
    const message = `cannot make a folder for the sandbox in ${place}: ${systemReason(cause)}`
    throw new PimError('unavailable', 'no-sandbox-folder', message, {
      hint: 'set TMPDIR to a folder that you may write to',
      cause,
    })
  }
}

/** A mark shows scripts and prompts where they are; what tells of an elevation outside stays there. */
function environmentOf(
  { environment, endpoint, namesToRemove }: Awaited<ReturnType<Deps['startSandbox']>>,
  programs: string | undefined,
  { env }: Deps,
): Readonly<Record<string, string>> {
  const PATH = [programs, env.PATH].filter((part) => part !== undefined).join(delimiter)
  const set = { ...environment, PIM_SANDBOX: endpoint, PATH }
  return merge(env, [{ set, unset: [...namesToRemove, 'PIM_ELEVATION_ID', 'PIM_TARGET'] }])
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
  if (exitCode !== 0) deps.io.warn('the sandbox has no sign-in to Microsoft')
}

/** Without a command a person gets a shell, as with `env -i` or a container. */
function shellToOpen({ mayPrompt, env, host }: Deps): readonly string[] {
  if (!mayPrompt || !host.stdinIsTerminal) return []
  if (host.platform === 'win32')
    return [usualShell(env, host.platform) === 'cmd' ? 'cmd' : 'powershell']
  return [env.SHELL ?? '/bin/sh']
}

function nested(): PimError {
  return new PimError('usage', 'nested-sandbox', 'this runs inside a sandbox already', {
    hint: 'leave it with `exit`, or say `--nested` if you mean another inside it',
  })
}

function noCommand(): PimError {
  return new PimError('usage', 'missing-command', 'there is no command to run in the sandbox', {
    hint: 'put it behind two hyphens: `pim sandbox -- ./my-script.sh`; in a terminal a shell opens without one',
  })
}
