import { minutes, parseDuration } from '../../core/time/duration.ts'
import { PimError } from '../../core/errors.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { parseJustification, parseTicket } from '../../core/elevation/justification.ts'
import type { Target } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { parseStart } from './start-time.ts'
import { noApprovalWait } from '../../flows/elevate/wait.ts'
import { waits, type WaitLimit } from '../../flows/elevate/wait-limit.ts'

/** The flags by which every elevating command is told what to ask for. */
export interface RequestFlags {
  readonly justification?: string
  readonly ticket?: string
  readonly duration?: string
  readonly mfaToken?: string
  readonly force?: boolean
  readonly wait?: string
  readonly timeout?: string
  readonly approvalTimeout?: string
  readonly start?: string
}

/** What was asked for, save the targets: from flags, then from the environment. */
export type Wish = Omit<ElevationRequest, 'target'>

/** Reads flags and environment. Nothing is asked yet. */
export async function readWish(
  flags: RequestFlags,
  { env, now }: Pick<Deps, 'env' | 'now'>,
): Promise<Wish> {
  const justification = flags.justification ?? set(env.PIM_JUSTIFICATION)
  const ticket = flags.ticket ?? set(env.PIM_TICKET)
  const duration = flags.duration ?? set(env.PIM_DURATION)
  if (flags.mfaToken !== undefined && !/^\d{6}$/.test(flags.mfaToken)) throw invalidMfaToken()
  const start = flags.start === undefined ? undefined : await parseStart(flags.start, now())
  return {
    force: flags.force === true,
    ...(start !== undefined && { start }),
    ...(justification !== undefined && { justification: parseJustification(justification) }),
    ...(ticket !== undefined && { ticket: parseTicket(ticket) }),
    ...(duration !== undefined && {
      duration: parseDuration(
        duration,
        flags.duration === undefined ? 'PIM_DURATION' : 'the duration',
      ),
    }),
  }
}

/** How far and how long to wait. Throws `usage` for words that are not known. */
export function readLimit(flags: RequestFlags, mayPrompt: boolean): WaitLimit {
  const wait = waits.find((name) => name === (flags.wait ?? 'effective'))
  if (wait === undefined) {
    throw new PimError('usage', 'invalid-wait', `--wait ${flags.wait} is not known`, {
      hint: `use one of ${waits.join(', ')}`,
    })
  }
  const timeout =
    flags.timeout === undefined ? minutes(5) : parseDuration(flags.timeout, '--timeout')
  return { wait, timeout, approval: approvalLimit(flags.approvalTimeout, mayPrompt) }
}

/** Where a person looks on, an approver is waited for until they leave; elsewhere not at all. */
function approvalLimit(text: string | undefined, mayPrompt: boolean): WaitLimit['approval'] {
  if (text !== undefined) return parseDuration(text, '--approval-timeout')
  return mayPrompt ? 'until-interrupted' : noApprovalWait
}

export function requestsFor(
  targets: readonly Target[],
  wish: Wish,
  limit?: WaitLimit,
): readonly ElevationRequest[] {
  const patience = limit === undefined || limit.wait === 'none' ? undefined : limit.timeout
  return targets.map((target) => ({ ...wish, target, ...(patience !== undefined && { patience }) }))
}

function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function invalidMfaToken(): PimError {
  return new PimError('usage', 'invalid-mfa-token', 'the MFA token is not six digits', {
    hint: 'give the code that the device shows: `--mfa-token CODE`, or `--mfa-token -` with it on stdin',
  })
}
