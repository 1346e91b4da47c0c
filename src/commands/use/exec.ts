import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { missingInput } from '../../core/elevation/missing-input.ts'
import type { Deps } from '../../deps/deps.ts'
import { resolveTargets } from '../../flows/discover/resolve-targets.ts'
import { runAs, type Command } from '../../flows/use/run-as.ts'
import { elevateDeps } from '../elevate/person.ts'
import { withMfaToken } from '../elevate/mfa-token.ts'
import { whileTelling } from './expiry-notices.ts'
import { withInputs } from '../elevate/inputs.ts'
import { readLimit, readWish, requestsFor, type RequestFlags, type Wish } from '../elevate/flags.ts'

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
  if (given.releaseFailedCode !== undefined) readExitCode(given.releaseFailedCode)
  const flags = await withMfaToken(given, deps)
  const limit = readLimit(flags, deps.mayPrompt)
  const wish = await readWish(flags, deps)
  const [file, ...args] = command
  if (file === undefined || words.length === 0) throw incomplete(words, command, wish, deps)
  if (deps.env.PIM_ELEVATION_ID !== undefined && flags.nested !== true) throw nested(deps.env)
  const targets = await resolveTargets(words, deps)
  const tools = elevateDeps(deps, flags.mfaToken)
  const inputs = await withInputs(wish, targets, flags.mfaToken, tools, deps)
  const { exitCode, notReleased } = await runAs(
    requestsFor(targets, inputs.wish, limit),
    { file, args },
    { keep: flags.keep === true, limit },
    {
      ...deps,
      ...tools,
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

/** Names everything that is missing at once; where a person can be asked, the reason is not. */
function incomplete(
  targets: readonly string[],
  command: readonly string[],
  { justification }: Wish,
  { mayPrompt }: Deps,
): PimError {
  const isUnjustified = justification === undefined && !mayPrompt
  return missingInput(
    [
      ...(targets.length === 0 ? [{ input: 'target' } as const] : []),
      ...(command.length === 0 ? [{ input: 'command' } as const] : []),
      ...(isUnjustified ? [{ input: 'justification' } as const] : []),
    ],
    'as in `pim exec aws:prod-admin -j "look around" -- aws s3 ls`',
  )
}

function nested(env: Deps['env']): PimError {
  return new PimError(
    'usage',
    'nested-exec',
    `this already runs as \`${env.PIM_TARGET ?? 'another target'}\` under \`pim exec\``,
    { hint: 'leave that command first, or say `--nested` if you mean it' },
  )
}
