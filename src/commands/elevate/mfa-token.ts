import { PimError } from '../../core/errors.ts'
import type { Deps } from '../../deps/deps.ts'
import type { RequestFlags } from './flags.ts'

/**
 * The flags with the code that `--mfa-token` points to: `-` is a line of stdin, `fd:3` a line of a file
 * descriptor, so that no code need be among the arguments, which every process of the machine can read.
 */
export async function withMfaToken<Flags extends RequestFlags>(
  flags: Flags,
  deps: Pick<Deps, 'readLine' | 'host'>,
): Promise<Flags> {
  const descriptor = descriptorIn(flags.mfaToken)
  if (descriptor === undefined) return flags
  if (descriptor === 0 && deps.host.stdinIsTerminal) throw atTerminal()
  const line = await deps.readLine(descriptor)
  return { ...flags, mfaToken: line.trim() }
}

function descriptorIn(text: string | undefined): number | undefined {
  if (text === '-') return 0
  const [, number] = /^fd:(\d{1,4})$/.exec(text ?? '') ?? []
  return number === undefined ? undefined : Number(number)
}

function atTerminal(): PimError {
  return new PimError('usage', 'invalid-mfa-token', 'stdin is a terminal', {
    hint: 'leave `--mfa-token` out to be asked for the code, or write it to a pipe',
  })
}
