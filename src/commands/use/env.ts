import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { PimError } from '../../core/errors.ts'
import { secondReason } from '../../core/elevation/second-reason.ts'
import { Secret } from '../../core/credentials.ts'
import { systemReason } from '../../core/system-error.ts'
import { missingInput } from '../../core/elevation/missing-input.ts'
import { broughtBack, keptForLater, type SessionEnvironment } from '../../core/session.ts'
import { providerIds } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { elevate } from '../../flows/elevate/elevate.ts'
import { noCredentials, onlyTarget, recordHandOut } from '../../flows/use/hand-out.ts'
import { settle } from '../../flows/elevate/wait.ts'
import {
  isQuotable,
  renderGithub,
  renderVariables,
  usualShell,
  type Shell,
  type Variables,
} from '../../ui/shell.ts'
import { elevateDeps } from '../elevate/person.ts'
import { withMfaToken } from '../elevate/mfa-token.ts'
import { withInputs } from '../elevate/inputs.ts'
import { readLimit, readWish, type RequestFlags } from '../elevate/flags.ts'

export interface EnvFlags extends RequestFlags {
  readonly shell?: Shell
  readonly unset?: boolean
}

/** `pim env <target>`: elevates if need be, and prints what a shell is to evaluate. */
export async function envCommand(
  word: string | undefined,
  flags: EnvFlags,
  deps: Deps,
): Promise<number> {
  refuseConflicts(word, flags, deps)
  const shell = flags.shell ?? usualShell(deps.env, deps.host.platform)
  if (flags.unset === true) return printUnset(shell, deps)
  if (word === undefined) throw await missingTarget(flags, deps)
  const githubFile = shell === 'github' ? githubEnvironmentFile(deps.env) : undefined
  const session = await lentSession(word, flags, deps)
  if (githubFile === undefined) printVariables(withWhatWasBefore(session, shell, deps), shell, deps)
  else await tellGithub(session, githubFile, deps)
  return 0
}

/** What would be left out of account is refused. */
function refuseConflicts(word: string | undefined, flags: EnvFlags, { io }: Deps): void {
  if (flags.unset === true && word !== undefined) {
    throw conflicting('`--unset` takes no target', 'run `pim env --unset`')
  }
  if (io.wantsJson && flags.shell !== undefined) {
    throw conflicting('`--json` and `--shell` ask for two forms', 'remove one of the two')
  }
}

function conflicting(message: string, hint: string): PimError {
  return new PimError('usage', 'conflicting-flags', message, { hint })
}

async function lentSession(word: string, given: EnvFlags, deps: Deps): Promise<SessionEnvironment> {
  const flags = await withMfaToken(given, deps)
  const limit = readLimit(flags, deps.mayPrompt)
  const tools = elevateDeps(deps, flags.mfaToken)
  const target = await onlyTarget(word, tools)
  const provider = await deps.provider(target.provider)
  if (provider.access === 'grant') throw noCredentials(target)
  const inputs = await withInputs(
    await readWish(flags, deps),
    [target],
    flags.mfaToken,
    tools,
    deps,
  )
  const outcome = await elevate({ ...inputs.wish, target }, tools)
  const { elevation, credentials } = await settle(outcome, provider, limit, {
    ...deps,
    tell: tools.tell,
  })
  const reason = secondReason(inputs.wish, { ...outcome, elevation })
  await recordHandOut(elevation, 'env', tools, reason)
  return provider.lend(elevation, credentials)
}

/** Only what is set can be in the way. */
function revealed({ set, unset }: SessionEnvironment, env: Deps['env']): Variables {
  const entries = Object.entries(set).map(([name, value]): [string, string] => [
    name,
    value instanceof Secret ? value.reveal() : value,
  ])
  return {
    set: Object.fromEntries(entries),
    unset: unset.filter((name) => env[name] !== undefined),
  }
}

/** A file takes nothing away, so that there is nothing to bring back. */
function withWhatWasBefore(session: SessionEnvironment, shell: Shell, { env }: Deps): Variables {
  const { set, unset } = revealed(session, env)
  const kept = Object.entries(shell === 'dotenv' ? {} : keptForLater(session, env))
  const quotable = kept.filter(([, value]) => isQuotable(value, shell))
  return { set: { ...set, ...Object.fromEntries(quotable) }, unset }
}

function printVariables(variables: Variables, shell: Shell, { io }: Deps): void {
  if (io.wantsJson) io.json({ schema: 'pim.env/v1', ...variables })
  else io.out(renderVariables(variables, shell))
}

async function printUnset(shell: Shell, deps: Deps): Promise<number> {
  const providers = await Promise.all(providerIds.map((id) => deps.provider(id)))
  const before = broughtBack(deps.env)
  const names = [...providers.flatMap(({ lentNames }) => lentNames), ...before.unset]
  if (shell === 'dotenv') throw cannotUnset()
  if (shell === 'github') {
    // A job cannot take a variable away; an empty one is what the SDKs take for none.
    const empty = Object.fromEntries(names.map((name) => [name, '']))
    const { lines } = renderGithub({ ...empty, ...before.set }, [], delimiter())
    await appendToJob(githubEnvironmentFile(deps.env), lines)
  } else printVariables({ set: before.set, unset: names }, shell, deps)
  return 0
}

function cannotUnset(): PimError {
  return new PimError('usage', 'cannot-unset', 'a dotenv file cannot take variables away', {
    hint: 'remove its lines, or choose another `--shell`',
  })
}

function githubEnvironmentFile(env: Deps['env']): string {
  const path = env.GITHUB_ENV
  if (path !== undefined && path !== '') return path
  throw new PimError(
    'usage',
    'not-in-github',
    '`--shell github` works inside a GitHub Actions job',
    {
      hint: 'GITHUB_ENV is not set here; choose another `--shell`',
    },
  )
}

/** The runner reads mask commands from stdout, and only afterwards the values. */
async function tellGithub(
  session: SessionEnvironment,
  path: string,
  { io, env }: Deps,
): Promise<void> {
  const secrets = Object.values(session.set).flatMap((value) =>
    value instanceof Secret ? [value.reveal()] : [],
  )
  const { set, unset } = revealed(session, env)
  const { masks, lines } = renderGithub(set, secrets, delimiter())
  if (unset.length > 0) {
    io.warn(`a job cannot take ${unset.join(', ')} away; some tools will prefer it`)
  }
  io.out(masks)
  await appendToJob(path, lines)
}

function delimiter(): string {
  return `pim-${randomUUID()}`
}

async function appendToJob(path: string, lines: string): Promise<void> {
  try {
    await appendFile(path, lines)
  } catch (error) {
    throw new PimError(
      'usage',
      'github-env-unwritable',
      `cannot write ${path}: ${systemReason(error)}`,
      {
        hint: 'GITHUB_ENV must name a file that can be written to',
        cause: error,
      },
    )
  }
}

async function missingTarget(flags: EnvFlags, deps: Deps): Promise<PimError> {
  const { justification } = await readWish(flags, deps)
  const isUnjustified = justification === undefined && !deps.mayPrompt
  return missingInput(
    [{ input: 'target' }, ...(isUnjustified ? [{ input: 'justification' } as const] : [])],
    'as in `eval "$(pim env aws:prod-admin -j "restart the queue")"`',
  )
}
