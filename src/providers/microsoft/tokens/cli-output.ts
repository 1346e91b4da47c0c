import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import type { CliEnding } from './cli-process.ts'

/** A command line tool of Microsoft's that somebody signs in to. */
export interface Cli {
  readonly name: string
  readonly file: 'az' | 'azd'
  /** What to type to be signed in. */
  readonly signIn: string
}

/** A token as either tool prints it. */
export interface PrintedToken {
  readonly token: string
  readonly expiresOnTimestamp: number
}

const Printed = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([
    v.pipe(
      v.object({
        accessToken: v.pipe(v.string(), v.nonEmpty()),
        // Seconds since 1970; older ones tell only the local time.
        expires_on: v.optional(v.union([v.number(), v.string()])),
        expiresOn: v.optional(v.string(), ''),
      }),
      v.transform(({ accessToken: token, expires_on: seconds, expiresOn }) => ({
        token,
        expiresOnTimestamp: seconds === undefined ? Date.parse(expiresOn) : Number(seconds) * 1000,
      })),
    ),
    v.pipe(
      v.object({ token: v.pipe(v.string(), v.nonEmpty()), expiresOn: v.string() }),
      v.transform(({ token, expiresOn }) => ({ token, expiresOnTimestamp: Date.parse(expiresOn) })),
    ),
  ]),
  v.object({ token: v.string(), expiresOnTimestamp: v.pipe(v.number(), v.finite()) }),
)

/** The token that a tool printed, or why there is none. */
export function readCliAnswer(
  cli: Cli,
  ending: CliEnding,
  limitMs: number,
): PrintedToken | PimError {
  if (ending.state === 'late') return late(cli, limitMs)
  if (ending.state === 'missing') return missing(cli)
  const printed = v.safeParse(Printed, ending.out)
  return printed.success ? printed.output : noToken(cli, ending)
}

function late({ name, file }: Cli, limitMs: number): PimError {
  return new PimError(
    'unavailable',
    'cli-no-answer',
    `${name} did not answer in time (${limitMs / 1000} s)`,
    {
      hint: `run \`${file} ${file === 'az' ? 'account show' : 'auth status'}\` to see its question`,
    },
  )
}

function missing({ name, file }: Cli): PimError {
  return new PimError('sign-in', 'cli-missing', `${name} is signed in, but cannot be run`, {
    hint: `put \`${file}\` on the PATH, or sign in with \`pim login azure\``,
  })
}

function noToken(
  { name, file, signIn }: Cli,
  { code, out, err }: Extract<CliEnding, { state: 'ended' }>,
): PimError {
  const said = linesOf(err)
  const reason = reasonIn(said)
  const number = /\bAADSTS\d{4,8}\b/.exec(err)?.[0]
  const silent = out.trim() === '' ? `it ended with exit code ${code}` : 'it printed no token'
  const advised = said.filter((line) => line.startsWith(`${file} `)).map((line) => `\`${line}\``)
  return new PimError(
    'sign-in',
    'cli-sign-in-failed',
    `${name} gives no token: ${reason ?? silent}`,
    {
      hint: advised.length > 0 ? `run ${advised.join(' and ')}` : `sign in with \`${signIn}\``,
      ...(number !== undefined && { provider: { code: number } }),
    },
  )
}

const longestReason = 300

/** What is an error comes before what is said beside it; without what only helps Microsoft. */
function reasonIn(lines: readonly string[]): string | undefined {
  const error = lines.find((line) => line.startsWith('ERROR:'))
  const line = error ?? lines.find((each) => !each.startsWith('WARNING:'))
  return line
    ?.replace(/^ERROR:\s*/, '')
    .replace(/\s+Trace ID:.*$/, '')
    .slice(0, longestReason)
}

/** The lines of stderr; the Developer CLI writes JSON where its output is to be JSON. */
function linesOf(err: string): readonly string[] {
  return err
    .split(/\r?\n/)
    .flatMap((line) => messageIn(line).split(/\r?\n/))
    .map((line) => printable(line.trim()))
    .filter((line) => line !== '')
}

const Message = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    error: v.optional(v.string()),
    data: v.optional(v.object({ message: v.optional(v.string()) })),
  }),
)

function messageIn(line: string): string {
  const read = v.safeParse(Message, line)
  return read.success ? (read.output.error ?? read.output.data?.message ?? '') : line
}
