import * as v from 'valibot'
import type { PimError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { withoutSecrets } from '../../../core/session.ts'
import { systemWords } from '../../../core/system-error.ts'
import { splitCommand } from './command-line.ts'
import { runHelper, type HelperEnd, type HelperResult } from './helper-process.ts'
import { assertNoLoop, enterProcess } from './credential-process-loop.ts'
import type { Profile } from '../config/profiles.ts'
import { noCredentials } from '../errors/no-credentials.ts'

/** Shorter than the limit of a whole call, so that it is this that the error names. */
const usualLimitMs = 50_000

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

/** A profile whose `credential_process` is to be run, and in what environment. */
export interface ProcessSource {
  readonly name: string
  readonly profile: Profile
  /** What to type for new credentials. */
  readonly hint: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limitMs?: number
}

/**
 * Runs a profile's `credential_process`, as the AWS CLI does: without a shell, which would change what
 * is written there. We run it and not the SDK, which uses one, and whose errors repeat the command line.
 * Ours name the profile, the program, its exit code and the first line of its stderr; never what it
 * printed. Throws `sign-in` (`no-source-credentials`), and `usage` where the process asks for itself.
 */
export async function processCredentials(source: ProcessSource, now: Date): Promise<ProcessKeys> {
  const { name, profile, hint } = source
  const { credential_process: command = '', aws_account_id: account } = profile
  assertNoLoop(name, source.env)
  const program = programOf(command)
  const which = program === undefined ? '' : ` (\`${program}\`)`
  const failed = (why: string): PimError =>
    noCredentials(`the credential_process of the profile \`${name}\`${which} ${why}`, hint)
  const parsed = v.safeParse(Json, await outputOf(source, command, failed))
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

const Json = v.pipe(v.string(), v.parseJson())

async function outputOf(
  { name, env, limitMs = usualLimitMs }: ProcessSource,
  command: string,
  failed: (why: string) => PimError,
): Promise<string> {
  const words = wordsOf(command, failed)
  const result = await runHelper(words, {
    env: { ...withoutSecrets(env), ...enterProcess(name, env) },
    limitMs,
    isWhole: (stdout) => v.is(Json, stdout),
  })
  const { end, stdout } = result
  if (end.kind === 'exit' && end.code === 0) return stdout
  throw failed(`${endingOf(end, limitMs)}${reasonOf(result, words)}`)
}

function wordsOf(command: string, failed: (why: string) => PimError): readonly string[] {
  try {
    const words = splitCommand(command, process.platform)
    if (words.length > 0) return words
  } catch (error) {
    throw failed(`cannot be read: ${error instanceof Error ? error.message : 'unknown'}`)
  }
  throw failed('is empty')
}

function endingOf(end: HelperEnd, limitMs: number): string {
  switch (end.kind) {
    case 'exit':
      return `ended with exit code ${end.code}`
    case 'signal':
      return `was ended by ${end.signal}`
    case 'late':
      return `did not end within ${limitMs / 1000} s`
    case 'endless':
      return 'printed without an end'
    case 'unstartable':
      return end.code === 'ENOENT' ? 'is not there' : `cannot be run: ${systemWords(end.code)}`
  }
}

const longestReason = 200

/** The first line of what it said to people, without what may be secret in it. */
function reasonOf({ stdout, stderr }: HelperResult, words: readonly string[]): string {
  const line = stderr.split(/\r?\n/).find((text) => text.trim() !== '')
  if (line === undefined) return ''
  const secrets = [...secretWords(words), ...printedSecrets(stdout)]
  const told = secrets.reduce((text, word) => text.replaceAll(word, '[secret]'), line)
  const cut = told
    .trim()
    .replace(schemes, '$1 [secret]')
    .replace(labelled, '$1[secret]')
    .replace(keyOrToken, '[secret]')
    .replace(tokens, '[secret]')
    .slice(0, longestReason)
  return `: ${printable(cut)}`
}

/** Keys and tokens, as far as they look like some; paths and addresses are as long, and help. */
const tokens = /(?<![\w/.~:@-])(?![/.~]|https?:)[\w.~+/=-]{32,}|\b(?:AKIA|ASIA)[A-Z\d]{12,}/g

/** What stands behind a word that announces a secret: `token=…`, `Password: …`. */
const labelled =
  /\b([\w-]*(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|key|credentials?|authorization)\s*[=:]\s*)(?!\[secret\])(?:"[^"]*"|'[^']*'|\S+)/gi

/** The credentials of an HTTP authentication scheme. */
const schemes = /\b(Bearer|Basic)\s+\S+/gi

/** A secret key of AWS, and what is as long as a session token, whatever is in front of it. */
const keyOrToken = /(?<![A-Za-z\d+/])[A-Za-z\d+/]{40}(?![A-Za-z\d+/=])|[\w+/=-]{100,}/g

const Printed = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()))

/** What it had printed by then as credentials. */
function printedSecrets(stdout: string): readonly string[] {
  const printed = v.safeParse(Printed, stdout)
  if (!printed.success) return []
  const { SecretAccessKey, SessionToken } = printed.output
  return [SecretAccessKey, SessionToken].flatMap((secret) =>
    typeof secret === 'string' && secret.length >= 4 ? [secret] : [],
  )
}

const secretOption = /^--?[\w-]*(?:pass|secret|token|key|pin|code)[\w-]*(?:=(.+))?$/i

/** What the command line gives to options by whose names it is secret. */
function secretWords(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const option = secretOption.exec(word)
    const value = option === null ? undefined : (option[1] ?? words[index + 1])
    return value === undefined || value.length < 4 ? [] : [value]
  })
}

function fieldsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => v.getDotPath(issue) ?? 'no object').join(', ')
}
