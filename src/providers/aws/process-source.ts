import { exec } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { PimError } from '../../core/errors.ts'
import type { Profile } from './profiles.ts'

/** Shorter than the limit of a whole call, so that it is this that the error names. */
const limitMs = 50_000

const Time = v.pipe(
  v.string(),
  v.transform((text) => new Date(text)),
  v.date(),
)

const Answer = v.object({
  Version: v.literal(1),
  AccessKeyId: v.pipe(v.string(), v.nonEmpty()),
  SecretAccessKey: v.pipe(v.string(), v.nonEmpty()),
  SessionToken: v.nullish(v.string()),
  Expiration: v.nullish(Time),
  AccountId: v.nullish(v.string()),
})

/** What a `credential_process` gave, as the SDK takes it. */
export interface ProcessKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
  readonly accountId?: string
}

/**
 * Runs a profile's `credential_process`, as the AWS tools do. We run it and not the SDK, whose errors
 * repeat the whole command line and what it said: both may hold secrets. Ours name the profile, the
 * program and its exit code. Throws `sign-in` (`no-source-credentials`).
 */
export async function processCredentials(
  { name, profile, hint }: { name: string; profile: Profile; hint: string },
  now: Date,
): Promise<ProcessKeys> {
  const { credential_process: command = '', aws_account_id: account } = profile
  const failed = (why: string): PimError => noCredentials(name, command, why, hint)
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), await outputOf(command, failed))
  if (!parsed.success) throw failed('printed something that is not JSON')
  const answer = v.safeParse(Answer, parsed.output)
  if (!answer.success) throw failed(`printed no credentials (${fieldsOf(answer.issues)})`)
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId } = answer.output
  if (Expiration && Expiration < now) throw failed('gave credentials that have expired')
  const accountId = AccountId ?? account
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken && { sessionToken: SessionToken }),
    ...(Expiration && { expiration: Expiration }),
    ...(accountId && { accountId }),
  }
}

/** The program that a command line starts, without its folder; undefined where that is not plain to see. */
export function programOf(command: string): string | undefined {
  const [, quoted, single, bare] = /^\s*(?:"([^"]*)"|'([^']*)'|(\S+))/.exec(command) ?? []
  const word = quoted ?? single ?? bare ?? ''
  // In front of a program, a shell takes `NAME=value` for a variable.
  if (word.includes('=')) return undefined
  const name = word.split(/[\\/]/).at(-1) ?? ''
  return /^[\w.+-]{1,64}$/.test(name) ? name : undefined
}

async function outputOf(command: string, failed: (why: string) => PimError): Promise<string> {
  try {
    const { stdout } = await promisify(exec)(command, { timeout: limitMs, windowsHide: true })
    return stdout
  } catch (error) {
    // Not even as the cause: its message is the command line.
    throw failed(endingOf(error))
  }
}

const Ending = v.object({
  code: v.nullish(v.union([v.number(), v.string()])),
  signal: v.nullish(v.string()),
  killed: v.nullish(v.boolean()),
})

function endingOf(error: unknown): string {
  const parsed = v.safeParse(Ending, error)
  const { code, signal, killed } = parsed.success ? parsed.output : {}
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'printed without an end'
  if (killed === true) return `did not end within ${limitMs / 1000} s`
  if (signal) return `was ended by ${signal}`
  return typeof code === 'number' ? `ended with exit code ${code}` : `cannot be run (${code})`
}

function fieldsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => v.getDotPath(issue) ?? 'no object').join(', ')
}

function noCredentials(name: string, command: string, why: string, hint: string): PimError {
  const program = programOf(command)
  const which = program === undefined ? '' : ` (\`${program}\`)`
  return new PimError(
    'sign-in',
    'no-source-credentials',
    `there are no credentials to start from: the credential_process of the profile \`${name}\`${which} ${why}`,
    { hint },
  )
}
