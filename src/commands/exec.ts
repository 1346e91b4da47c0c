import { PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Deps } from '../deps.ts'
import { resolveTargets } from '../flows/discover.ts'
import { runAs, type Command } from '../flows/run-as.ts'
import { elevateDeps } from './elevate-deps.ts'
import { withMfaToken } from './mfa-token.ts'
import { whileTelling } from './notices.ts'
import {
  readLimit,
  readWish,
  requestsFor,
  withJustification,
  type RequestFlags,
} from './request.ts'

export interface ExecFlags extends RequestFlags {
  readonly keep?: boolean
  readonly nested?: boolean
  readonly releaseFailedCode?: string
}

/** `pim exec <target…> -- <command>`: resolves with the command's own exit code. */
export async function execCommand(
  words: readonly string[],
  command: readonly string[],
  given: ExecFlags,
  deps: Deps,
): Promise<number> {
  const [file, ...args] = command
  if (file === undefined) throw noCommand()
  if (deps.env.PIM_ELEVATION_ID !== undefined && given.nested !== true) throw nested(deps.env)
  if (given.releaseFailedCode !== undefined) readExitCode(given.releaseFailedCode)
  const flags = await withMfaToken(given, deps)
  const limit = readLimit(flags, deps.mayPrompt)
  const wish = await readWish(flags, deps)
  const targets = await resolveTargets(words, deps)
  const asked = await withJustification(wish, targets, deps)
  const { exitCode, notReleased } = await runAs(
    requestsFor(targets, asked, limit),
    { file, args },
    { keep: flags.keep === true, limit },
    {
      ...deps,
      ...elevateDeps(deps, flags.mfaToken),
      isAttended: deps.mayPrompt,
      env: deps.env,
      runChild: (child, env, lent) => whileTelling(lent, () => run(child, env, deps), deps),
    },
  )
  return notReleased.length > 0 && flags.releaseFailedCode !== undefined
    ? readExitCode(flags.releaseFailedCode)
    : exitCode
}

/** Throws `usage` for what no process can exit with, or what would hide a failure. */
function readExitCode(text: string): number {
  const code = Number(text)
  if (/^\d+$/.test(text) && code >= 1 && code <= 255) return code
  throw new PimError('usage', 'invalid-exit-code', `\`${printable(text)}\` is no exit code`, {
    hint: 'give a number from 1 to 255: `--release-failed-code 9`',
  })
}

async function run(
  command: Command,
  env: Readonly<Record<string, string>>,
  { runChild }: Deps,
): ReturnType<Deps['runChild']> {
  return runChild({ ...command, env })
}

function noCommand(): PimError {
  return new PimError('usage', 'missing-command', 'there is no command to run', {
    hint: 'put it behind two hyphens: `pim exec aws:prod-admin -- aws s3 ls`',
  })
}

function nested(env: Deps['env']): PimError {
  return new PimError(
    'usage',
    'nested-exec',
    `this already runs as \`${env.PIM_TARGET ?? 'another target'}\` under \`pim exec\``,
    { hint: 'leave that command first, or say `--nested` if you mean it' },
  )
}
