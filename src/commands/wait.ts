import { asPimError } from '../core/errors.ts'
import type { Deps } from '../deps.ts'
import type { Outcome } from '../flows/elevate.ts'
import { resume } from '../flows/resume.ts'
import { outcomeLine } from '../ui/elevation.ts'
import { elevateDeps } from './elevate-deps.ts'
import { reportOutcomes, settleOrLeave, type OnInterrupt, type Result } from './outcomes.ts'
import { readLimit } from './request.ts'

export interface WaitFlags {
  readonly wait?: string
  readonly timeout?: string
  readonly approvalTimeout?: string
  readonly onInterrupt?: OnInterrupt
}

/** `pim wait <id>`: waits on for what was asked for here or elsewhere, as `pim elevate` does. */
export async function waitCommand(id: string, flags: WaitFlags, deps: Deps): Promise<number> {
  // Who says `wait` wants to wait, whether a person looks on or not.
  const patience = deps.mayPrompt ? undefined : (flags.timeout ?? '5m')
  const approvalTimeout = flags.approvalTimeout ?? patience
  const limit = readLimit(
    { ...flags, ...(approvalTimeout !== undefined && { approvalTimeout }) },
    deps.mayPrompt,
  )
  const result = await attempt(id, limit, flags, deps)
  reportOutcomes([result], deps)
  return result.error?.exitCode ?? 0
}

async function attempt(
  id: string,
  limit: ReturnType<typeof readLimit>,
  flags: WaitFlags,
  deps: Deps,
): Promise<Result> {
  let outcome: Outcome | undefined
  let target = id
  try {
    outcome = await resume(id, deps)
    target = outcome.elevation.target
    const provider = await deps.provider(outcome.elevation.provider)
    const { tell } = elevateDeps(deps)
    outcome = await settleOrLeave(outcome, provider, limit, flags.onInterrupt, deps, tell)
    deps.io.note(outcomeLine(outcome.elevation, outcome.changed, deps.now()))
    return { target, outcome }
  } catch (thrown) {
    const error = asPimError(thrown).about(target)
    return { target, error, ...(outcome !== undefined && { outcome }) }
  }
}
