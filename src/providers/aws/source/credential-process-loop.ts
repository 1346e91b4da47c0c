import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { splitCommand } from './command-line.ts'
import type { Profiles, SharedConfig } from '../config/shared-config.ts'
import type { Start } from './start.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** By which a pim knows that it runs as somebody's `credential_process`: the profiles, one below the other. */
const running = 'PIM_CREDENTIAL_PROCESS_OF'

const Names = v.pipe(v.string(), v.parseJson(), v.array(v.string()))

function runningFor(env: Environment): readonly string[] {
  const names = v.safeParse(Names, env[running])
  return names.success ? names.output : []
}

/** The variables for the `credential_process` of a profile. */
export function enterProcess(profile: string, env: Environment): Readonly<Record<string, string>> {
  return { [running]: JSON.stringify([...runningFor(env), profile]) }
}

/**
 * Throws `usage` (`credential-process-loop`) where a profile is to be asked for credentials while it is
 * already being asked: each pim would wait for the one below it.
 */
export function assertNoLoop(profile: string, env: Environment): void {
  if (!runningFor(env).includes(profile)) return
  throw new PimError(
    'usage',
    'credential-process-loop',
    `the credential_process of the profile \`${profile}\` runs pim, which starts from that profile`,
    { hint: 'let pim start from another one, or unset AWS_PROFILE' },
  )
}

/**
 * Where to start from. It is never the profile that AWS_PROFILE names, where the `credential_process` of that is
 * pim itself. Throws `usage` (`credential-process-loop`).
 */
export function startBeside<Found extends Start>(
  env: Environment,
  { profiles }: Pick<SharedConfig, 'profiles'>,
  find: (env: Environment) => Found,
): Found {
  const own = ownProfile(env, profiles)
  const without = { ...env, AWS_PROFILE: undefined, AWS_DEFAULT_PROFILE: undefined }
  const start = find(own === undefined ? env : without)
  if (own !== undefined && start.source.kind === 'default') throw nothingBeside(own)
  if (start.source.kind === 'profile') assertNoLoop(start.source.profile, env)
  return start
}

/**
 * The profile that AWS_PROFILE names, where its `credential_process` is pim: nobody can start from that
 * to elevate. Tools that use the profile hand the variable down to pim.
 */
function ownProfile(env: Environment, profiles: Profiles): string | undefined {
  const name = env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE
  const command = name === undefined ? undefined : profiles[name]?.credential_process
  return command !== undefined && runsPim(command) ? name : undefined
}

/** There is nothing to start from in place of that profile. */
function nothingBeside(name: string): PimError {
  return new PimError(
    'usage',
    'credential-process-loop',
    `AWS_PROFILE names \`${name}\`: its credential_process is pim itself, and \`[default]\` has no credentials`,
    { hint: 'unset AWS_PROFILE, or let the target have a profile with a source_profile' },
  )
}

/** `pim credentials …`, whatever starts it. */
function runsPim(command: string): boolean {
  try {
    const words = splitCommand(command, process.platform)
    const at = words.indexOf('credentials')
    return /^pim(\.(js|cmd|exe|ps1))?$/i.test(words[at - 1]?.split(/[\\/]/).at(-1) ?? '')
  } catch {
    return false
  }
}
