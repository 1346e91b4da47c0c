import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { PimError } from '../core/errors.ts'
import { Secret } from '../core/credentials.ts'
import type { SessionEnvironment } from '../core/session.ts'
import { providerIds } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { elevate } from '../flows/elevate.ts'
import { onlyTarget, recordHandOut } from '../flows/hand-out.ts'
import {
  renderGithub,
  renderVariables,
  usualShell,
  type Shell,
  type Variables,
} from '../ui/shell.ts'
import { elevateDeps } from './elevate-deps.ts'
import { readWish, withJustification, type RequestFlags } from './request.ts'

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
  const shell = flags.shell ?? usualShell(deps.env, deps.host.platform)
  if (flags.unset === true) return printUnset(shell, deps)
  if (word === undefined) throw missingTarget()
  const githubFile = shell === 'github' ? githubEnvironmentFile(deps.env) : undefined
  const session = await lentSession(word, flags, deps)
  if (githubFile === undefined) printVariables(revealed(session, deps.env), shell, deps)
  else await tellGithub(session, githubFile, deps)
  return 0
}

async function lentSession(word: string, flags: EnvFlags, deps: Deps): Promise<SessionEnvironment> {
  const tools = elevateDeps(deps, flags.mfaToken)
  const target = await onlyTarget(word, tools)
  const wish = await withJustification(readWish(flags, deps.env), [target], deps)
  const { elevation, credentials } = await elevate({ ...wish, target }, tools)
  await recordHandOut(elevation, 'env', tools)
  const provider = await deps.provider(target.provider)
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

function printVariables(variables: Variables, shell: Shell, { io }: Deps): void {
  if (io.wantsJson) io.json({ schema: 'pim.env/v1', ...variables })
  else io.out(renderVariables(variables, shell))
}

async function printUnset(shell: Shell, deps: Deps): Promise<number> {
  const providers = await Promise.all(providerIds.map((id) => deps.provider(id)))
  const names = providers.flatMap(({ lentNames }) => lentNames)
  if (shell === 'dotenv') throw cannotUnset()
  if (shell === 'github') {
    // A job cannot take a variable away; an empty one is what the SDKs take for none.
    const empty = Object.fromEntries(names.map((name) => [name, '']))
    await appendToJob(githubEnvironmentFile(deps.env), renderGithub(empty, [], delimiter()).lines)
  } else printVariables({ set: {}, unset: names }, shell, deps)
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
    throw new PimError('usage', 'github-env-unwritable', `cannot write ${path}`, {
      hint: 'GITHUB_ENV must name a file that can be written to',
      cause: error,
    })
  }
}

function missingTarget(): PimError {
  return new PimError('usage', 'missing-input', 'a target must be given', {
    hint: 'as in `eval "$(pim env aws:prod-admin -j "restart the queue")"`',
  })
}
